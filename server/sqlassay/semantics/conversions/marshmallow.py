"""marshmallow: which attributes a schema reads when it dumps an object.

A field reads the attribute of its name, or its `attribute=` (a path with dots), unless it only loads. An automatic
schema (`SQLAlchemyAutoSchema`) has a field for each column, and for each relationship with `include_relationships`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sqlassay.facts.model import ClassFact, VariableFact
from sqlassay.semantics import names, typehints
from sqlassay.semantics.conversions.shapes import Many, Schema, Shape, Step
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_PLAIN = frozenset(
    (
        "marshmallow.Schema marshmallow.schema.Schema flask_marshmallow.Schema "
        "marshmallow_sqlalchemy.SQLAlchemySchema marshmallow_sqlalchemy.schema.SQLAlchemySchema"
    ).split()
)
_AUTOMATIC = frozenset(
    (
        "marshmallow_sqlalchemy.SQLAlchemyAutoSchema marshmallow_sqlalchemy.schema.SQLAlchemyAutoSchema "
        "marshmallow_sqlalchemy.ModelSchema flask_marshmallow.sqla.SQLAlchemyAutoSchema"
    ).split()
)
_EXTENSION = "flask_marshmallow.Marshmallow"
_OF_EXTENSION = {
    "Schema": "marshmallow.Schema",
    "SQLAlchemySchema": "marshmallow_sqlalchemy.SQLAlchemySchema",
    "SQLAlchemyAutoSchema": "marshmallow_sqlalchemy.SQLAlchemyAutoSchema",
}
"""What an object of Flask-Marshmallow's extension offers."""

_UNREADABLE = frozenset(["Function", "Method", "Constant", "Hyperlinks", "URLFor", "URL"])
"""Fields that call something, or nothing at all."""
_OVERRIDES = ("get_attribute", "dump", "_serialize", "on_bind_field")


def is_schema(world: World, ref: Ref) -> bool:
    """Whether a class of the project is a marshmallow schema that dumps as the library does."""
    found: bool = world.memo.of(("marshmallow", ref), lambda: _is_schema(world, ref), False)
    return found


def _is_schema(world: World, ref: Ref) -> bool:
    lineage = names.mro(world, ref)[0]
    bases = {name for each in lineage for name in _outside(world, each)}
    return bool(bases & (_PLAIN | _AUTOMATIC)) and not any(_replaces(world, each) for each in lineage)


def _outside(world: World, ref: Ref) -> Iterator[str]:
    fact = names.class_fact(world, ref)
    for base in fact.bases if fact is not None else ():
        binding = names.resolve_expression(world, ref.path, base)
        if isinstance(binding, names.Outside):
            yield binding.name
        elif binding is None and isinstance(base, n.Attribute) and _is_extension(world, ref.path, base.value):
            yield _OF_EXTENSION.get(base.attr, "")


def _is_extension(world: World, path: str, node: n.Expr) -> bool:
    """`ma` of `ma = Marshmallow(app)`."""
    binding = names.resolve_expression(world, path, node)
    if not isinstance(binding, names.InProject) or binding.kind != "variable":
        return False
    fact = names.variable_fact(world, binding.ref)
    if fact is None or not isinstance(fact.value, n.Call):
        return False
    made = names.resolve_expression(world, binding.ref.path, fact.value.func)
    return isinstance(made, names.Outside) and made.name == _EXTENSION


def _replaces(world: World, ref: Ref) -> bool:
    """Whether a schema puts something else in the place of what it is given, before its fields read it."""
    fact = names.class_fact(world, ref)
    for name in fact.methods if fact is not None else ():
        method = names.function_fact(world, Ref(ref.path, f"{ref.name}.{name}"))
        decorators = method.decorators if method is not None else ()
        early = any(typehints.last_name(e.func if isinstance(e, n.Call) else e) == "pre_dump" for e in decorators)
        if early or name in _OVERRIDES:
            return True
    return False


# -------------------------------------------------------------------- fields


def steps(world: World, schema: Schema) -> tuple[Step, ...]:
    """The fields that a schema dumps."""
    found: tuple[Step, ...] = world.memo.of(("marshmallow fields", schema), lambda: _steps(world, schema), ())
    return found


