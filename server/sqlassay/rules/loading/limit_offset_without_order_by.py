from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading import rows
from sqlassay.semantics import values as v
from sqlassay.semantics.events import Event, RowsFetched, SessionCall
from sqlassay.semantics.library.sessions import EXECUTORS
from sqlassay.syntax import nodes as n

_BOTH = (frozenset(["limit", "fetch"]), frozenset(["offset"]))
_FETCHES = frozenset(["all", "list", "__iter__", "sorted", "filter"])


@rule("ALC611", "limit-offset-without-order-by", severity=Severity.WARNING)
class LimitOffsetWithoutOrderBy(Rule):
    """A query is paged with LIMIT and OFFSET, and nothing says in which order its rows come.

    ## Why
    Without ORDER BY a database gives rows in any order, and another one the next time: after an UPDATE, with another
    plan, or from a parallel scan. Page two then repeats rows of page one, and leaves out others. It works on a small
    table on the developer's machine, which is why it is found late.

    ## Example
    ```python
    from collections.abc import Sequence

    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    def page(session: Session, number: int) -> Sequence[User]:
        return session.scalars(select(User).limit(10).offset(10 * number)).all()
    ```

    ## Use instead
    ```python
    from collections.abc import Sequence

    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    def page(session: Session, number: int) -> Sequence[User]:
        return session.scalars(select(User).order_by(User.id).limit(10).offset(10 * number)).all()
    ```

    ## Fix safety
    There is no fix: which order the pages have is for a person to decide. It ends in a unique column, so that no two
    rows are alike in it.

    ## What it cannot see
    Statements that another function runs, unless it is seen what it is given; an ORDER BY on a column that many rows
    share. It says nothing of LIMIT without OFFSET, which takes a batch or looks for a second row; where some branch
    adds an order; of queries by a unique key; and of tests.

    ## References
    - [LIMIT and OFFSET](https://www.postgresql.org/docs/current/queries-limit.html)
    - [Select.offset()](https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.Select.offset)
    """

    def session_call(self, call: SessionCall) -> Iterator[Hit]:
        """`session.execute(statement)` and its like."""
        if call.method in EXECUTORS and isinstance(call.statement, v.Statement) and _is_paged(call.statement):
            yield from _found(call, call.statement, call.call)

    def rows_fetched(self, event: RowsFetched) -> Iterator[Hit]:
        """`query.all()`, a loop over a query, `query[10:20]`, and Flask-SQLAlchemy's `paginate()`."""
        if event.statement.kind == "query" and _pages(event):
            yield from _found(event, event.statement, event.node)


def _pages(event: RowsFetched) -> bool:
    match event.method:
        case "paginate":
            return True
        case "slice":
            return _skips(event.node)
        case method:
            return method in _FETCHES and _is_paged(event.statement)


def _is_paged(statement: v.Statement) -> bool:
    return "slice" in statement.traits or all(not statement.traits.isdisjoint(each) for each in _BOTH)


def _skips(node: n.Expr) -> bool:
    """Whether a slice of a query begins behind its first row."""
    match node:
        case n.Subscript(index=n.Slice(lower=n.Node() as lower)):
            return not (isinstance(lower, n.Constant) and lower.value == 0)
        case _:
            return False


def _found(event: Event, statement: v.Statement, node: n.Expr) -> Iterator[Hit]:
    if statement.loose or "order_by" in statement.traits or not rows.is_of_models(statement):
        return
    if event.world.is_test(event.path) or rows.at_most_one(event.world, statement):
        return
    here = event.at(node).holds(statement.place)
    name = rows.name(statement)
    yield Hit(
        event.at(node),
        f"LIMIT and OFFSET without ORDER BY: the database may give the rows of `{name}` in another order for each "
        "page, so that pages repeat some rows and leave out others. Add `.order_by(...)` that ends in a unique column, "
        "such as the primary key.",
        () if here else (Note(statement.place, "the statement, which has no order"),),
        severity=rows.severity(event),
    )
