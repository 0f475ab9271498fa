from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.loading.per_row import relationship_hit
from sqlassay.semantics.events import RelationshipRead
from sqlassay.semantics.plans import RUNS


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
    read them. There is no fix where the file of the query does not name the class. `session.get()` heeds its options
    only where it runs a query: not for an object that the session holds. Where relationships are annotated without
    `Mapped`, as in SQLModel, type checkers refuse what every loader is given: the fix writes the project's own cast
    around it (a function that gives its argument back as an `InstrumentedAttribute`) where the query's file has one.

    ## What it cannot see
    Rows whose query is not seen: given as a parameter, or from a query that adds options nobody can read. Objects that
    an earlier call left in the session, so that a reference runs nothing. Reads in what the loop calls are told by
    [n-plus-one-helper](n-plus-one-helper.md), those of schemas and templates by
    [n-plus-one-serialization](n-plus-one-serialization.md). Of rows that came through an AsyncSession it says nothing:
    a lazy read raises there, which is [async-lazy-load](async-lazy-load.md).

    ## References
    - [Relationship loading techniques](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html)
    - [Select IN loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#select-in-loading)
    - [Joined eager loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#joined-eager-loading)
    """

    def relationship_read(self, read: RelationshipRead) -> Iterator[Hit]:
        """A read that runs a SELECT, off an instance that varies with a loop around it."""
        if read.outcome == RUNS and not read.again:
            hit = relationship_hit(read, read.loops)
            if hit is not None:
                yield hit
