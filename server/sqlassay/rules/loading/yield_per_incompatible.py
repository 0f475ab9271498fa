from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AnyOp, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.loaders import (
    default_loads,
    depends,
    loads,
    relationship_at,
    renamed,
    shown,
    stands,
    strategy_at,
)
from sqlassay.semantics.events import StatementRun
from sqlassay.semantics.plans import Path
from sqlassay.semantics.values import NONE, DictValue, Model, Option, Statement, members
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_BUFFERED = frozenset(["joinedload", "contains_eager"])
"""Options that bring the members of a collection in rows of the same SELECT."""


@rule("ALC616", "yield-per-incompatible", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="unsafe")
class YieldPerIncompatible(Rule):
    """`yield_per` with a collection loaded by JOIN or subquery, or with `unique()`: SQLAlchemy raises.

    ## Why
    `yield_per` hands out rows in portions while the database still sends them. A collection that comes in rows of the
    same SELECT is only whole when all rows are there, `subqueryload` needs all parents, and `unique()` has to remember
    every row: SQLAlchemy raises InvalidRequestError for each. `selectinload` loads the collections of each portion.

    ## Example
    ```python
    from collections.abc import Iterator

    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship


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


    def titles(session: Session) -> Iterator[str]:
        statement = select(User).options(joinedload(User.posts)).execution_options(yield_per=100)
        for user in session.scalars(statement):
            yield from (post.title for post in user.posts)
    ```

    ## Use instead
    ```python
    from collections.abc import Iterator

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


    def titles(session: Session) -> Iterator[str]:
        statement = select(User).options(selectinload(User.posts)).execution_options(yield_per=100)
        for user in session.scalars(statement):
            yield from (post.title for post in user.posts)
    ```

    ## Fix safety
    Unsafe: nothing runs today, so that what comes after has never been seen to work.

    ## What it cannot see
    Portions that are asked for in another function or through the connection. Options and classes that cannot be read.

    ## References
    - [Fetching large result sets with yield_per](https://docs.sqlalchemy.org/en/20/orm/queryguide/api.html#fetching-large-result-sets-with-yield-per)
    """

    def statement_run(self, event: StatementRun) -> Iterator[Hit]:
        """A statement whose rows are asked for in portions."""
        statement = event.statement
        if not loads(event) or event.method == "get" or "enable_eagerloads" in statement.traits:
            return
        portions = _portions(event)
        if portions is None:
            return
        unique = _unique(event)
        for path, option in _buffered(event.world, statement):
            if option is not None and (depends(event, option) or (portions and option in statement.shape.optional)):
                continue
            place, notes = stands(event, option)
            ops = renamed(option, "selectinload") if option is not None and option.strategy != "contains_eager" else ()
            if ops and unique is not None:
                ops = (*ops, _without(event, unique))
            yield Hit(
                place,
                f"`yield_per` hands out rows before `{shown(path)}` is whole: SQLAlchemy raises InvalidRequestError. "
                "Load it by `selectinload`, portion by portion.",
                notes,
                Fix("Use `selectinload`", False, ops) if ops else None,
            )
            return
        if unique is not None and not portions and statement.entities and isinstance(statement.entities[0], Model):
            yield Hit(
                event.at(unique),
                "`unique()` has to remember every row, which `yield_per` is there to avoid: SQLAlchemy raises "
                "InvalidRequestError. Remove one of them.",
                fix=Fix("Remove `.unique()`", False, (_without(event, unique),)),
            )


def _portions(event: StatementRun) -> bool | None:
    """Whether rows are asked for in portions on some ways only; None where they are not."""
    given = event.keywords.get("execution_options")
    if isinstance(given, DictValue):
        for name, value in given.entries:
            if name == "yield_per" and NONE not in members(value):
                return False
    if "yield_per" not in event.statement.traits:
        return None
    return "yield_per" in event.statement.shape.sometimes


def _unique(event: StatementRun) -> n.Call | None:
    """The call of `unique()` in the chain that follows."""
    node: n.Node = event.node
    for each in event.enclosing(event.node):
        match each:
            case n.Await():
                node = each
            case n.Attribute(value=value) if value is node:
                node = each
            case n.Call(func=func) if func is node:
                if isinstance(func, n.Attribute) and func.attr == "unique":
                    return each
                node = each
            case _:
                return None
    return None


def _without(event: StatementRun, unique: n.Call) -> AnyOp:
    assert isinstance(unique.func, n.Attribute)
    return Replace(event.at(unique), "{0}", (event.at(unique.func.value),))


def _buffered(world: World, statement: Statement) -> Iterator[tuple[Path, Option | None]]:
    """What must be whole before the first row can be handed out."""
    for option in statement.options:
        path = option.path
        relationship = relationship_at(world, path)
        if relationship is None or strategy_at(world, statement, path) != option.strategy:
            continue
        before = {strategy_at(world, statement, path[:end]) for end in range(1, len(path))}
        many = option.strategy in _BUFFERED and relationship.uselist is True
        if (many or option.strategy == "subqueryload") and before <= _BUFFERED:
            yield path, option
    for path, relationship in default_loads(world, statement):
        joined = relationship.lazy in ("joined", "False") and relationship.uselist is True
        if joined or relationship.lazy == "subquery":
            yield path, None
