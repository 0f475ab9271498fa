"""Generic classes of the project: what a subclass gives for their type variables (`class Users(Repository[User])`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlassay.semantics import names, typehints
from sqlassay.semantics import values as v
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

Given = Mapping[Ref, v.Value]
"""What stands for a type variable: an object of the type."""


def arguments(world: World, ref: Ref) -> Given:
    """The type variables of a class's bases, by what the class (or a class between) puts in their place."""
    found: Given = world.memo.of(("generics", ref), lambda: _arguments(world, ref), {})
    return found


def of_owner(world: World, owner: v.Value | None) -> Given:
    """The type variables for an object or class that a method is called on."""
    return arguments(world, owner.ref) if isinstance(owner, v.Instance | v.ClassValue) else {}


def original_bases(world: World, ref: Ref) -> v.Value:
    """`cls.__orig_bases__`: the generic bases of a class as they are written, with the types they are given."""
    for cls in names.mro(world, ref)[0]:
        fact = names.class_fact(world, cls)
        bases = [each for each in fact.bases if isinstance(each, n.Subscript)] if fact is not None else []
        if bases:
            given = arguments(world, cls)
            return v.TupleValue(
                tuple(
                    v.Parametrized(tuple(_type_of(_value(world, cls, each, given)) for each in _items(base)))
                    for base in bases
                )
            )
    return v.UNKNOWN


def _arguments(world: World, ref: Ref) -> Given:
    out: dict[Ref, v.Value] = {}
    fact = names.class_fact(world, ref)
    for base in fact.bases if fact is not None else ():
        node = base.value if isinstance(base, n.Subscript) else base
        binding = names.resolve_expression(world, ref.path, node)
        if not isinstance(binding, names.InProject) or binding.kind != "class" or binding.ref == ref:
            continue
        if isinstance(base, n.Subscript):
            for variable, item in zip(parameters(world, binding.ref), _items(base), strict=False):
                out[variable] = _value(world, ref, item, {})
        for variable, value in arguments(world, binding.ref).items():
            # `class Named(Repository[T])`: what Named is given is what Repository gets.
            out.setdefault(variable, out.get(value.ref, v.UNKNOWN) if isinstance(value, v.TypeVariable) else value)
    return out


def parameters(world: World, ref: Ref) -> tuple[Ref, ...]:
    """The type variables of a generic class, in their order."""
    fact = names.class_fact(world, ref)
    subscripts = [each for each in fact.bases if isinstance(each, n.Subscript)] if fact is not None else []
    declared = [each for each in subscripts if typehints.last_name(each) in ("Generic", "Protocol")]
    found: dict[Ref, None] = {}
    for base in declared or subscripts:
        found.update((each, None) for item in _items(base) for each in _variables(world, ref, item))
    return tuple(found)


def _variables(world: World, ref: Ref, node: n.Expr) -> Iterator[Ref]:
    binding = names.resolve_expression(world, ref.path, node)
    if isinstance(binding, names.InProject) and binding.kind == "variable":
        fact = names.variable_fact(world, binding.ref)
        if fact is not None and isinstance(fact.value, n.Call) and typehints.last_name(fact.value.func) == "TypeVar":
            yield binding.ref


def _value(world: World, ref: Ref, node: n.Expr, given: Given) -> v.Value:
    """An object of the type that a class puts in the place of a type variable."""
    variable = next(_variables(world, ref, node), None)
    if variable is not None:
        return given.get(variable, v.TypeVariable(variable))
    return typehints.value_of(world, ref.path, node, "parameter")


def _type_of(value: v.Value) -> v.Value:
    match value:
        case v.Entity(model=model):
            return v.Model(model)
        case v.Instance(ref=ref):
            return v.ClassValue(ref)
        case _:
            return v.UNKNOWN


def _items(base: n.Subscript) -> tuple[n.Expr, ...]:
    return base.index.elts if isinstance(base.index, n.TupleExpr) else (base.index,)
