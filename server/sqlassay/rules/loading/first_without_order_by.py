from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading import rows
from sqlassay.semantics import uses
from sqlassay.semantics import values as v
from sqlassay.semantics.events import RowsFetched

_LIMITED = frozenset(["one", "one_or_none", "scalar", "scalar_one", "scalar_one_or_none", "all"])


@rule("ALC618", "first-without-order-by", severity=Severity.HINT, presets=())
class FirstWithoutOrderBy(Rule):
    """The first of several rows is taken, and nothing says which one comes first.

    ## Why
    Without ORDER BY the first row is whichever the database comes by: often the oldest in a small table, and another
    one after an UPDATE, with another plan, or on another database. Where the criteria leave one row alone, say so with
    `one_or_none()`, which raises where there are more; where any will do, nothing is wrong.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        active: Mapped[bool]


    def on_duty(session: Session) -> User | None:
        return session.scalars(select(User).where(User.active.is_(True)).limit(1)).first()
    ```

    ## Use instead
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        active: Mapped[bool]


    def on_duty(session: Session) -> User | None:
        return session.scalars(select(User).where(User.active.is_(True)).order_by(User.id).limit(1)).first()
    ```

    ## Fix safety
    There is no fix: which row is meant is for a person to say.

    ## What it cannot see
    Criteria that leave one row without a unique constraint that says so: hence it is off unless asked for. It says
    nothing where the criteria hold a unique key or cannot be read, of rows that are only asked for their existence, of
    aggregates, of rows that are locked, and of tests.

    ## References
    - [LIMIT and OFFSET](https://www.postgresql.org/docs/current/queries-limit.html)
    - [Result.one_or_none()](https://docs.sqlalchemy.org/en/20/core/connections.html#sqlalchemy.engine.Result.one_or_none)
    """

    def rows_fetched(self, event: RowsFetched) -> Iterator[Hit]:
        """`.first()`, or any way to the only row of `.limit(1)`."""
        statement = event.statement
        taken = event.method == "first" or (event.method in _LIMITED and v.LIMIT_ONE in statement.traits)
        if not taken or statement.loose or not statement.traits.isdisjoint(("order_by", v.UNREAD)):
            return
        if not rows.concerns(event) or rows.at_most_one(event.world, statement):
            return
        if uses.only_asked(event.frame, event.node):
            return
        here = event.at(event.node).holds(statement.place)
        yield Hit(
            event.at(event.node),
            f"Which `{rows.name(statement)}` this is depends on the database: nothing orders the rows, and the "
            "criteria may leave several. Add `.order_by(...)`, or use `one_or_none()` where there can be one only.",
            () if here else (Note(statement.place, "the statement, which has no order"),),
        )
