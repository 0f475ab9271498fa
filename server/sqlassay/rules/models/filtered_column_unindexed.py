from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.rules.models.indexes import leading_columns
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.filters import Column, Filter, filtered
from sqlassay.semantics.models import ColumnInfo, TableInfo
from sqlassay.semantics.world import World

_ENOUGH = 3
"""Places that name a column before it is worth a word."""

_COARSE = frozenset(("Boolean", "Enum", "JSON", "JSONB", "LargeBinary", "PickleType"))
"""Types of which an index rarely helps: few values, or none that compare."""


@rule("ALC311", "filtered-column-unindexed", severity=Severity.HINT, presets=(), fix="unsafe", opt_in=True)
class FilteredColumnUnindexed(Rule):
    """Several queries filter or sort by a column that leads no index: each of them reads the whole table.

    ## Why
    Without an index that begins with the column, the database compares every row, and sorts what it found. On a table
    that stays small that is fine; on one that grows, these queries slow down with it. Whether an index pays depends on
    how many rows there are, on how many of them a value picks, and on how often rows are written: the rule is opt-in,
    and says where the column is used.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column()


    def find(session: Session, title: str) -> Post | None:
        return session.scalar(select(Post).where(Post.title == title))


    def begins(session: Session, start: str) -> list[Post]:
        return list(session.scalars(select(Post).where(Post.title.startswith(start))))


    def page(session: Session, number: int) -> list[Post]:
        return list(session.scalars(select(Post).order_by(Post.title).limit(20).offset(20 * number)))
    ```

    ## Use instead
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(index=True)


    def find(session: Session, title: str) -> Post | None:
        return session.scalar(select(Post).where(Post.title == title))


    def begins(session: Session, start: str) -> list[Post]:
        return list(session.scalars(select(Post).where(Post.title.startswith(start))))


    def page(session: Session, number: int) -> list[Post]:
        return list(session.scalars(select(Post).order_by(Post.title).limit(20).offset(20 * number)))
    ```

    ## Fix safety
    Unsafe: the schema changes. The index needs a migration, room, and a little time at each write.

    ## What it cannot see
    How large the table is, and indexes that only a migration makes. It counts statements in functions outside tests and
    migrations, three at least; those do not count that join, that have criteria which cannot be read, or that also go
    by a column which leads an index. To do so it walks all of the project's functions: that takes about as long as a
    whole check, once (in each process, where there are several). Foreign keys are the business of `missing-fk-index`;
    of booleans, enumerations and JSON nothing is said.

    ## References
    - [Indexes](https://docs.sqlalchemy.org/en/20/core/constraints.html#indexes)
    - [Use The Index, Luke: the where clause](https://use-the-index-luke.com/sql/where-clause)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A column of a table whose indexes are all known, and that several queries name."""
        world, model = declared.world, declared.model
        if not model.mapped or model.table_key is None or world.is_test(declared.path):
            return
        table = world.table(model.table_key, model.metadata) if not is_migration(world, declared.path) else None
        columns = [each for each in own_columns(declared) if table is not None and _may_want_one(table, each)]
        uses = filtered(world) if columns else {}
        for column in columns:
            key = Column(model.metadata, column.table or "", column.name)
            alone = [each.place for each in uses.get(key, ()) if not _is_narrowed(world, each)]
            if len(alone) >= _ENOUGH:
                yield _hit(model.ref.name.rsplit(".", 1)[-1], column, tuple(Note(each, "Here.") for each in alone[:9]))


def _is_narrowed(world: World, statement: Filter) -> bool:
    """Whether something else that the statement goes by has an index (or may have one), so that few rows are read."""
    return any(_leads(world, each) for each in statement.columns)


def _leads(world: World, column: Column) -> bool:
    table = world.table(column.table, column.metadata)
    return table is None or not table.certain or column.name in leading_columns(table)


def _hit(model: str, column: ColumnInfo, notes: tuple[Note, ...]) -> Hit:
    fix = None
    if column.call is not None and not column.has_star:
        fix = Fix("Add `index=True`", False, (AddKeyword(column.call, "index", "True"),))
    return Hit(
        column.call or column.place,
        f"Queries in {_ENOUGH} places or more filter or sort by `{model}.{column.attribute}`, which has no index: each "
        "reads the whole table. Where it grows, add `index=True`.",
        related=notes,
        fix=fix,
    )


def _may_want_one(table: TableInfo, column: ColumnInfo) -> bool:
    """Whether the column certainly leads no index, and one might help."""
    if not table.certain or not column.certain or column.primary_key or column.unique or column.foreign_keys:
        return False
    if (
        column.sql_type is None
        or column.sql_type.name in _COARSE
        or not {"index", "unique"}.isdisjoint(column.keywords)
    ):
        return False
    leading = leading_columns(table)
    return column.name not in leading and None not in leading
