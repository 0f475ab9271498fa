"""Pydantic: which attributes a schema reads off an object, and whether it reads attributes at all.

Validation of an object reads one attribute for each field, whatever then becomes of the value: validators of a field,
`exclude=True` and FastAPI's `response_model_exclude` come later. What stands before all fields does not:
`model_validator(mode="before")` may hand on something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlassay.facts.model import FunctionFact, VariableFact
from sqlassay.semantics import generics, names, typehints
from sqlassay.semantics.conversions.schemas import generates_aliases, is_schema, setting
from sqlassay.semantics.conversions.shapes import Many, Schema, Shape, Step
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from
from sqlassay.syntax.place import Place

_COLLECTIONS = frozenset(
    "list List set Set frozenset FrozenSet Sequence MutableSequence Iterable Collection deque Deque".split()
)
_BEFORE = frozenset(["before", "wrap", "plain"])
_DEPTH = 8

Types = tuple[tuple[Ref, Shape], ...]


# -------------------------------------------------------------------- fields


def steps(world: World, schema: Schema) -> tuple[Step, ...]:
    """The fields of a schema, its bases' too; none where something stands before them."""
    found: tuple[Step, ...] = world.memo.of(("pydantic fields", schema), lambda: _steps(world, schema), ())
    return found


def _steps(world: World, schema: Schema) -> tuple[Step, ...]:
    lineage = names.mro(world, schema.ref)[0]
    methods = [each for cls in lineage for each in _methods(world, cls)]
    if any(_stands_before(each) for each in methods):
        return ()
    replaced = {name for each in methods for name in _validated_before(each)}
    given = dict(schema.types)
    passed = _passed(world, schema.ref, given)
    out: dict[str, Step] = {}
    for cls in reversed(lineage):
        fact = names.class_fact(world, cls)
        types = given if cls == schema.ref else passed
        for attribute in fact.attributes if fact is not None else ():
            step = _step(world, schema.ref, cls, attribute, types)
            if step is not None:
                whole = step.field not in replaced and "*" not in replaced
                out[step.field] = step if whole else Step(step.field, step.key, step.ways, None, step.place)
    return tuple(out.values())


def _methods(world: World, ref: Ref) -> Iterator[FunctionFact]:
    fact = names.class_fact(world, ref)
    for name in fact.methods if fact is not None else ():
        method = names.function_fact(world, Ref(ref.path, f"{ref.name}.{name}"))
        if method is not None:
            yield method


_REPLACING = frozenset(["__get_validators__", "__get_pydantic_core_schema__", "__new__"])


def _stands_before(method: FunctionFact) -> bool:
    if method.qualname.rsplit(".", 1)[-1] in _REPLACING:
        return True
    for each in method.decorators:
        if isinstance(each, n.Call):
            mode, early = _keyword(each, "mode"), _keyword(each, "pre")
            match typehints.last_name(each.func):
                case "model_validator":
                    return not (isinstance(mode, n.Constant) and mode.value == "after")
                case "root_validator":
                    return not (early is None or (isinstance(early, n.Constant) and early.value is False))
                case _:
                    pass
    return False


def _validated_before(method: FunctionFact) -> Iterator[str]:
    """The fields whose values a validator may replace before they are read on."""
    for each in method.decorators:
        if isinstance(each, n.Call) and typehints.last_name(each.func) in ("field_validator", "validator"):
            mode, early = _keyword(each, "mode"), _keyword(each, "pre")
            before = isinstance(mode, n.Constant) and mode.value in _BEFORE
            if before or (isinstance(early, n.Constant) and early.value is True):
                yield from (str(arg.value) for arg in each.args if isinstance(arg, n.Constant))


def _passed(world: World, ref: Ref, given: Mapping[Ref, Shape]) -> dict[Ref, Shape]:
    """What the bases' type variables are, by what the class puts in their place."""
    out: dict[Ref, Shape] = {}
    for cls in names.mro(world, ref)[0]:
        fact = names.class_fact(world, cls)
        for base in fact.bases if fact is not None else ():
            if isinstance(base, n.Subscript):
                binding = names.resolve_expression(world, cls.path, base.value)
                if isinstance(binding, names.InProject) and binding.kind == "class":
                    around = given if cls == ref else out
                    out.update(_types(world, cls.path, binding.ref, base, around))
    return out


def _step(world: World, ref: Ref, cls: Ref, attribute: VariableFact, types: Mapping[Ref, Shape]) -> Step | None:
    """A field, and under which names it is looked for."""
    name = attribute.name
    if name == "model_config" or name.startswith("_") or attribute.annotation is None:
        return None
    if typehints.last_name(attribute.annotation) in ("ClassVar", "PrivateAttr"):
        return None
    place = Place(cls.path, attribute.anchor, attribute.start, attribute.end)
    inner = shape_of(world, cls.path, attribute.annotation, types)
    calls = [each for each in _field_calls(attribute) if typehints.last_name(each.func) == "Field"]
    if any(typehints.last_name(each.func) in _REPLACERS for each in _field_calls(attribute)):
        inner = None
    key = name
    ways: list[tuple[str, ...]] = []
    for each in calls:
        alias = _keyword(each, "validation_alias") or _keyword(each, "alias")
        if alias is None:
            continue
        read = list(_aliases(alias))
        if not read:
            return None
        ways = read
        plain = _keyword(each, "alias")
        key = str(plain.value) if isinstance(plain, n.Constant) else name
    by_name = any(setting(world, ref, each) for each in ("populate_by_name", "validate_by_name"))
    by_name = by_name or setting(world, ref, "allow_population_by_field_name") is True
    if not ways and generates_aliases(world, ref) and not by_name:
        return None
    if not ways or by_name:
        ways.append((name,))
    return Step(name, key if not by_name else name, tuple(ways), inner, place)


