from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AnyOp, Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loaders import (
    default_loads,
    depends,
    is_whole,
    linked,
    relationship_at,
    renamed,
    same_hierarchy,
    shown,
    spelled,
    stands,
    target_of,
)
from sqlassay.semantics.events import StatementRun
from sqlassay.semantics.plans import Path
from sqlassay.semantics.shapes import Criterion, Source
from sqlassay.semantics.sources import is_among, sources
from sqlassay.semantics.values import Mapped, Option, Statement
from sqlassay.semantics.world import World

_WITHIN = frozenset(["limit", "offset", "slice", "fetch", "distinct"])
"""Methods with which SQLAlchemy wraps a query that loads collections by JOIN, and what it sorts by into it."""


@rule("ALC605", "filter-on-joinedload", severity=Severity.ERROR, fix="unsafe")
class FilterOnJoinedload(Rule):
    """A query filters or sorts by a class that it only loads with `joinedload`, and does not join.

    ## Why
    `joinedload` joins under a name that nothing else can refer to (`posts AS posts_1`): it changes what is loaded,
    never which rows come. `where(Post.title == ...)` means the table itself, so that `posts` stands in FROM a second
    time and nothing joins it: every user comes back if any post has that title, and SQLAlchemy warns of a cartesian
    product. In ORDER BY, GROUP BY and HAVING nothing brings the table in, and the database refuses the column.

    ## Example
    ```python
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


    def with_title(session: Session, title: str) -> list[User]:
        statement = select(User).options(joinedload(User.posts)).where(Post.title == title)
        return list(session.scalars(statement).unique())
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


    def with_title(session: Session, title: str) -> list[User]:
        statement = select(User).join(User.posts).options(contains_eager(User.posts)).where(Post.title == title)
        return list(session.scalars(statement).unique())
    ```

    ## Fix safety
    Unsafe: the rows are others, as they were meant to be. The fix joins (to sort, by an outer join), and loads by
    `contains_eager` what was joined: a collection then holds only the members that the criteria let through. To have
    them all, write `.join(User.posts)` and keep a loader option. There is no fix for paths of several steps, and none
    for a collection under a LIMIT, which counts joined rows.

    ## What it cannot see
    Statements of which some criterion, join or selected thing cannot be read; those whose `where` compares the two
    classes, which is a join; strings and text as criteria; queries that other functions run.

    ## References
    - [The zen of joined eager loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#the-zen-of-joined-eager-loading)
    - [Routing explicit joins into eagerly loaded collections](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#routing-explicit-joins-statements-into-eagerly-loaded-collections)
    """

    def statement_run(self, event: StatementRun) -> Iterator[Hit]:
        """A statement with a criterion on what it does not select from."""
        statement = event.statement
        if statement.kind not in ("select", "query") or event.method in ("update", "delete"):
            return
        found = sources(statement)
        if not found.known or not is_whole(statement):
            return
        for criterion, column in _outside(event.world, statement, found.found):
            loaded = _loaded(event.world, statement, column)
            if loaded is None or depends(event, criterion) or linked(event.world, statement, column.source):
                continue
            path, option = loaded
            place, notes = stands(event, criterion)
            if option is not None and option.place is not None:
                notes = (Note(option.place, f"loads `{shown(path)}` under a name of its own"), *notes)
            yield Hit(
                place,
                _message(event, criterion, column, path),
                notes,
                _fix(event, criterion, path, option),
            )
            return


def _outside(world: World, statement: Statement, found: tuple[Source, ...]) -> Iterator[tuple[Criterion, Mapped]]:
    """The columns that criteria name, and that nothing in FROM has; those of `where` first, which add to FROM."""
    for criterion in sorted(statement.shape.criteria, key=lambda each: each.method != "where"):
        for column in sorted(criterion.columns, key=lambda each: (each.model.name, each.name)):
            if not is_among(world, found, column.source):
                yield criterion, column


def _loaded(world: World, statement: Statement, column: Mapped) -> tuple[Path, Option | None] | None:
    """How the statement loads the class of a column by JOIN; None where it does not."""
    for option in statement.options:
        target = target_of(world, option)
        if option.strategy == "joinedload" and target is not None and same_hierarchy(world, target, column.source):
            return option.path, option
    for path, relationship in default_loads(world, statement):
        if relationship.lazy not in ("joined", "False") or relationship.target is None:
            continue
        if same_hierarchy(world, Source(relationship.target), column.source):
            return path, None
    return None


def _wrapped(event: StatementRun) -> bool:
    query_first = event.statement.kind == "query" and event.method == "first"
    return query_first or not event.statement.traits.isdisjoint(_WITHIN)


def _message(event: StatementRun, criterion: Criterion, column: Mapped, path: Path) -> str:
    model = event.world.model(column.model)
    table = (model.table if model is not None else None) or column.model.name
    said = f"`{column.model.name}` is only eager-loaded here, by a JOIN under a name of its own: "
    named = f"`{column.model.name}.{column.name}`"
    if criterion.method == "where" or _wrapped(event):
        harm = f"{named} puts `{table}` into FROM once more, with nothing that joins it (a cartesian product)."
    else:
        harm = f"`{table}` is not in FROM, and the database refuses {named}."
    return f"{said}{harm} Join it: `.join({shown(path)})` with `contains_eager({shown(path)})`."


def _fix(event: StatementRun, criterion: Criterion, path: Path, option: Option | None) -> Fix | None:
    statement = event.statement
    name = spelled(event.world, statement, path)
    relationship = relationship_at(event.world, path)
    if not name or relationship is None or (relationship.uselist is not False and _wrapped(event)):
        return None
    join = "join" if criterion.method == "where" else "outerjoin"
    ops: list[AnyOp] = [Replace(statement.place, f"{{0}}.{join}({name})", (statement.place,))]
    if option is not None:
        loads = renamed(option, "contains_eager")
        if not loads:
            return None
        ops.extend(loads)
    return Fix(f"Add `.{join}({name})`", False, tuple(ops))
