from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import is_migration
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ForeignKeyInfo, TableInfo
from sqlassay.semantics.world import World


@rule("ALC429", "circular-fk-dependency", severity=Severity.WARNING)
class CircularFkDependency(Rule):
    """Foreign keys of several tables lead round in a circle, and none says `use_alter=True`.

    ## Why
    There is no order in which such tables can be made or dropped, or their rows be inserted: `metadata.sorted_tables`
    warns "Cannot correctly sort tables" (Alembic and fixtures use it), and `drop_all()` raises
    `CircularDependencyError` unless the constraints have names. `use_alter=True` with a `name` takes one key out of
    the circle: it is added by an ALTER afterwards. Where the ORM writes both keys, one relationship needs
    `post_update=True`.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Page(Base):
        __tablename__ = "pages"

        id: Mapped[int] = mapped_column(primary_key=True)
        latest_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"))


    class Revision(Base):
        __tablename__ = "revisions"

        id: Mapped[int] = mapped_column(primary_key=True)
        page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Page(Base):
        __tablename__ = "pages"

        id: Mapped[int] = mapped_column(primary_key=True)
        latest_id: Mapped[int | None] = mapped_column(
            ForeignKey("revisions.id", use_alter=True, name="fk_pages_latest_id")
        )


    class Revision(Base):
        __tablename__ = "revisions"

        id: Mapped[int] = mapped_column(primary_key=True)
        page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    ```

    ## Fix safety
    No fix: which key is to wait is a choice, and its name another.

    ## What it cannot see
    Keys that only a migration makes. A table that points to itself is no circle.

    ## References
    - [Creating/dropping foreign key constraints via ALTER](https://docs.sqlalchemy.org/en/20/core/constraints.html#creating-dropping-foreign-key-constraints-via-alter)
    - [Rows that point to themselves / mutually dependent rows](https://docs.sqlalchemy.org/en/20/orm/relationship_persistence.html#rows-that-point-to-themselves-mutually-dependent-rows)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A key of a mapped class's own table that closes a circle: told at the first table of it, once."""
        model = declared.model
        if not model.mapped or model.table_key is None or is_migration(declared.world, declared.path):
            return
        table = declared.world.table(model.table_key, model.metadata)
        if table is None or table.owner != model.ref:
            return
        circle = _circle(declared.world, table)
        if circle is None or min(circle) != table.key:
            return
        key = next(each for each, target in _leading(declared.world, table) if target.key == circle[1 % len(circle)])
        if key.place.path != declared.path:
            return
        way = " → ".join(f"`{each}`" for each in (*circle, circle[0]))
        yield Hit(
            key.place,
            f"Foreign keys lead in a circle ({way}): these tables cannot be sorted, made or dropped in order. Give one "
            "key `use_alter=True` and a `name`.",
            tuple(_notes(declared.world, table, circle)),
        )


def _leading(world: World, table: TableInfo) -> Iterator[tuple[ForeignKeyInfo, TableInfo]]:
    """The keys of a table that order it after another, with that table."""
    for column in table.columns.values():
        for key in column.foreign_keys:
            altered = key.use_alter or (key.constraint is not None and table.constraints[key.constraint].use_alter)
            if key.table is None or key.table == table.key or altered:
                continue
            other = world.table(key.table, table.metadata)
            if other is not None:
                yield key, other


def _circle(world: World, table: TableInfo) -> list[str] | None:
    """The shortest way from a table back to itself."""
    ways: list[list[str]] = [[table.key]]
    seen = {table.key}
    while ways:
        longer: list[list[str]] = []
        for way in ways:
            last = world.table(way[-1], table.metadata)
            for _, other in _leading(world, last) if last is not None else ():
                if other.key == table.key:
                    return way
                if other.key not in seen:
                    seen.add(other.key)
                    longer.append([*way, other.key])
        ways = longer
    return None


def _notes(world: World, table: TableInfo, circle: list[str]) -> Iterator[Note]:
    for key in circle[1:4]:
        other = world.table(key, table.metadata)
        if other is not None:
            yield Note(other.place, f"`{key}` is part of it.")