_REPLACERS = frozenset(["BeforeValidator", "PlainValidator", "WrapValidator"])


def _field_calls(attribute: VariableFact) -> Iterator[n.Call]:
    """`Field(...)` and validators: the value, and what `Annotated` adds."""
    if isinstance(attribute.value, n.Call):
        yield attribute.value
    node = attribute.annotation
    if isinstance(node, n.Subscript) and typehints.last_name(node) == "Annotated":
        yield from (each for each in _items(node)[1:] if isinstance(each, n.Call))


def _aliases(node: n.Expr) -> Iterator[tuple[str, ...]]:
    match node:
        case n.Constant(value=str(name)):
            yield (name,)
        case n.Call(args=args) if typehints.last_name(node.func) == "AliasChoices":
            for each in args:
                yield from _aliases(each)
        case n.Call(args=args) if typehints.last_name(node.func) == "AliasPath":
            path = tuple(str(each.value) for each in args if isinstance(each, n.Constant))
            if len(path) == len(args) and all(not each.isdigit() for each in path):
                yield path
        case _:
            pass


def _keyword(call: n.Call, name: str) -> n.Expr | None:
    return next((each.value for each in call.keywords if each.name == name), None)


# --------------------------------------------------------------- annotations


def shape_of(
    world: World, path: str, node: n.Expr | None, types: Mapping[Ref, Shape] | None = None, depth: int = 0
) -> Shape | None:
    """What validation expects where an annotation of the file `path` stands; None for anything but schemas."""
    given = types if types is not None else {}
    if node is None or depth > _DEPTH:
        return None
    match node:
        case n.Constant(value=str(text)):
            return shape_of(world, path, expression_from(text), given, depth + 1)
        case n.BinOp(op="|"):
            return _one_of(world, path, (node.left, node.right), given, depth)
        case n.Subscript():
            return _subscript(world, path, node, given, depth)
        case n.Name() | n.Attribute():
            return _named(world, path, node, given, depth)
        case _:
            return None


def _one_of(world: World, path: str, nodes: tuple[n.Expr, ...], types: Mapping[Ref, Shape], depth: int) -> Shape | None:
    """The only one of several that reads anything: which of two schemas is tried first is not for us to say."""
    found = [shape for each in nodes if (shape := shape_of(world, path, each, types, depth + 1)) is not None]
    return found[0] if len(found) == 1 else None


def _items(node: n.Subscript) -> tuple[n.Expr, ...]:
    return node.index.elts if isinstance(node.index, n.TupleExpr) else (node.index,)


def _subscript(world: World, path: str, node: n.Subscript, types: Mapping[Ref, Shape], depth: int) -> Shape | None:
    name = typehints.last_name(node.value)
    items = _items(node)
    if name in ("Annotated", "Optional", "Required", "Final", "Union"):
        wanted = items[:1] if name == "Annotated" else items
        return _one_of(world, path, wanted, types, depth)
    if name in _COLLECTIONS or (name in ("tuple", "Tuple") and len(items) == 2 and _is_ellipsis(items[1])):
        inner = shape_of(world, path, items[0], types, depth + 1)
        return Many(inner) if inner is not None else None
    if name == "RootModel":
        return shape_of(world, path, items[0], types, depth + 1)
    binding = names.resolve_expression(world, path, node.value)
    if isinstance(binding, names.InProject) and binding.kind == "class" and is_schema(world, binding.ref):
        return of_class(world, Schema("pydantic", binding.ref, _types(world, path, binding.ref, node, types)))
    return None


def _is_ellipsis(node: n.Expr) -> bool:
    return isinstance(node, n.Constant) and node.kind == "ellipsis"


def _types(world: World, path: str, ref: Ref, node: n.Subscript, given: Mapping[Ref, Shape]) -> Types:
    variables = generics.parameters(world, ref)
    shapes = (shape_of(world, path, each, given, 1) for each in _items(node))
    return tuple((one, shape) for one, shape in zip(variables, shapes, strict=False) if shape is not None)


def _named(world: World, path: str, node: n.Expr, types: Mapping[Ref, Shape], depth: int) -> Shape | None:
    match names.resolve_expression(world, path, node):
        case names.InProject(kind="class", ref=ref) if is_schema(world, ref):
            return of_class(world, Schema("pydantic", ref))
        case names.InProject(kind="variable", ref=ref):
            if ref in types:
                return types[ref]
            fact = names.variable_fact(world, ref)
            if fact is None or fact.value is None or isinstance(fact.value, n.Call):
                return None
            return shape_of(world, ref.path, fact.value, types, depth + 1)
        case _:
            return None


def of_class(world: World, schema: Schema) -> Shape | None:
    """A schema; of a RootModel, what its root is."""
    for cls in names.mro(world, schema.ref)[0]:
        fact = names.class_fact(world, cls)
        for base in fact.bases if fact is not None else ():
            if isinstance(base, n.Subscript) and typehints.last_name(base) == "RootModel":
                return shape_of(world, cls.path, base.index, dict(schema.types), 1)
        for each in fact.attributes if fact is not None else ():
            if each.name in ("root", "__root__") and each.annotation is not None:
                return shape_of(world, cls.path, each.annotation, dict(schema.types), 1)
    return schema
