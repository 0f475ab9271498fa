from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from sqlassay.findings import Severity
from sqlassay.rules import eager
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading.per_row import the_query
from sqlassay.semantics.events import ColumnRead, ColumnReadInCall, RelationshipRead, RelationshipReadInCall
from sqlassay.semantics.plans import RAISES
from sqlassay.semantics.states import session_of
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_CATCHES = frozenset(["InvalidRequestError", "SQLAlchemyError", "Exception", "BaseException"])
Read = Union[RelationshipRead, RelationshipReadInCall]


@rule("ALC621", "raise-lazy-access", severity=Severity.ERROR, sqlalchemy=">=1.1", fix="unsafe")
class RaiseLazyAccess(Rule):
    """An attribute that may not be loaded lazily is read, and its query did not load it: the read raises.

    ## Why
    `lazy="raise"` on a relationship, `raiseload()` in a query, and `raiseload=True` of `load_only()` and `defer()` say:
    who wants this loads it with the query. A read of what was not loaded raises InvalidRequestError, each time.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        items: Mapped[list["Item"]] = relationship(lazy="raise")


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    def sizes(session: Session) -> list[int]:
        return [len(order.items) for order in session.scalars(select(Order))]
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
        items: Mapped[list["Item"]] = relationship(lazy="raise")


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    def sizes(session: Session) -> list[int]:
        return [len(order.items) for order in session.scalars(select(Order).options(selectinload(Order.items)))]
    ```

    ## Fix safety
    Unsafe. The fix adds a loader option to the query, wherever it stands; where a `raiseload` names the relationship
    there is none, since somebody wanted it so.

    ## What it cannot see
    Instances whose query is not seen, and what another query of the session loaded. A reference with
    `raise_on_sql` is given where the session holds it, so nothing is said of those. Silent where the read is in a `try`
    that catches what is raised.

    ## References
    - [Preventing lazy loads with raiseload](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#prevent-lazy-with-raiseload)
    """

    def relationship_read(self, read: RelationshipRead) -> Iterator[Hit]:
        """A relationship whose loading is forbidden."""
        if read.outcome == RAISES and not read.again and not read.maybe:
            yield from _found(read, ())

    def relationship_read_in_call(self, read: RelationshipReadInCall) -> Iterator[Hit]:
        """The same in what a call calls."""
        if read.outcome == RAISES and not read.again:
            yield from _found(read, (Note(read.read, "the call reads it here"),))

    def column_read(self, read: ColumnRead) -> Iterator[Hit]:
        """A column that the query leaves out with `raiseload=True`."""
        if read.outcome == RAISES and not read.again and not read.maybe:
            yield from _column(read, ())

    def column_read_in_call(self, read: ColumnReadInCall) -> Iterator[Hit]:
        """The same in what a call calls."""
        if read.outcome == RAISES and not read.again:
            yield from _column(read, (Note(read.read, "the call reads it here"),))


def _found(read: Read, notes: tuple[Note, ...]) -> Iterator[Hit]:
    if not _is_certain(read):
        return
    name = f"{read.entity.model.plain}.{read.relationship.name}"
    advice = eager.advise(read, read.entity, read.relationship)
    hint = f" Add `{advice.code}` to its query." if advice is not None else ""
    yield Hit(
        read.at(read.node),
        f"`{name}` may not be loaded lazily, and the query does not load it: this raises InvalidRequestError.{hint}",
        (*notes, *the_query(read.load.statement, f"the query, which does not load `{name}`"), *_declared(read)),
        advice.fix if advice is not None and read.relationship.lazy in ("raise", "raise_on_sql") else None,
        lazy=eager.lazy(read.entity, read.relationship),
    )


def _declared(read: Read) -> Iterator[Note]:
    yield Note(read.relationship.place, "the relationship")


def _column(read: ColumnRead | ColumnReadInCall, notes: tuple[Note, ...]) -> Iterator[Hit]:
    if not _is_certain(read):
        return
    name = f"{read.entity.model.plain}.{read.column.attribute}"
    place: Place | None = read.column.place
    declared = (Note(place, "the column"),) if place is not None else ()
    yield Hit(
        read.at(read.node),
        f"`{name}` is left out by the query, with `raiseload=True`: this raises InvalidRequestError.",
        (*notes, *the_query(read.entity.load.statement, "the query"), *declared),
    )


def _is_certain(read: Read | ColumnRead | ColumnReadInCall) -> bool:
    """Whether the rows are certainly those of the query, and nobody catches what is raised."""
    session = session_of(read.entity)
    if session is not None and not session.certain:
        return False
    tries = [each for each in read.enclosing(read.node) if isinstance(each, n.Try)]
    return not any(_catches(each) for each in tries)


def _catches(node: n.Try) -> bool:
    """Whether a `try` catches what a forbidden load raises."""
    return any(
        each.type is None
        or any(isinstance(name, n.Name | n.Attribute) and _last(name) in _CATCHES for name in _types(each.type))
        for each in node.handlers
    )


def _types(node: n.Expr) -> tuple[n.Expr, ...]:
    return node.elts if isinstance(node, n.TupleExpr) else (node,)


def _last(node: n.Name | n.Attribute) -> str:
    return node.id if isinstance(node, n.Name) else node.attr
