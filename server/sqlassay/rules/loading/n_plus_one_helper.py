from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading.per_row import name_of, relationship_hit
from sqlassay.semantics.events import RelationshipReadInCall
from sqlassay.semantics.plans import RUNS


@rule("ALC602", "n-plus-one-helper", severity=Severity.WARNING, fix="unsafe")
class NPlusOneHelper(Rule):
    """What a loop calls reads a lazy relationship of the row: one query for each row.

    ## Why
    It is [n-plus-one](n-plus-one.md) where nobody sees it: the loop calls `order.total`, `to_dict(order)` or
    `serialize(order)`, and the relationship is read in there, often in another file. Whoever reviews the query does not
    see the read, and whoever reviews the read does not see the loop.

    The finding stands at the call, with the read, the query and the relationship beside it. Methods, properties,
    hybrids, `__str__` and `__repr__` where the row is shown as text, generators, and what they call in turn are
    followed, into other files too.

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

        @property
        def total(self) -> int:
            return sum(item.price for item in self.items)


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        price: Mapped[int]
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    def totals(session: Session) -> list[int]:
        return [order.total for order in session.scalars(select(Order))]
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

        @property
        def total(self) -> int:
            return sum(item.price for item in self.items)


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        price: Mapped[int]
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    def totals(session: Session) -> list[int]:
        return [order.total for order in session.scalars(select(Order).options(selectinload(Order.items)))]
    ```

    ## Fix safety
    Unsafe, as that of n-plus-one: the option is added to the query, wherever it stands, and every caller of that query
    then loads the related rows.

    ## What it cannot see
    Calls deeper than four functions, and into other libraries. A read that hangs on another argument of the call, or on
    a setting: where the call itself passes a constant, or leaves it at its default, it is known which way it goes.
    What hangs on the row (`if self.paid:`) holds for some of many rows and is told.

    ## References
    - [Relationship loading techniques](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html)
    - [Select IN loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#select-in-loading)
    """

    def relationship_read_in_call(self, read: RelationshipReadInCall) -> Iterator[Hit]:
        """A call that reads a relationship off an instance that varies with a loop around the read."""
        if read.outcome != RUNS or read.again:
            return
        hit = relationship_hit(read, read.around)
        if hit is not None:
            note = Note(read.read, f"the call reads `{name_of(read)}` here")
            yield replace(hit, message=f"This call reads it: {hit.message}", related=(note, *hit.related))
