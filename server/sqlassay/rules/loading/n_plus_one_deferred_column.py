from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading.per_row import loop_of, severity, the_query
from sqlassay.semantics.events import ColumnRead, ColumnReadInCall, Loop
from sqlassay.semantics.plans import RUNS


@rule("ALC627", "n-plus-one-deferred-column", severity=Severity.WARNING)
class NPlusOneDeferredColumn(Rule):
    """A column that the query leaves out is read in a loop: one query for each row.

    ## Why
    `load_only(Order.id)`, `defer(Order.note)` and `deferred=True` of the model keep a column out of the SELECT. It is
    loaded when it is read: read in a loop over the rows, with one SELECT for each row.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, load_only, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[str]
        note: Mapped[str]


    def notes(session: Session) -> list[str]:
        orders = session.scalars(select(Order).options(load_only(Order.number)))
        return [f"{order.number}: {order.note}" for order in orders]
    ```

    ## Use instead
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, load_only, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[str]
        note: Mapped[str]


    def notes(session: Session) -> list[str]:
        orders = session.scalars(select(Order).options(load_only(Order.number, Order.note)))
        return [f"{order.number}: {order.note}" for order in orders]
    ```

    ## Fix safety
    There is no fix: a person decides whether the query should bring the column, or the loop do without it.

    ## What it cannot see
    Groups of deferred columns (`undefer_group`), and rows whose query is not seen. Of rows that came through an
    AsyncSession it says nothing: the read raises there.

    ## References
    - [Limiting which columns load](https://docs.sqlalchemy.org/en/20/orm/queryguide/columns.html#limiting-which-columns-load-with-column-deferral)
    """

    def column_read(self, read: ColumnRead) -> Iterator[Hit]:
        """A deferred column of a row that varies with a loop."""
        if read.why == "deferred" and read.outcome == RUNS and not read.again:
            yield from _found(read, read.loops, ())

    def column_read_in_call(self, read: ColumnReadInCall) -> Iterator[Hit]:
        """The same in what the loop calls."""
        if read.why == "deferred" and read.outcome == RUNS and not read.again:
            yield from _found(read, read.around, (Note(read.read, "the call reads it here"),))


def _found(read: ColumnRead | ColumnReadInCall, loops: tuple[Loop, ...], notes: tuple[Note, ...]) -> Iterator[Hit]:
    loop = loop_of(read, loops)
    if loop is None:
        return
    name = f"{read.entity.model.plain}.{read.column.attribute}"
    instead = f"`undefer({name})`" if read.column.deferred else f"`{name}` to its `load_only`"
    yield Hit(
        read.at(read.node),
        f"`{name}` is not among the columns that the query loads: this loop runs one SELECT for each "
        f"{read.entity.model.plain}. Add {instead}, or do without it.",
        (
            *notes,
            *the_query(read.entity.load.statement, f"the query, which leaves out `{name}`"),
            Note(loop.place, "the loop"),
            *((Note(read.column.place, "the column"),) if read.column.place is not None else ()),
        ),
        severity=severity(read),
    )
