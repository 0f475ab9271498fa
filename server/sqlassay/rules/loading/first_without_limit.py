from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading import rows
from sqlassay.semantics import uses
from sqlassay.semantics import values as v
from sqlassay.semantics.events import RowsFetched

_JOINING = frozenset(["joinedload", "contains_eager", "joinedload_all", "eagerload"])


@rule("ALC610", "first-without-limit", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="either")
class FirstWithoutLimit(Rule):
    """`.first()` of a result takes one row of all that the database was asked for.

    ## Why
    `Query.first()` adds LIMIT 1 to its SQL. `Result.first()`, of `session.execute()` or `session.scalars()`, is called
    when the statement has run: nothing was limited, the database sends every matching row, the ORM builds an object of
    each, and all but one are thrown away.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)


    def latest(session: Session) -> User | None:
        return session.scalars(select(User).order_by(User.id.desc())).first()
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


    def latest(session: Session) -> User | None:
        return session.scalars(select(User).order_by(User.id.desc()).limit(1)).first()
    ```

    ## Fix safety
    Safe: the first row is the same. It is unsafe where the rows are made unique or a join fills a collection, since
    LIMIT counts rows of that join, and where the statement has options that cannot be read. There is no fix where the
    statement is executed elsewhere.

    ## What it cannot see
    Results that come from functions nobody can follow. It says nothing where the criteria hold a unique key or cannot
    be read, of aggregates, of rows that are streamed or locked, and of tests.

    ## References
    - [ORM querying in 2.0: first() and limit(1)](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#migration-orm-usage)
    - [Result.first()](https://docs.sqlalchemy.org/en/20/core/connections.html#sqlalchemy.engine.Result.first)
    """

    def rows_fetched(self, event: RowsFetched) -> Iterator[Hit]:
        """`.first()` of a result whose statement has no LIMIT and may find many rows."""
        statement = event.statement
        if event.method != "first" or event.result is None or statement.kind != "select" or not rows.concerns(event):
            return
        if rows.is_limited(event) or _asks_only(event):
            return
        name = rows.name(statement)
        here = event.at(event.node).holds(statement.place)
        yield Hit(
            event.at(event.node),
            f"`first()` of a result adds no LIMIT: every matching row of `{name}` is fetched, and all but one are "
            "thrown away. Add `.limit(1)` to the statement.",
            () if here else (Note(statement.place, "the statement"),),
            _fix(event),
            rows.severity(event),
        )


def _asks_only(event: RowsFetched) -> bool:
    """Whether all that is asked of a whole row is whether there is one: that is exists-via-count-or-fetch's."""
    return isinstance(event.statement.entities[0], v.Model) and uses.only_asked(event.frame, event.node)


def _fix(event: RowsFetched) -> Fix | None:
    run = rows.executed(event.source)
    if run is None or not run.args or event.result is None:
        return None
    statement = event.at(run.args[0])
    joins = any(option.strategy in _JOINING for option in event.statement.options)
    safe = not joins and not event.statement.loose and "unique" not in event.result.handled
    return Fix("Add `.limit(1)`", safe, (Replace(statement, "{0}.limit(1)", (statement,)),))
