"""The strings of foreign keys that certainly lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.rules.models.columns import is_migration, own_columns, within
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, TableInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class Target(Struct):
    """A foreign key's string, taken apart."""

    owner: ColumnInfo
    table: str
    column: str
    place: Place
    """The string."""


def targets(declared: ModelDeclared) -> Iterator[Target]:
    """The foreign keys of a mapped class's own columns whose table or column is certainly not there."""
    if not declared.model.mapped or not declared.model.certain or is_migration(declared.world, declared.path):
        return
    for column in own_columns(declared):
        for key in column.foreign_keys:
            if key.found is not False or not key.certain or key.table is None or key.column is None:
                continue
            node = _string(key.node)
            if node is not None and key.constraint is None:
                yield Target(column, key.table, key.column, within(column.place, node))


def is_known(world: World, table: TableInfo) -> bool:
    """Whether all columns of a table are known."""
    models = (world.model(each) for each in table.models)
    return table.certain and all(each is not None and each.certain for each in models)


def _string(call: n.Call) -> n.Constant | None:
    """The string of `ForeignKey("...")`, or of SQLModel's `Field(foreign_key="...")`."""
    given = next((each.value for each in call.keywords if each.name == "foreign_key"), None)
    node = given or (call.args[0] if call.args else None)
    return node if isinstance(node, n.Constant) and isinstance(node.value, str) and "." in node.value else None