def _steps(world: World, schema: Schema) -> tuple[Step, ...]:
    lineage = names.mro(world, schema.ref)[0]
    out: dict[str, Step | None] = {}
    meta = _meta(world, schema.ref)
    if any(name in _AUTOMATIC for each in lineage for name in _outside(world, each)):
        out.update(_automatic(world, schema.ref, meta))
    for cls in reversed(lineage):
        fact = names.class_fact(world, cls)
        for attribute in fact.attributes if fact is not None else ():
            if isinstance(attribute.value, n.Call):
                out[attribute.name] = _step(world, schema.ref, cls.path, attribute, attribute.value)
    named = _strings(meta.get("fields"))
    hidden = {*_strings(meta.get("exclude")), *(each for each in schema.exclude if "." not in each)}
    wanted = None if schema.only is None else {each.split(".", 1)[0] for each in schema.only}
    return tuple(
        _narrowed(step, schema)
        for name, step in out.items()
        if step is not None
        and name not in hidden
        and (not named or name in named)
        and (wanted is None or name in wanted)
    )


def _narrowed(step: Step, schema: Schema) -> Step:
    """What `only=("author.name",)` and `exclude` leave of a nested schema."""
    prefix = f"{step.field}."
    deeper = tuple(each.removeprefix(prefix) for each in schema.only or () if each.startswith(prefix))
    hidden = tuple(each.removeprefix(prefix) for each in schema.exclude if each.startswith(prefix))
    return replace(step, inner=_limited(step.inner, deeper or None, hidden)) if deeper or hidden else step


def _limited(shape: Shape | None, only: tuple[str, ...] | None, exclude: tuple[str, ...]) -> Shape | None:
    match shape:
        case Many(inner=inner):
            limited = _limited(inner, only, exclude)
            return Many(limited) if limited is not None else None
        case Schema():
            return replace(shape, only=only if only is not None else shape.only, exclude=(*shape.exclude, *exclude))
        case _:
            return shape


def _meta(world: World, ref: Ref) -> dict[str, n.Expr]:
    """What `class Meta` of a schema says, or that of a base."""
    for each in names.mro(world, ref)[0]:
        fact = names.class_fact(world, Ref(each.path, f"{each.name}.Meta"))
        if fact is not None:
            return {one.name: one.value for one in _inherited(world, each.path, fact) if one.value is not None}
    return {}


def _inherited(world: World, path: str, fact: ClassFact) -> Iterator[VariableFact]:
    for base in reversed(fact.bases):
        # `class Meta(BaseSchema.Meta)`
        binding = names.resolve_expression(world, path, base)
        if isinstance(binding, names.InProject) and binding.kind == "class":
            above = names.class_fact(world, binding.ref)
            if above is not None and above is not fact:
                yield from _inherited(world, binding.ref.path, above)
    yield from fact.attributes


def _automatic(world: World, ref: Ref, meta: dict[str, n.Expr]) -> Iterator[tuple[str, Step]]:
    included = meta.get("include_relationships")
    if not (isinstance(included, n.Constant) and included.value is True) or "model" not in meta:
        return
    for each in names.mro(world, ref)[0]:
        if names.class_fact(world, Ref(each.path, f"{each.name}.Meta")) is None:
            continue
        binding = names.resolve_expression(world, each.path, meta["model"])
        model = world.model(binding.ref) if isinstance(binding, names.InProject) else None
        for name, relationship in model.relationships.items() if model is not None else ():
            yield name, _related(relationship)
        return


def _related(relationship: RelationshipInfo) -> Step:
    name = relationship.name
    return Step(name, name, ((name,),), None, relationship.place)


def _step(world: World, ref: Ref, path: str, attribute: VariableFact, call: n.Call) -> Step | None:
    """A declared field; None where it reads nothing, or nobody can say what."""
    kind = typehints.last_name(call.func)
    if kind in _UNREADABLE or not (kind[:1].isupper() or kind == "auto_field"):
        return None
    if _is_true(_keyword(call, "load_only")):
        return None
    name = _keyword(call, "attribute")
    if name is None and kind == "auto_field" and call.args:
        name = call.args[0]
    if name is None and kind == "auto_field":
        name = _keyword(call, "column_name")
    if name is not None and not (isinstance(name, n.Constant) and isinstance(name.value, str)):
        return None
    way = tuple(str(name.value).split(".")) if isinstance(name, n.Constant) else (attribute.name,)
    place = Place(path, attribute.anchor, attribute.start, attribute.end)
    return Step(attribute.name, attribute.name, (way,), _inner(world, ref, path, call), place)


