"""What the rules on the two sides of a relationship ask in common."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.rules.models.columns import is_migration, own_relationships
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo, RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_PLAIN_DECORATORS = frozenset(
    "declarative_mixin mapped mapped_as_dataclass as_declarative dataclass total_ordering final define".split()
)
"""Decorators that put no relationship or column on a class."""


def configured(declared: ModelDeclared) -> Iterator[RelationshipInfo]:
    """The relationships in the class's own body that SQLAlchemy configures; of a revision's models, none."""
    if declared.model.mapped and not is_migration(declared.world, declared.path):
        yield from (each for each in own_relationships(declared) if stands_in_class(each))


def stands_in_class(relationship: RelationshipInfo) -> bool:
    """Whether it is written in a class body: `Order.lines = relationship(...)` elsewhere may be behind an `if`."""
    return relationship.place.anchor.startswith("class ")


def is_sure(one: ModelInfo, other: ModelInfo) -> bool:
    """Whether all is known of two classes and their tables, and the tables are of one MetaData."""
    known = one.certain and other.certain and bool(one.metadata) and one.table_key is not None
    return known and one.metadata == other.metadata and other.table_key is not None


def target_of(world: World, relationship: RelationshipInfo) -> ModelInfo | None:
    """The mapped class that a relationship leads to."""
    model = world.model(relationship.target) if relationship.target is not None else None
    return model if model is not None and model.mapped else None


def is_whole(world: World, model: ModelInfo) -> bool:
    """Whether all attributes of a class are known: nothing else puts any on it."""
    if not model.certain:
        return False
    for each in (model.ref, *model.bases):
        fact = names.class_fact(world, each)
        if fact is None or "__init_subclass__" in fact.methods:
            return False
        if any(_last(decorator) not in _PLAIN_DECORATORS for decorator in fact.decorators):
            return False
    return True


def has(world: World, model: ModelInfo, attribute: str) -> bool:
    """Whether a class has this attribute, or some code may give it one (`Order.lines = relationship(...)`)."""
    known = (model.columns, model.relationships, model.others)
    return any(attribute in each for each in known) or world.writes(attribute)


def is_related(world: World, one: Ref, other: Ref) -> bool:
    """Whether two classes are the same to the mapper, or share a mapped parent."""
    return not _line(world, one).isdisjoint(_line(world, other))


def _line(world: World, ref: Ref) -> set[Ref]:
    model = world.model(ref)
    if model is None:
        return {ref}
    above = ((each, world.model(each)) for each in model.bases)
    return {ref, *(each for each, found in above if found is not None and found.mapped)}


def _last(node: n.Expr) -> str:
    match node:
        case n.Name(id=name) | n.Attribute(attr=name):
            return name
        case n.Call(func=func):
            return _last(func)
        case _:
            return ""
