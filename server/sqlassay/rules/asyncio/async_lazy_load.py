from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules import eager
from sqlassay.rules.asyncio.on_read import (
    ColumnReads,
    RelationshipReads,
    has_awaitable_attrs,
    raises,
    sentence,
    session_of_read,
    spelled,
)
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import ColumnRead, ColumnReadInCall, RelationshipRead, RelationshipReadInCall
from sqlassay.semantics.plans import RUNS, related
from sqlassay.semantics.states import GONE


@rule("ALC802", "async-lazy-load", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="unsafe")
class AsyncLazyLoad(Rule):
    """An attribute that its query did not load is read under asyncio: the read raises.

    ## Why
    A relationship is lazy unless somebody says otherwise, and so is a deferred column: the first read runs a SELECT. An
    attribute cannot be awaited, so under asyncio there is no way for that SELECT to reach the database: the read
    raises `MissingGreenlet` (since 2.1 inside a `StatementError`), or `DetachedInstanceError` where the session is
    closed. Assigning another collection does so too, since that loads the one before it. It does so each time, but
    only when the code is run against a database: neither a type checker nor a test with made-up objects sees it.

    What is read is loaded beforehand: with the query (`selectinload`, `joinedload`), by `await session.refresh(user,
    ["posts"])`, or by `await user.awaitable_attrs.posts` where the models have `AsyncAttrs` among their bases.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


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


    async def total(session: AsyncSession, key: int) -> int:
        order = await session.get_one(Order, key)
        return sum(item.price for item in order.items)
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


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


    async def total(session: AsyncSession, key: int) -> int:
        order = await session.get_one(Order, key, options=[selectinload(Order.items)])
        return sum(item.price for item in order.items)
    ```

    ## Fix safety
    Unsafe. The fix adds a loader option to the query, wherever it stands, and imports what it needs: every caller of
    that query now loads the related rows. Where only some need them, `refresh` or `awaitable_attrs` at the read is the
    better choice. For a deferred column there is no fix.

    ## What it cannot see
    Instances whose query is not seen, and sessions that only their name betrays. What a caller of the function has left
    in the session: a reference (`post.author`) whose target is there already runs nothing, hence a warning unless the
    function opened the session itself; and nothing is said where the function was given an instance of the class. What
    a call reads in some cases only is a warning too. Silent where the code asks first (`inspect(user).unloaded`),
    catches what is raised, or runs inside `run_sync`; and of what a function inside another one does with instances of
    the outer one, unless it is called there. What schemas and templates read is told by
    [n-plus-one-serialization](n-plus-one-serialization.md).

    ## References
    - [Preventing implicit IO when using AsyncSession](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession)
    - [MissingGreenlet](https://sqlalche.me/e/20/xd2s)
    """

    def relationship_read(self, read: RelationshipRead) -> Iterator[Hit]:
        """A relationship that runs a SELECT when it is read."""
        yield from _relationship(read, (), True)

    def relationship_read_in_call(self, read: RelationshipReadInCall) -> Iterator[Hit]:
        """The same in what a call calls."""
        yield from _relationship(read, (Note(read.read, "the call reads it here"),), read.always)

    def column_read(self, read: ColumnRead) -> Iterator[Hit]:
        """A column that the query leaves out."""
        yield from _column(read, (), True)

    def column_read_in_call(self, read: ColumnReadInCall) -> Iterator[Hit]:
        """The same in what a call calls."""
        yield from _column(read, (Note(read.read, "the call reads it here"),), read.always)


def _relationship(read: RelationshipReads, notes: tuple[Note, ...], always: bool) -> Iterator[Hit]:
    session = session_of_read(read) if read.outcome == RUNS and read.load.kind != "new" else None
    if session is None or _is_given(read):
        return
    name = f"{read.entity.model.name}.{read.relationship.name}"
    advice = eager.advise(read, read.entity, read.relationship)
    statement = read.load.statement
    if statement is not None:
        notes = (*notes, Note(statement.place, f"the query, which does not load `{name}`"))
    notes = (*notes, Note(read.relationship.place, f"`{name}` is lazy unless a query says otherwise"))
    where = "the query" if statement is None or statement.place.path == read.path else "its query"
    hints = [f"add `{advice.code}` to {where}"] if advice is not None else []
    if GONE not in read.entity.load.state:
        hints.append(_awaited(read))
    lead = "This call reads it: " if isinstance(read, RelationshipReadInCall) else ""
    yield Hit(
        read.at(read.node),
        f"{lead}`{name}` is not loaded by {where}: {raises(read)}. {sentence(hints)}",
        notes,
        advice.fix if advice is not None else None,
        None if always and not _may_be_there(read, session) else Severity.WARNING,
        lazy=eager.lazy(read.entity, read.relationship),
    )


def _awaited(read: RelationshipReads) -> str:
    """How to load the attribute where it is read."""
    owner, name = spelled(read), read.relationship.name
    if has_awaitable_attrs(read.world, read.entity.model):
        return f"`await {owner}.awaitable_attrs.{name}`"
    return f'`await session.refresh({owner}, ["{name}"])` first'


def _may_be_there(read: RelationshipReads, session: v.Session) -> bool:
    """Whether the session may hold what is read, for all that the function shows.

    It may hold the target of a reference, and whatever is reached through one, if others have used the session too.
    """
    opening = read.frame.openings.get(session.origin) if session.origin is not None else None
    if opening is not None and not opening.escaped:
        return False
    steps = [read.relationship]
    for ref, name in read.load.path:
        model = read.world.model(ref)
        if model is not None and name in model.relationships:
            steps.append(model.relationships[name])
    return any(each.direction not in ("one-to-many", "many-to-many") for each in steps)


def _is_given(read: RelationshipReads) -> bool:
    """Whether the function was given an instance of the class: it may be this one, with the relationship loaded."""
    return any(
        each.load.statement is None and each.load.kind != "new" and related(read.world, each.model, read.entity.model)
        for value in read.frame.env.values()
        for each in v.entities_in(value)
    )


def _column(read: ColumnReads, notes: tuple[Note, ...], always: bool) -> Iterator[Hit]:
    if read.why != "deferred" or read.outcome != RUNS or session_of_read(read) is None:
        return
    name = f"{read.entity.model.name}.{read.column.attribute}"
    instead = f"`undefer({name})`" if read.column.deferred else f"`{name}` to its `load_only`"
    statement = read.entity.load.statement
    if statement is not None:
        notes = (*notes, Note(statement.place, f"the query, which leaves out `{name}`"))
    if read.column.place is not None:
        notes = (*notes, Note(read.column.place, "the column"))
    yield Hit(
        read.at(read.node),
        f"`{name}` is not among the columns that the query loads: {raises(read)}. Add {instead}.",
        notes,
        severity=None if always else Severity.WARNING,
    )
