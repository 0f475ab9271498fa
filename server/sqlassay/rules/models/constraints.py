"""What the rules on constraints and indexes ask in common."""

from __future__ import annotations

from sqlassay.rules.models.columns import is_migration
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import TableInfo


def own_table(declared: ModelDeclared) -> TableInfo | None:
    """The table that a mapped class declares itself, outside migrations."""
    model = declared.model
    if not model.mapped or model.table_key is None or is_migration(declared.world, declared.path):
        return None
    table = declared.world.table(model.table_key, model.metadata)
    return table if table is not None and table.owner == model.ref else None


def has_no_convention(declared: ModelDeclared, table: TableInfo) -> bool:
    """Whether the MetaData of a table certainly has no naming convention."""
    if table.naming is not None or not table.certain_naming or not table.metadata:
        return False
    for ref in (declared.model.ref, *declared.model.bases):
        fact = names.class_fact(declared.world, ref)
        # `registry = registry(metadata=...)` may say one.
        if fact is None or any(each.name == "registry" for each in fact.attributes):
            return False
    return True
