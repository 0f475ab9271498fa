"""Whether a column's type notices that the object it holds is changed in place."""

from __future__ import annotations

from sqlassay.facts.collect import walk
from sqlassay.facts.model import VariableFact
from sqlassay.semantics import names
from sqlassay.semantics.canonical import SA_NAMESPACE, canonical
from sqlassay.semantics.models import ColumnInfo, ModelInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_DEPTH = 4
_MUTABLE = "sqlalchemy.ext.mutable."


def tracking(world: World, model: ModelInfo, column: ColumnInfo) -> str | None:
    """What SQLAlchemy sees of changes in place: nothing, top (those of the outermost object); None: nobody can say."""
    if not column.certain or column.sql_type is None or not column.sql_type.certain:
        return None
    if associated(world, model.ref.path) or associated(world, column.owner.path):
        return None
    kind = column.sql_type.decorator
    if kind is not None and associated(world, kind.path):
        return None
    if column.type is not None:
        return _of_type(world, column.owner.path, column.type)
    return "nothing" if column.sql_type.origin == "annotation" and _plain_map(world, model) else None


def associated(world: World, path: str) -> bool:
    """Whether a module tells a Mutable to track all columns of some type (`MutableDict.associate_with(JSON)`)."""
    facts = world.facts(path)
    return facts is not None and any(
        isinstance(each.call.func, n.Attribute) and each.call.func.attr.startswith("associate_with")
        for each in facts.calls
    )


def _of_type(world: World, path: str, node: n.Expr, depth: int = 0) -> str | None:
    match node:
        case n.Call(func=n.Attribute(value=owner, attr="as_mutable")):
            binding = names.resolve_expression(world, path, owner)
            return "top" if isinstance(binding, names.Outside) and binding.name.startswith(_MUTABLE) else None
        case n.Call(func=n.Attribute(value=inner, attr="with_variant"), args=args):
            return None if any(map(_mentions_mutable, args)) else _of_type(world, path, inner, depth)
        case n.Call(func=func):
            return _of_name(world, path, func, depth)
        case _:
            return _of_name(world, path, node, depth)


def _of_name(world: World, path: str, node: n.Expr, depth: int) -> str | None:
    binding = names.resolve_expression(world, path, node)
    match binding:
        case names.Outside(name=name):
            return "nothing" if canonical(name).partition(":")[0] in ("sa", "dialect") else None
        case names.InProject(kind="class", ref=ref):
            return "nothing" if names.mro(world, ref)[1] and not associated(world, ref.path) else None
        case names.InProject(kind="variable", ref=ref) if depth < _DEPTH:
            fact = names.variable_fact(world, ref)
            plain = fact is not None and fact.value is not None and not fact.others and not associated(world, ref.path)
            return _of_type(world, ref.path, fact.value, depth + 1) if plain and fact and fact.value else None
        case None if isinstance(node, n.Attribute) and node.attr in SA_NAMESPACE:
            return "nothing"  # `db.JSON`
        case _:
            return None


def _plain_map(world: World, model: ModelInfo) -> bool:
    """Whether the map that gives types to annotations is written out in the class or a base, and tracks nothing."""
    found = names.find_attribute(world, model.ref, "type_annotation_map")
    if found is None or not isinstance(found[1], VariableFact) or not isinstance(found[1].value, n.DictExpr):
        return False
    path = found[0].path
    return all(_of_type(world, path, each) == "nothing" for each in found[1].value.values) and not associated(
        world, path
    )


def _mentions_mutable(node: n.Expr) -> bool:
    return any(isinstance(each, n.Attribute) and each.attr == "as_mutable" for each in walk(node))
