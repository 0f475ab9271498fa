"""What foreign keys point to: strings, attributes of classes, columns of tables."""

from __future__ import annotations

from sqlassay.project.mapping import columns, reading, tables
from sqlassay.project.mapping.columns import RawKey
from sqlassay.project.mapping.rawtables import TABLES, RawTable, key_of
from sqlassay.project.mapping.registries import MetaDataInfo
from sqlassay.project.mapping.things import Attr, Bound, Const, Made, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names

# ------------------------------------------------------------------ foreign keys


def key_target(world: World, table: RawTable, key: RawKey, column: str) -> tuple[str, str] | None:
    """The (table key, column name) that a foreign key of a column points to; None where that cannot be read."""
    return target_of(world, table.metadata, key.target, column)


def target_of(world: World, metadata: MetaDataInfo, target: Thing, column: str) -> tuple[str, str] | None:
    """The (table key, column name) that a foreign key's argument means."""
    if isinstance(target, Bound) and target.node is not None:
        target = reading.read(world, target.node.body, target.scope)
    match target:
        case Const(value=str(text)):
            table, name = _parsed(text, metadata, column)
            other = world.graph.raw_table_by_key(table, metadata.key)
            return table, (other.named(name) if other is not None else None) or name
        case Made(name=name) if name in columns.STYLES:
            return world.graph.column_made_by(target)
        case Attr():
            named = columns.named_by(target)
            if named is None:
                return None
            owner, attribute = named
            return table_and_column(world, owner, attribute)
        case _:
            return None


def _parsed(text: str, metadata: MetaDataInfo, column: str) -> tuple[str, str]:
    parts = text.split(".")
    if len(parts) == 1:
        return key_of(parts[0], metadata.schema), column
    table, name = ".".join(parts[:-1]), parts[-1]
    if len(parts) == 2:
        return key_of(table, metadata.schema), name
    return table, name


def is_there(other: RawTable, written: str | None, column: str) -> bool:
    """Whether a table has the column that a foreign key points to; `written` is its string, where it is one."""
    if written is not None and "." in written:
        return other.named(written.rsplit(".", 1)[-1]) is not None
    return column in other.columns


def table_and_column(world: World, owner: Thing, attribute: str) -> tuple[str, str] | None:
    """The (table key, column name) behind an attribute of a class, or a column of a table."""
    match owner:
        case names.InProject(kind="class", ref=ref):
            return world.graph.attribute_column(ref, attribute)
        case Attr(owner=names.InProject(kind="class", ref=ref), name="__table__"):
            table = world.graph.raw_table(ref)
            return (table.key, table.by_key(attribute)) if table is not None else None
        case Made(name=name) if name in TABLES:
            table = tables.from_call(world, owner)
            return (table.key, table.by_key(attribute)) if table is not None else None
        case _:
            return None
