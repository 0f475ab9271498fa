from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from msgspec.structs import replace

from sqlassay.findings import Severity
from sqlassay.rules import eager
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics.events import Loop, RelationshipRead, RelationshipReadInCall
from sqlassay.semantics.flow import leaves_loop
from sqlassay.semantics.plans import alike_in_all_rows
from sqlassay.semantics.values import Session

Read = Union[RelationshipRead, RelationshipReadInCall]


@rule("ALC601", "n-plus-one", severity=Severity.WARNING, fix="unsafe")
class NPlusOne(Rule):
    """A lazy relationship is read in a loop: one query for each row.

    ## Why
    A relationship is lazy unless somebody says otherwise: the first read of `order.items` runs a SELECT. Read in a
    loop over a query's rows, it runs one SELECT for each row: 1 query and N more. It goes unnoticed with ten rows of
    test data, and with ten thousand each one still pays the way to the database and back.

    A collection (`order.items`) costs one SELECT a row. A reference to one object (`post.author`) costs one for each
    *other* object, since the session knows those that it has loaded.

    The query can bring the related rows along: `selectinload` fetches them with a second SELECT for up to 500 parents
    at a time, which suits collections; `joinedload` fetches them in the same SELECT, which suits references.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        items: Mapped[list["Item"]] = relationship()


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        price: Mapped[int]
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    def totals(session: Session) -> list[int]:
        return [sum(item.price for item in order.items) for order in session.scalars(select(Order))]
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        items: Mapped[list["Item"]] = relationship()


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        price: Mapped[int]
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    def totals(session: Session) -> list[int]:
        orders = session.scalars(select(Order).options(selectinload(Order.items)))
        return [sum(item.price for item in order.items) for order in orders]
    ```

    ## Fix safety
    Unsafe. The fix adds a loader option to the query, wherever it stands, and imports what it needs: `selectinload` for
    collections, `joinedload` for a reference where the query has no GROUP BY, DISTINCT or FOR UPDATE that a join would
    disturb. The rows are the same, but every caller of that query now loads the related rows, also one that does not
    read them. There is no fix where the file of the query does not name the class.

    ## What it cannot see
    Rows whose query is not seen: given as a parameter, or from a query that adds options nobody can read. Objects that
    an earlier query left in the session, so that a reference runs nothing. Reads in functions of other libraries, as
    serialisers are, and in functions of the project that come by the read only in some branch. Of rows that came
    through an AsyncSession it says nothing: a lazy read raises there.

    ## References
    - [Relationship loading techniques](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html)
    - [Select IN loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#select-in-loading)
    - [Joined eager loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#joined-eager-loading)
    """

    def relationship_read(self, read: RelationshipRead) -> Iterator[Hit]:
        """A read that runs a SELECT, off an instance that varies with a loop around it."""
        if read.loads and not read.again:
            yield from _found(read, read.loops, "")

    def relationship_read_in_call(self, read: RelationshipReadInCall) -> Iterator[Hit]:
        """The same in a function that the loop calls, on every way through it."""
        if not read.again:
            note = Note(read.read, f"the call reads `{_name(read)}` here")
            for hit in _found(read, read.around, "This call reads it: "):
                yield replace(hit, related=(note, *hit.related))


def _found(read: Read, loops: tuple[Loop, ...], lead: str) -> Iterator[Hit]:
    if read.load.kind != "query" and not read.load.path:
        return
    loop = next((each for each in loops if each.key == read.load.loop), None)
    if loop is None or leaves_loop(read.frame, read.node, loop):
        return
    if alike_in_all_rows(read.world, read.entity, read.relationship) or _cannot_load(read):
        return
    advice = eager.advise(read, read.entity, read.relationship)
    yield Hit(
        read.at(read.node),
        lead + _message(read, advice),
        tuple(_proof(read, loop)),
        advice.fix if advice is not None else None,
        Severity.INFO if read.in_migration else None,
    )


def _cannot_load(read: Read) -> bool:
    """Whether the row came through an AsyncSession: reading raises there, or somebody has loaded it."""
    session = read.load.statement.session if read.load.statement is not None else None
    return isinstance(session, Session) and session.is_async


def _name(read: Read) -> str:
    return f"{read.entity.model.plain}.{read.relationship.name}"


def _message(read: Read, advice: eager.Advice | None) -> str:
    harm = f"`{_name(read)}` is loaded once per row: this loop runs one SELECT for each {read.entity.model.plain}."
    if read.relationship.direction == "many-to-one":
        target = read.relationship.target
        what = (target.name if target is not None else read.relationship.target_text) or "row"
        harm = f"`{_name(read)}` is loaded row by row: this loop runs one SELECT for each {what} it comes to."
    if advice is None:
        return harm
    where = "the query" if read.load.statement is None or read.load.statement.place.path == read.path else "its query"
    return f"{harm} Add `{advice.code}` to {where}."


def _proof(read: Read, loop: Loop) -> Iterator[Note]:
    statement = read.load.statement
    if statement is not None:
        yield Note(statement.place, f"the query, which does not load `{_name(read)}`")
    yield Note(loop.place, "the loop")
    yield Note(read.relationship.place, f"`{_name(read)}` is lazy unless a query says otherwise")
