"""What an instance holds in a relationship, as the foreign keys say."""

from __future__ import annotations

from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo
from sqlassay.semantics.world import World

_JOINED_BY_HAND = frozenset(("primaryjoin", "secondaryjoin", "foreign_keys", "remote_side", "collection_class"))

_COLLECTIONS = {"dynamic": "DynamicMapped", "write_only": "WriteOnlyMapped"}
"""Strategies under which an attribute is not a list, and what such an attribute is annotated with."""


def keys_between(child: ModelInfo, parent: ModelInfo) -> list[ColumnInfo]:
    """The columns of one model that point to the table of another."""
    if parent.table is None:
        return []
    return [
        column
        for column in child.columns.values()
        if any(_table(key.target) == parent.table for key in column.foreign_keys if key.target is not None)
    ]


def _table(target: str) -> str:
    return target.rsplit(".", 1)[0].rsplit(".", 1)[-1]


def other_side(world: World, relationship: RelationshipInfo) -> ModelInfo | None:
    """The mapped class that a relationship leads to, where it is another table's."""
    model = world.model(relationship.target) if relationship.target is not None else None
    return model if model is not None and model.mapped and relationship.target != relationship.owner else None


def annotation_of(declared: ModelDeclared, relationship: RelationshipInfo) -> tuple[str, str] | None:
    """The annotation of a relationship as (wrapper, what is in its brackets): `Mapped`, `list["Post"]`.

    None where the foreign keys do not say for certain, or the target has no plain name.
    """
    target = other_side(declared.world, relationship)
    given = relationship.keywords.keys()
    if target is None or not _JOINED_BY_HAND.isdisjoint(given) or "." in relationship.target_text:
        return None
    if relationship.direction == "many-to-many":
        return _many(relationship) if relationship.uselist else None
    here, there = keys_between(declared.model, target), keys_between(target, declared.model)
    if there and not here and "uselist" not in given:
        return _many(relationship)
    if (there and not here and relationship.uselist is False) or (here and not there and "uselist" not in given):
        sure = len(here) == 1 and here[0].nullable is False
        return "Mapped", f'"{relationship.target_text}"' if sure else f'"{relationship.target_text} | None"'
    return None


def _many(relationship: RelationshipInfo) -> tuple[str, str]:
    wrapper = _COLLECTIONS.get(relationship.lazy or "", "Mapped")
    inner = f'"{relationship.target_text}"'
    return wrapper, inner if wrapper in _COLLECTIONS.values() else f"list[{inner}]"
