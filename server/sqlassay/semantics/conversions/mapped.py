"""Mapped classes that are data classes: `dataclasses.asdict(row)` reads every field, relationships too."""

from __future__ import annotations

from sqlassay.semantics import names, typehints
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.conversions.shapes import Many, Schema, Shape, Step
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_DECORATORS = frozenset(["dataclass", "mapped_as_dataclass", "unmapped_dataclass"])


def is_dataclass(world: World, ref: Ref) -> bool:
    """Whether instances of a mapped class are data classes'."""
    for each in names.mro(world, ref)[0]:
        fact = names.class_fact(world, each)
        for decorator in fact.decorators if fact is not None else ():
            node = decorator.func if isinstance(decorator, n.Call) else decorator
            if typehints.last_name(node) in _DECORATORS:
                return True
        for base in fact.bases if fact is not None else ():
            binding = names.resolve_expression(world, each.path, base)
            if isinstance(binding, names.Outside) and canonical(binding.name) == "sa:MappedAsDataclass":
                return True
    return False


def steps(world: World, schema: Schema) -> tuple[Step, ...]:
    """The relationships of a mapped data class, and those of what they lead to."""
    model = world.model(schema.ref)
    if model is None or not model.mapped or not is_dataclass(world, schema.ref):
        return ()
    return tuple(
        Step(name, name, ((name,),), _beyond(each), each.place)
        for name, each in model.relationships.items()
        if not each.made_by_backref
    )


def _beyond(relationship: RelationshipInfo) -> Shape | None:
    if relationship.target is None or relationship.uselist is None:
        return None
    one = Schema("dataclass", relationship.target)
    return Many(one) if relationship.uselist else one