def _inner(world: World, ref: Ref, path: str, call: n.Call) -> Shape | None:
    """What a field makes of what it read: a nested schema, or a list of them."""
    kind = typehints.last_name(call.func)
    if kind == "List" and call.args and isinstance(call.args[0], n.Call):
        inner = _inner(world, ref, path, call.args[0])
        return Many(inner) if inner is not None else None
    if kind not in ("Nested", "Pluck", "SmartNested") or not call.args:
        return None
    shape = nested(world, ref, path, call.args[0])
    only = _strings(_keyword(call, "only"))
    if kind == "Pluck":
        only = _strings(call.args[1] if len(call.args) > 1 else _keyword(call, "field_name"))
        if not only:
            return None
    shape = _limited(shape, only or None, _strings(_keyword(call, "exclude")))
    if shape is None or isinstance(shape, Many):
        return shape
    return Many(shape) if _is_true(_keyword(call, "many")) else shape


def nested(world: World, ref: Ref, path: str, node: n.Expr) -> Shape | None:
    """The schema that `Nested(...)` is given: a class, its name, an object of it, or a function that gives one."""
    match node:
        case n.Constant(value="self"):
            return Schema("marshmallow", ref)
        case n.Constant(value=str(name)):
            return _by_name(world, path, name)
        case n.Lambda(body=body):
            return nested(world, ref, path, body)
        case n.Call(func=n.Name() | n.Attribute() as func):
            return made(nested(world, ref, path, func), node)
        case n.Name() | n.Attribute():
            binding = names.resolve_expression(world, path, node)
            if isinstance(binding, names.InProject) and binding.kind == "class" and is_schema(world, binding.ref):
                return Schema("marshmallow", binding.ref)
            return None
        case _:
            return None


def made(shape: Shape | None, call: n.Call) -> Shape | None:
    """The schema that `UserSchema(only=..., exclude=..., many=True)` makes; None where an argument cannot be read."""
    if not isinstance(shape, Schema) or call.args:
        return None
    known = {each.name: each.value for each in call.keywords}
    for name in ("only", "exclude"):
        if name in known and not _readable(known[name]):
            return None
    if None in known:
        return None
    shape = replace(shape, only=_strings(known.get("only")) or None, exclude=_strings(known.get("exclude")))
    return Many(shape) if _is_true(known.get("many")) else shape


def _by_name(world: World, path: str, name: str) -> Shape | None:
    """A class named in a string: of the same file, or by its full name."""
    binding: names.Binding | None = names.resolve(world, path, name.rsplit(".", 1)[-1])
    if "." in name:
        module, last = name.rsplit(".", 1)
        found = world.module_path(path, module, 0)
        binding = names.resolve(world, found, last) if found is not None else None
    if isinstance(binding, names.InProject) and binding.kind == "class" and is_schema(world, binding.ref):
        return Schema("marshmallow", binding.ref)
    return None


def _keyword(call: n.Call, name: str) -> n.Expr | None:
    return next((each.value for each in call.keywords if each.name == name), None)


def _is_true(node: n.Expr | None) -> bool:
    return isinstance(node, n.Constant) and node.value is True


def _readable(node: n.Expr) -> bool:
    return isinstance(node, n.ListExpr | n.TupleExpr | n.SetExpr | n.Constant) and bool(_strings(node))


def _strings(node: n.Expr | None) -> tuple[str, ...]:
    """The strings of a list, tuple or set; a single one."""
    match node:
        case n.ListExpr(elts=elts) | n.TupleExpr(elts=elts) | n.SetExpr(elts=elts):
            return tuple(str(each.value) for each in elts if isinstance(each, n.Constant))
        case n.Constant(value=str(text)):
            return (text,)
        case _:
            return ()
