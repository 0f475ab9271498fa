"""The foreign keys between two tables, one by one."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo, ModelInfo, TableInfo
from sqlassay.semantics.world import World


class Path(Struct):
    """A foreign key that leads from one table to another."""

    table: str
    """The key of the table that has it."""
    column: ColumnInfo
    key: ForeignKeyInfo
    to: TableInfo


def paths(world: World, one: ModelInfo, other: ModelInfo) -> list[Path]:
    """The foreign keys between the tables of two classes, in both directions; a composite one counts once."""
    first = world.table(one.table_key, one.metadata) if one.table_key is not None else None
    second = world.table(other.table_key, other.metadata) if other.table_key is not None else None
    if first is None or second is None:
        return []
    both = [(first, second)] if first.key == second.key else [(first, second), (second, first)]
    found: list[Path] = []
    seen: set[tuple[str, int]] = set()
    for start, end in both:
        for column in start.columns.values():
            for key in column.foreign_keys:
                if key.table != end.key or (key.constraint is not None and (start.key, key.constraint) in seen):
                    continue
                if key.constraint is not None:
                    seen.add((start.key, key.constraint))
                found.append(Path(start.key, column, key, end))
    return found


def is_one_split_key(world: World, found: list[Path]) -> bool:
    """Whether keys of one table lead to the parts of one composite primary key, one to each."""
    if len(found) < 2 or any(each.key.constraint is not None or each.table != found[0].table for each in found):
        return False
    columns = [each.key.column for each in found]
    return None not in columns and sorted(str(each) for each in columns) == sorted(found[0].to.primary_key)
