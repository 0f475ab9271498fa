"""What a mapped class is made of, where all of it is seen."""

from __future__ import annotations

from sqlassay.facts.model import ClassFact, VariableFact
from sqlassay.rules.models.columns import library_name
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_BASES = frozenset(
    ("sa:DeclarativeBase", "sa:DeclarativeBaseNoMeta", "sa:AsyncAttrs", "abc.ABC", "typing.Generic", "typing.Protocol")
)
"""Bases of libraries that bring no types for annotations of their own."""


def lineage(world: World, model: ModelInfo) -> tuple[ClassFact, ...] | None:
    """The class and all it inherits from, nearest first; None where a base, a decorator or a metaclass of one of them
    may do what nobody sees."""
    found: list[ClassFact] = []
    for ref in (model.ref, *model.bases):
        fact = names.class_fact(world, ref)
        if fact is None or fact.keywords or fact.dynamic:
            return None
        if any(library_name(world, ref.path, each) != "declarative_mixin" for each in fact.decorators):
            return None
        if not all(is_plain_base(world, ref, each) for each in fact.bases):
            return None
        found.append(fact)
    return tuple(found)


def is_plain_base(world: World, ref: Ref, node: n.Expr) -> bool:
    """Whether a base of the class `ref` brings nothing that is not seen."""
    binding = names.resolve_expression(world, ref.path, node.value if isinstance(node, n.Subscript) else node)
    match binding:
        case names.InProject(kind="class"):
            return True
        case names.InProject(kind="variable", ref=variable):
            fact = names.variable_fact(world, variable)
            return fact is not None and _plain_factory(world, variable.path, fact)
        case names.Outside(name=name):
            return canonical(name) in _BASES
        case _:
            return isinstance(node, n.Name) and node.id == "object"


def _plain_factory(world: World, path: str, fact: VariableFact) -> bool:
    """`declarative_base()`, without a registry or a table of types."""
    call = fact.value
    if not isinstance(call, n.Call):
        return False
    binding = names.resolve_expression(world, path, call.func)
    known = isinstance(binding, names.Outside) and canonical(binding.name) == "sa:declarative_base"
    return known and not call.args and {each.name for each in call.keywords} <= {"name", "metadata", "class_registry"}
