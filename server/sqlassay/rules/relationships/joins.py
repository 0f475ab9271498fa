"""What the rules on joins and foreign keys ask in common: the columns that a relationship goes over."""

from __future__ import annotations

from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo, ModelInfo, RelationshipInfo
from sqlassay.semantics.world import World

Column = tuple[str, str]
"""(table key, column name)"""


def written(relationship: RelationshipInfo) -> frozenset[Column]:
    """The foreign key columns that a flush writes for a relationship; none where they are not known."""
    if relationship.viewonly:
        return frozenset()
    if relationship.direction == "many-to-one":
        return frozenset(each.local for each in relationship.pairs)
    if relationship.direction == "one-to-many":
        return frozenset(each.remote for each in relationship.pairs)
    both = (column for each in relationship.pairs for column in (each.local, each.remote))
    return frozenset(each for each in both if each[0] == relationship.secondary_table)


def keys(world: World, model: ModelInfo, relationship: RelationshipInfo) -> list[tuple[ColumnInfo, ForeignKeyInfo]]:
    """The foreign keys that a one-to-many or many-to-one goes over, with their columns; none where not all are known.

    `model` is the class that the relationship is read for: both tables are in its MetaData.
    """
    many = relationship.direction == "one-to-many"
    if not many and relationship.direction != "many-to-one":
        return []
    found: list[tuple[ColumnInfo, ForeignKeyInfo]] = []
    for pair in relationship.pairs:
        (table, name), other = (pair.remote, pair.local) if many else (pair.local, pair.remote)
        info = world.table(table, model.metadata)
        column = info.columns.get(name) if info is not None else None
        if column is None or not column.certain:
            return []
        key = next((each for each in column.foreign_keys if (each.table, each.column) == other), None)
        if key is None or not key.certain:
            return []
        found.append((column, key))
    return found


def is_unique(world: World, model: ModelInfo, columns: frozenset[str], table: str) -> bool | None:
    """Whether some of these columns together are unique in a table; None where not all of its constraints are known."""
    info = world.table(table, model.metadata)
    if info is None:
        return None
    groups = [info.primary_key, *(each.columns for each in info.constraints if each.kind in ("unique", "primary key"))]
    groups += [tuple(name or "" for name in each.columns) for each in info.indexes if each.unique and not each.partial]
    groups += [(each.name,) for each in info.columns.values() if each.unique]
    if any(group and columns.issuperset(group) for group in groups):
        return True
    return False if info.certain else None
