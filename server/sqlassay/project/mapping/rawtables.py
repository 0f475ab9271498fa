"""Tables as they are declared, before their foreign keys are resolved."""

from __future__ import annotations

from msgspec import Struct, field

from sqlassay.project.mapping.columns import RawColumn
from sqlassay.project.mapping.registries import MetaDataInfo
from sqlassay.project.mapping.things import Made, Thing
from sqlassay.semantics.models import ConstraintInfo, IndexInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax.place import Place

TABLES = frozenset(("sa:Table", "db.Table"))
"""Calls that make a table."""

NO_METADATA = MetaDataInfo("", certain=False)


class RawConstraint(Struct):
    """A constraint before its columns' names are known to be right; `targets` of a foreign key are things."""

    info: ConstraintInfo
    targets: list[Thing] = field(default_factory=list)


class RawTable(Struct):
    """A table with what its declaration says, foreign keys not resolved."""

    key: str
    name: str
    schema: str | None
    metadata: MetaDataInfo
    owner: Ref
    place: Place
    declared: str
    columns: dict[str, RawColumn] = field(default_factory=dict)
    """By name in the database."""
    constraints: list[RawConstraint] = field(default_factory=list)
    indexes: list[IndexInfo] = field(default_factory=list)
    certain: bool = True

    def by_key(self, name: str) -> str:
        """The name of the column that is known as `name` in the table (`Column.key`), or by its attribute."""
        if name in self.columns:
            return name
        for column in self.columns.values():
            if name == column.key or name in column.info.attributes:
                return column.info.name
        return name

    def named(self, key: str) -> str | None:
        """The name of the column that strings mean by `key`: neither an attribute, nor a name beside another key."""
        return next((name for name, column in self.columns.items() if (column.key or name) == key), None)


class Entry(Struct):
    """A table by its key, without what it holds. `made` is its `Table(...)` where no class is mapped to it."""

    key: str
    metadata: MetaDataInfo
    owner: Ref
    made: Made | None = None


def key_of(name: str, schema: str | None) -> str:
    """What `MetaData.tables` knows a table by."""
    return f"{schema}.{name}" if schema else name
