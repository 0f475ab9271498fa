from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.loaders import default_loads, depends, loads, renamed, shown, stands, strategy_at
from sqlassay.semantics.events import StatementRun
from sqlassay.semantics.plans import Path, is_one_row
from sqlassay.semantics.values import Model, Option, Statement
from sqlassay.semantics.world import World

_PORTIONS = frozenset(["limit", "offset", "slice", "fetch"])


@rule("ALC615", "subqueryload-limit-without-order", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="unsafe")
class SubqueryloadLimitWithoutOrder(Rule):
    """`subqueryload` in a query with LIMIT and without ORDER BY: the children of other rows may be loaded.

    ## Why
    `subqueryload` runs the query a second time, inside the SELECT for the children. Without ORDER BY the database may
    pick other rows under the LIMIT than it did the first time: parents then have empty collections, though they have
    children, and nothing is raised. `Query.first()` has a LIMIT too. `selectinload` asks for the children of the very
    rows that came.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, subqueryload


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        posts: Mapped[list["Post"]] = relationship(back_populates="author")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        author: Mapped["User"] = relationship(back_populates="posts")


    def some(session: Session) -> list[User]:
        return list(session.scalars(select(User).options(subqueryload(User.posts)).limit(5)))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        posts: Mapped[list["Post"]] = relationship(back_populates="author")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        author: Mapped["User"] = relationship(back_populates="posts")


    def some(session: Session) -> list[User]:
        return list(session.scalars(select(User).options(selectinload(User.posts)).order_by(User.id).limit(5)))
    ```

    ## Fix safety
    Unsafe: the SQL is another. The rows that LIMIT lets through remain arbitrary until the query has an ORDER BY.

    ## What it cannot see
    Whether what it does sort by is unique: rows that are equal there come in any order. Queries that other functions
    run, and those of which something cannot be read.

    ## References
    - [The importance of ordering](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#the-importance-of-ordering)
    - [Select IN loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#select-in-loading)
    """

    def statement_run(self, event: StatementRun) -> Iterator[Hit]:
        """A statement with LIMIT, no ORDER BY and a collection loaded by its own subquery."""
        statement = event.statement
        if not loads(event) or not statement.shape.whole or not statement.entities or "order_by" in statement.traits:
            return
        limits = _limits(event)
        if limits is None or _is_one(event.world, statement):
            return
        for path, option in _subqueries(event.world, statement):
            if option is not None and (depends(event, option) or (limits and option in statement.shape.optional)):
                continue
            place, notes = stands(event, option)
            ops = renamed(option, "selectinload") if option is not None else ()
            yield Hit(
                place,
                f"`{shown(path)}` is loaded by running the query again inside a subquery. It has a LIMIT and no ORDER "
                "BY: the second time it may find other rows, and what belongs to these is missing. Use `selectinload`.",
                notes,
                Fix("Use `selectinload`", False, ops) if ops else None,
            )
            return


def _limits(event: StatementRun) -> bool | None:
    """Whether the statement has a LIMIT on some ways only; None where it has none."""
    statement = event.statement
    if statement.kind == "query" and event.method == "first":
        return False
    found = statement.traits & _PORTIONS
    return found <= statement.shape.sometimes if found else None


def _subqueries(world: World, statement: Statement) -> Iterator[tuple[Path, Option | None]]:
    for option in statement.options:
        if option.strategy == "subqueryload" and strategy_at(world, statement, option.path) == "subqueryload":
            yield option.path, option
    for path, relationship in default_loads(world, statement):
        if relationship.lazy == "subquery":
            yield path, None


def _is_one(world: World, statement: Statement) -> bool:
    """Whether the criteria pick one row by its key, or the class sorts its queries itself."""
    for entity in statement.entities[:1]:
        model = world.model(entity.ref) if isinstance(entity, Model) else None
        return model is None or "order_by" in model.mapper_args or is_one_row(world, statement, model.ref)
    return True
