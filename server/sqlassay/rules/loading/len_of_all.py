from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading import rows
from sqlassay.semantics.events import RowsFetched
from sqlassay.syntax import nodes as n

_NARROWED = frozenset(["where", "filter", "filter_by"])


@rule("ALC607", "len-of-all", severity=Severity.WARNING, fix="unsafe")
class LenOfAll(Rule):
    """Every row is fetched, and all that is done with them is to count them.

    ## Why
    `len(query.all())` sends every row over the network, and builds an object for each, to end with one number. The
    database counts without sending any: one row comes back, however many there are.

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


    def active_users(session: Session) -> int:
        return len(session.scalars(select(User).where(User.active.is_(True))).all())
    ```

    ## Use instead
    ```python
    from sqlalchemy import func, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        active: Mapped[bool]


    def active_users(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(User).where(User.active.is_(True)))
    ```

    ## Fix safety
    Unsafe: a Query of one class that joins a collection gives each object once, and COUNT counts each row of the join;
    and type checkers take the number for one that may be None. There is no fix where the rows have a name, are made
    unique, or come from a statement with joins, groups or loader options.

    ## What it cannot see
    Rows that another function fetched. It says nothing of rows that are used for anything else, of queries with LIMIT
    or for one row, of streamed rows, and of tests.

    ## References
    - [Counting rows](https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#aggregate-functions-with-group-by-having)
    - [Query.count()](https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html#sqlalchemy.orm.Query.count)
    """

    def rows_fetched(self, event: RowsFetched) -> Iterator[Hit]:
        """`.all()` whose value is only given to `len`, in place or by its name."""
        taken = rows.only_taken(event, _length)
        if taken is None:
            return
        found, direct = taken
        advice = "`.count()`" if event.result is None else "`select(func.count())`"
        yield Hit(
            event.at(found[0] if direct else event.node),
            f"This fetches every matching row of `{rows.name(event.statement)}` only to count them. Let the database "
            f"count, with {advice}: one row comes back.",
            () if direct else tuple(Note(event.at(each), "counted here") for each in found),
            _fix(event, found[0]) if direct else None,
            rows.severity(event),
        )


def _length(event: RowsFetched, node: n.Expr) -> n.Call | None:
    match event.frame.unit.parents().get(id(node)):
        case n.Call(func=n.Name(id="len"), args=(_,), keywords=()) as call:
            return call
        case _:
            return None


def _fix(event: RowsFetched, length: n.Call) -> Fix | None:
    whole = event.at(length)
    if event.result is None:
        return Fix("Use `count()`", False, (Replace(whole, "{0}.count()", (event.at(event.source),)),))
    if event.result.handled or not event.statement.traits <= _NARROWED or rows.only_model(event.statement) is None:
        return None
    run, start = rows.executed(event.node), rows.root(event)
    if run is None or start is None or len(run.args) != 1 or run.keywords or not isinstance(run.func, n.Attribute):
        return None
    if not event.at(run.args[0]).holds(event.at(start)) or len(start.args) != 1 or start.keywords:
        return None
    awaited = "await " if isinstance(event.frame.unit.parents().get(id(run)), n.Await) else ""
    counted = Replace(
        event.at(start), "{0}(func.count()).select_from({1})", (event.at(start.func), event.at(start.args[0]))
    )
    ops: tuple[AnyOp, ...] = (
        Replace(whole, awaited + "{0}.scalar({1})", (event.at(run.func.value), event.at(run.args[0]))),
        counted,
        AddImport(whole, "sqlalchemy", "func"),
    )
    return Fix("Let the database count", False, ops)
