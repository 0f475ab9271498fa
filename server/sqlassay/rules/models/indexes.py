"""With which columns the indexes of a table begin."""

from __future__ import annotations

from sqlassay.semantics.models import ModelInfo, TableInfo
from sqlassay.semantics.world import World


def leading_columns(table: TableInfo) -> set[str | None]:
    """The columns with which an index, a key or a unique constraint begins; None for an expression."""
    keys = (each.columns for each in table.constraints if each.kind in ("primary key", "unique"))
    return {columns[0] for columns in (*keys, *(each.columns for each in table.indexes)) if columns}


def known_leading_columns(world: World, model: ModelInfo) -> set[str | None] | None:
    """Those of the table of a model; None where there may be others."""
    table = world.table(model.table_key, model.metadata) if model.table_key is not None else None
    if table is None or not table.certain:
        return None
    known = all(each.certain for each in table.constraints) and all(each.certain for each in table.indexes)
    return leading_columns(table) if known else None
