from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from msgspec import Struct

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loaders import default_loads, loads, relationship_at, renamed, shown, stands, strategy_at
from sqlassay.semantics.events import StatementRun
from sqlassay.semantics.plans import Path, same_path
from sqlassay.semantics.values import Option, Statement
from sqlassay.semantics.world import World


@rule("ALC604", "joinedload-multiple-collections", severity=Severity.WARNING, fix="unsafe")
class JoinedloadMultipleCollections(Rule):
    """Two collections are loaded by JOINs of one SELECT: it returns a row for each pair of their members.

    ## Why
    `joinedload` brings a collection as further columns of the rows. With two collections side by side, each member of
    the one comes with each member of the other: a user with 50 posts and 40 notes is 2,000 rows, all sent, and all
    thrown away again but 90. `selectinload` brings each collection by a SELECT of its own, without repeating anything.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship()
        notes: Mapped[list["Note"]] = relationship()


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


    class Note(Base):
        __tablename__ = "notes"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


    def users(session: Session) -> list[User]:
        statement = select(User).options(joinedload(User.posts), joinedload(User.notes))
        return list(session.scalars(statement).unique())
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
        posts: Mapped[list["Post"]] = relationship()
        notes: Mapped[list["Note"]] = relationship()


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


    class Note(Base):
        __tablename__ = "notes"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


    def users(session: Session) -> list[User]:
        statement = select(User).options(selectinload(User.posts), selectinload(User.notes))
        return list(session.scalars(statement).unique())
    ```

    ## Fix safety
    Unsafe: the same objects come, by more and smaller statements. There is no fix for options with arguments of their
    own (`innerjoin=True`).

    ## What it cannot see
    How many members there are: where one of the collections is always tiny, the JOIN may be right. Statements that
    other functions run, and options that cannot be read. A collection inside another one (`User.posts`, then
    `Post.comments`) is not a pair: each row is one comment.

    ## References
    - [What kind of loading to use](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#what-kind-of-loading-to-use)
    - [Joined eager loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#joined-eager-loading)
    """

    def statement_run(self, event: StatementRun) -> Iterator[Hit]:
        """A statement that loads two collections beside each other by JOIN."""
        if not loads(event):
            return
        found = _collections(event.world, event.statement)
        pair = next((each for each in combinations(found, 2) if _beside(event.world, event.statement, *each)), None)
        if pair is None:
            return
        all_beside = [each for each in found if each in pair or _beside(event.world, event.statement, pair[0], each)]
        given = [each.option for each in all_beside if each.option is not None]
        ops = tuple(op for each in given for op in renamed(each, "selectinload"))
        place, notes = stands(event, given[-1])
        loaders = tuple(Note(each.place, f"`{shown(each.path)}`") for each in given if each.place not in (None, place))
        *others, last = (f"`{shown(each.path)}`" for each in all_beside)
        yield Hit(
            place,
            f"{', '.join(others)} and {last} are loaded by JOINs of one SELECT: it returns a row for each combination "
            "of their members. Use `selectinload`, which brings each by a SELECT of its own.",
            (*loaders, *notes),
            Fix("Use `selectinload`", False, ops) if ops else None,
        )


class _Collection(Struct, frozen=True):
    """A collection that is loaded by a JOIN."""

    path: Path
    option: Option | None
    """None where its class says so."""
    group: Path
    """The part of the path that another SELECT has brought: JOINs of one SELECT have the same."""


def _collections(world: World, statement: Statement) -> list[_Collection]:
    found: list[_Collection] = []
    for option in statement.options:
        path = option.path
        known = any(same_path(world, each.path, path) for each in found)
        if not known and option.strategy == "joinedload" and strategy_at(world, statement, path) == "joinedload":
            relationship = relationship_at(world, path)
            if relationship is not None and relationship.uselist is True:
                found.append(_Collection(path, option, _group(world, statement, path)))
    for path, relationship in default_loads(world, statement):
        if relationship.lazy in ("joined", "False") and relationship.uselist is True:
            found.append(_Collection(path, None, ()))
    return found


def _group(world: World, statement: Statement, path: Path) -> Path:
    for end in range(len(path) - 1, 0, -1):
        if strategy_at(world, statement, path[:end]) not in ("joinedload", "contains_eager"):
            return path[:end]
    return ()


def _beside(world: World, statement: Statement, left: _Collection, right: _Collection) -> bool:
    """Whether one SELECT certainly brings both, neither inside the other."""
    options = [each.option for each in (left, right) if each.option is not None]
    optional = [each for each in options if each in statement.shape.optional]
    if not options or len(optional) > 1 or left.path[0][0] != right.path[0][0]:
        return False
    shorter, longer = sorted((left.path, right.path), key=len)
    return same_path(world, left.group, right.group) and not same_path(world, shorter, longer[: len(shorter)])
