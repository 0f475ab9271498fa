from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.loaders import (
    depends,
    is_whole,
    linked,
    loads,
    relationship_at,
    shown,
    spelled,
    stands,
    strategy_at,
    target_of,
)
from sqlassay.semantics.events import StatementRun
from sqlassay.semantics.sources import is_among, sources
from sqlassay.semantics.values import Option, Statement
from sqlassay.semantics.world import World


@rule("ALC614", "contains-eager-without-join", severity=Severity.ERROR, fix="unsafe")
class ContainsEagerWithoutJoin(Rule):
    """`contains_eager` on a relationship that the statement does not join.

    ## Why
    `contains_eager` says that the rows already hold the columns of the other class; it joins nothing itself. Without a
    join its table stands in FROM beside the others: each row of the one with each row of the other. SQLAlchemy warns
    of a cartesian product, and every parent gets the children of all parents as its own.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, contains_eager, mapped_column, relationship


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


    def users(session: Session) -> list[User]:
        return list(session.scalars(select(User).options(contains_eager(User.posts))).unique())
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, contains_eager, mapped_column, relationship


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


    def users(session: Session) -> list[User]:
        return list(session.scalars(select(User).join(User.posts).options(contains_eager(User.posts))).unique())
    ```

    ## Fix safety
    Unsafe: the rows are others. The fix adds an inner join, which leaves out parents without children; to keep them,
    write `outerjoin`, or `joinedload` without a join. There is no fix for paths of several steps.

    ## What it cannot see
    Statements of which some join, selected thing or criterion cannot be read; aliases (`of_type(...)`, `alias=`); a
    join made by comparing the classes in `where`, which is one; queries that other functions run.

    ## References
    - [Routing explicit joins into eagerly loaded collections](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#routing-explicit-joins-statements-into-eagerly-loaded-collections)
    - [FROM linting](https://docs.sqlalchemy.org/en/20/changelog/migration_14.html#change-4737)
    """

    def statement_run(self, event: StatementRun) -> Iterator[Hit]:
        """A statement that says it contains what it does not select from."""
        statement = event.statement
        if not loads(event) or not any(each.strategy == "contains_eager" for each in statement.options):
            return
        found = sources(statement)
        if not found.known or not is_whole(statement):
            return
        for option in statement.options:
            target = target_of(event.world, option)
            if target is None or depends(event, option) or not _is_plain(event.world, statement, option):
                continue
            if is_among(event.world, found.found, target) or linked(event.world, statement, target):
                continue
            place, notes = stands(event, option)
            yield Hit(
                place,
                f"The statement does not join `{shown(option.path)}`: each row comes with every {target.model.name} "
                f"there is (a cartesian product), taken for its own. Add `.join({shown(option.path[-1:])})`.",
                notes,
                _fix(event.world, statement, option),
            )
            return


def _is_plain(world: World, statement: Statement, option: Option) -> bool:
    """Whether an option means the class itself, all of whose way from the root is contained."""
    relationship = relationship_at(world, option.path)
    return (
        option.strategy == "contains_eager"
        and option.narrowed is None
        and not option.keywords
        and option.root is not None
        and option.root.alias is None
        and relationship is not None
        and relationship.certain
        and all(
            strategy_at(world, statement, option.path[:end]) == "contains_eager" for end in range(1, len(option.path))
        )
    )


def _fix(world: World, statement: Statement, option: Option) -> Fix | None:
    name = spelled(world, statement, option.path)
    if not name:
        return None
    join = Replace(statement.place, f"{{0}}.join({name})", (statement.place,))
    return Fix(f"Add `.join({name})`", False, (join,))
