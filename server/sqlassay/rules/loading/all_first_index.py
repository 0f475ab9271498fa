from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AnyOp, Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading import rows
from sqlassay.semantics.events import RowsFetched
from sqlassay.syntax import nodes as n


@rule("ALC609", "all-first-index", severity=Severity.WARNING, fix="unsafe")
class AllFirstIndex(Rule):
    """Every row is fetched to take the first one.

    ## Why
    `.all()[0]` has the database send every matching row, builds an object of each, and throws all but one away; and
    where there is none, it raises IndexError. With LIMIT 1 the database sends that one row, and `.first()` gives None
    where there is none.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)


    def eldest(session: Session) -> User:
        return session.scalars(select(User).order_by(User.id)).all()[0]
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


    def eldest(session: Session) -> User | None:
        return session.scalars(select(User).order_by(User.id).limit(1)).first()
    ```

    ## Fix safety
    Unsafe: where there is no row, the code before raises IndexError, and the code after gives None. There is no fix
    where the rows have a name, or are made unique.

    ## What it cannot see
    Rows that another function fetched. It says nothing of rows that are used for anything else, of queries with LIMIT,
    of queries by a unique key, and of tests.

    ## References
    - [Result.first()](https://docs.sqlalchemy.org/en/20/core/connections.html#sqlalchemy.engine.Result.first)
    - [Query.first()](https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html#sqlalchemy.orm.Query.first)
    """

    def rows_fetched(self, event: RowsFetched) -> Iterator[Hit]:
        """`.all()` of whose value only `[0]` is read, and maybe whether there is any."""
        taken = rows.only_taken(event, _first)
        if taken is None:
            return
        found, direct = taken
        advice = "`.first()`, which adds LIMIT 1," if event.result is None else "`.limit(1)` and `.first()`"
        yield Hit(
            event.at(found[0] if direct else event.node),
            f"This fetches every matching row of `{rows.name(event.statement)}` to take the first, and raises "
            f"IndexError where there is none. With {advice} one row is fetched, and None says that there is none.",
            () if direct else tuple(Note(event.at(each), "all that is taken of them") for each in found[:1]),
            _fix(event, found[0]) if direct else None,
            rows.severity(event),
        )


def _first(event: RowsFetched, node: n.Expr) -> n.Subscript | None:
    match event.frame.unit.parents().get(id(node)):
        case n.Subscript(value=value, index=n.Constant(kind="int", value=0)) as taken if value is node:
            return taken
        case _:
            return None


def _fix(event: RowsFetched, taken: n.Subscript) -> Fix | None:
    first = Replace(event.at(taken), "{0}.first()", (event.at(event.source),))
    if event.result is None:
        return Fix("Use `first()`", False, (first,))
    run = rows.executed(event.source)
    if event.result.handled or run is None or not run.args:
        return None
    statement = event.at(run.args[0])
    ops: tuple[AnyOp, ...] = (first, Replace(statement, "{0}.limit(1)", (statement,)))
    return Fix("Use `limit(1)` and `first()`", False, ops)
