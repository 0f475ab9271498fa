"""Pydantic's classes: which of the project's are schemas, and what their configuration says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.model import ClassFact, VariableFact
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_BASES = frozenset(
    (
        "pydantic.BaseModel pydantic.main.BaseModel pydantic.v1.BaseModel pydantic.RootModel "
        "pydantic.generics.GenericModel sqlmodel.SQLModel sqlmodel.main.SQLModel"
    ).split()
)
_SQLMODEL = frozenset(["sqlmodel.SQLModel", "sqlmodel.main.SQLModel"])
"""Its configuration reads attributes."""
_PLAIN_BASES = frozenset("typing.Generic typing.Protocol abc.ABC typing_extensions.Generic".split())
_DEPTH = 8


def is_schema(world: World, ref: Ref) -> bool:
    """Whether a class of the project is a pydantic model, and no mapped class."""
    found: bool = world.memo.of(("pydantic", ref), lambda: _is_schema(world, ref), False)
    return found


def _is_schema(world: World, ref: Ref) -> bool:
    lineage, whole = names.mro(world, ref)
    model = world.model(ref)
    if not whole or (model is not None and model.mapped):
        return False
    outside = {name for each in lineage for name in _outside(world, each)}
    return bool(outside & _BASES) and outside <= _BASES | _PLAIN_BASES


def _outside(world: World, ref: Ref) -> Iterator[str]:
    fact = names.class_fact(world, ref)
    for base in fact.bases if fact is not None else ():
        binding = names.resolve_expression(world, ref.path, base.value if isinstance(base, n.Subscript) else base)
        if isinstance(binding, names.Outside):
            yield binding.name


def reads_attributes(world: World, ref: Ref) -> bool:
    """Whether the schema's configuration lets it read attributes of objects."""
    return setting(world, ref, "from_attributes", "orm_mode") is True


def setting(world: World, ref: Ref, *wanted: str) -> bool | None:
    """A setting of a schema that is True or False: in `model_config`, `class Config` or a keyword of the class."""
    found: bool | None = world.memo.of(("pydantic setting", ref, wanted), lambda: _set(world, ref, wanted), None)
    return found


def _set(world: World, ref: Ref, wanted: tuple[str, ...]) -> bool | None:
    for each in names.mro(world, ref)[0]:
        fact = names.class_fact(world, each)
        if fact is None:
            continue
        given = {one.name: one.value for one in fact.keywords if one.name is not None}
        for attribute in fact.attributes:
            if attribute.name == "model_config" and attribute.value is not None:
                given |= _entries(world, each.path, attribute.value)
        inner = names.class_fact(world, Ref(each.path, f"{each.name}.Config"))
        for attribute in inner.attributes if inner is not None else ():
            if attribute.value is not None:
                given[attribute.name] = attribute.value
        for name in wanted:
            value = given.get(name)
            if isinstance(value, n.Constant):
                return bool(value.value)
        if not _SQLMODEL.isdisjoint(_outside(world, each)) and "from_attributes" in wanted:
            return True
    return None


def _entries(world: World, path: str, node: n.Expr, depth: int = 0) -> dict[str, n.Expr]:
    """What a configuration sets: `ConfigDict(...)`, a dictionary, a variable that holds one, one with another."""
    match node:
        case n.Call():
            out: dict[str, n.Expr] = {}
            for keyword in node.keywords:
                if keyword.name is not None:
                    out[keyword.name] = keyword.value
                elif depth < _DEPTH:
                    out |= _entries(world, path, keyword.value, depth + 1)
            return out
        case n.DictExpr():
            out = {}
            for key, value in zip(node.keys, node.values, strict=True):
                if key is None and depth < _DEPTH:
                    out |= _entries(world, path, value, depth + 1)
                elif isinstance(key, n.Constant):
                    out[str(key.value)] = value
            return out
        case n.BinOp(op="|") if depth < _DEPTH:
            return _entries(world, path, node.left, depth + 1) | _entries(world, path, node.right, depth + 1)
        case n.Name() | n.Attribute() if depth < _DEPTH:
            binding = names.resolve_expression(world, path, node)
            if isinstance(binding, names.InProject) and binding.kind == "variable":
                fact = names.variable_fact(world, binding.ref)
                if fact is not None and fact.value is not None:
                    return _entries(world, binding.ref.path, fact.value, depth + 1)
            return {}
        case _:
            return {}


def generates_aliases(world: World, ref: Ref) -> bool:
    for each in names.mro(world, ref)[0]:
        fact = names.class_fact(world, each)
        inner = names.class_fact(world, Ref(each.path, f"{each.name}.Config"))
        if fact is not None and any(_names_generator(world, each.path, one) for one in _configurations(fact, inner)):
            return True
    return False


def _configurations(fact: ClassFact, inner: ClassFact | None) -> Iterator[VariableFact]:
    yield from (each for each in fact.attributes if each.name == "model_config")
    yield from inner.attributes if inner is not None else ()


def _names_generator(world: World, path: str, fact: VariableFact) -> bool:
    if fact.name == "alias_generator":
        return True
    return (
        fact.value is not None
        and fact.name == "model_config"
        and "alias_generator" in _entries(world, path, fact.value)
    )
