"""Columns and tables as they are once their foreign keys are resolved and their types taken over."""

from __future__ import annotations

from msgspec.structs import replace

from sqlassay.project.mapping import reading, targets
from sqlassay.project.mapping.columns import RawColumn
from sqlassay.project.mapping.constraints import name_given
from sqlassay.project.mapping.rawtables import RawTable
from sqlassay.project.mapping.things import Const
from sqlassay.project.mapping.world import World
from sqlassay.semantics.models import (
    ColumnInfo,
    ConstraintInfo,
    ForeignKeyInfo,
    IndexInfo,
    TableInfo,
    TypeInfo,
)

# ---------------------------------------------------------------------- columns


def linked(world: World, table: RawTable) -> dict[str, ColumnInfo]:
    """The columns of a table, by name, with their foreign keys resolved and their types taken over."""
    found: dict[str, ColumnInfo] = world.memo.of_given(
        ("linked", table.metadata.key, table.key, table.owner), table, lambda: _linked(world, table), {}
    )
    return found


def _linked(world: World, table: RawTable) -> dict[str, ColumnInfo]:
    out: dict[str, ColumnInfo] = {}
    composite = _composite(world, table)
    for name, raw in table.columns.items():
        keys = [_key(world, table, each.info, targets.key_target(world, table, each, name)) for each in raw.keys]
        keys += composite.get(name, [])
        out[name] = replace(raw.info, foreign_keys=tuple(keys), table=table.key)
    for info in out.values():
        if info.sql_type is None and info.type is None and info.foreign_keys:
            info.sql_type = _referred_type(world, table, info, 0)
    return out


def _composite(world: World, table: RawTable) -> dict[str, list[ForeignKeyInfo]]:
    """Parts of ForeignKeyConstraints, by column."""
    out: dict[str, list[ForeignKeyInfo]] = {}
    for index, constraint in enumerate(table.constraints):
        info = constraint.info
        if info.kind != "foreign key" or info.node is None:
            continue
        for name, target in zip(info.columns, constraint.targets, strict=False):
            local = table.by_key(name)
            written = target.value if isinstance(target, Const) and isinstance(target.value, str) else None
            key = ForeignKeyInfo(written, info.has_ondelete, info.place, info.node)
            key.ondelete, key.name, key.use_alter, key.constraint = info.ondelete, info.name, info.use_alter, index
            goal = targets.target_of(world, table.metadata, target, local)
            out.setdefault(local, []).append(_key(world, table, key, goal))
    return out


def _key(world: World, table: RawTable, info: ForeignKeyInfo, goal: tuple[str, str] | None) -> ForeignKeyInfo:
    if goal is None:
        return replace(info)
    found = replace(info, table=goal[0], column=goal[1])
    other = world.graph.raw_table_by_key(goal[0], table.metadata.key)
    if other is None:
        sure = table.metadata.certain and world.graph.closed(table.metadata.key)
        found.found = False if sure and not world.graph.tables_keyed(goal[0]) else None
        return found
    found.found = True if targets.is_there(other, info.target, goal[1]) else (False if other.certain else None)
    return found


def _referred_type(world: World, table: RawTable, info: ColumnInfo, depth: int) -> TypeInfo | None:
    """The type of the column that a foreign key points to."""
    key = info.foreign_keys[0]
    if key.table is None or key.column is None or depth > 8:
        return None
    other = world.graph.raw_table_by_key(key.table, table.metadata.key)
    raw = other.columns.get(key.column) if other is not None else None
    if other is None or raw is None:
        return None
    if raw.info.sql_type is not None:
        return replace(raw.info.sql_type, origin="foreign key")
    if raw.info.type is None and raw.keys:
        goal = targets.key_target(world, other, raw.keys[0], key.column)
        if goal is not None:
            step = replace(raw.info, foreign_keys=(replace(raw.keys[0].info, table=goal[0], column=goal[1]),))
            return _referred_type(world, other, step, depth + 1)
    return None


def unlinked(raw: RawColumn) -> ColumnInfo:
    """A column of a class without a table."""
    return replace(raw.info, foreign_keys=tuple(each.info for each in raw.keys))


# ----------------------------------------------------------------------- tables


def table(world: World, raw: RawTable) -> TableInfo:
    """A table, whole."""
    found: TableInfo = world.memo.of_given(
        ("table info", raw.metadata.key, raw.key, raw.owner), raw, lambda: _table(world, raw)
    )
    return found


def _table(world: World, raw: RawTable) -> TableInfo:
    columns = linked(world, raw)
    constraints: list[ConstraintInfo] = []
    indexes = list(raw.indexes)
    for constraint in raw.constraints:
        info = replace(constraint.info, columns=tuple(raw.by_key(each) for each in constraint.info.columns))
        info.targets = tuple(
            targets.target_of(world, raw.metadata, target, name)
            for name, target in zip(info.columns, constraint.targets, strict=False)
        )
        constraints.append(info)
    keys = tuple(name for name, each in columns.items() if each.primary_key)
    given = next((each for each in constraints if each.kind == "primary key"), None)
    if given is not None and given.certain and given.columns:
        keys = given.columns
    elif given is not None and given.certain:
        # Only options and a name: it is the key of the columns that say so.
        given.columns = keys
    if keys and given is None:
        constraints.append(ConstraintInfo("primary key", None, keys, columns[keys[0]].place, None))
    for name, each in columns.items():
        if each.unique and not each.index:
            constraints.append(ConstraintInfo("unique", None, (name,), each.place, None))
        if each.index:
            indexes.append(IndexInfo(None, (name,), each.unique, each.place, None))
        for key in each.foreign_keys:
            if key.constraint is None:
                goal = (key.table, key.column) if key.table is not None and key.column is not None else None
                constraints.append(
                    ConstraintInfo(
                        "foreign key",
                        key.name,
                        (name,),
                        key.place,
                        key.node,
                        (goal,),
                        key.ondelete,
                        key.has_ondelete,
                        key.use_alter,
                        key.certain,
                    )
                )
    for column in raw.columns.values():
        for made in column.checks:
            named = name_given(reading.made_arguments(world, made), "check")
            text = reading.text(world, *named) if named is not None else None
            constraints.append(ConstraintInfo("check", text, (), made.place, made.call))
    return TableInfo(
        raw.key,
        raw.name,
        raw.schema,
        raw.metadata.key,
        columns,
        constraints,
        indexes,
        raw.place,
        raw.owner,
        raw.declared,
        world.graph.models_of(raw),
        keys,
        raw.metadata.naming,
        raw.metadata.certain,
        raw.certain,
    )
