"""Calls that convert rows: pydantic's and marshmallow's schemas, `dataclasses.asdict`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlassay.semantics import values as v
from sqlassay.semantics.calls import escape_arguments
from sqlassay.semantics.conversions import mapped, marshmallow, pydantic, reading, schemas
from sqlassay.semantics.conversions.routes import ROUTERS
from sqlassay.semantics.conversions.shapes import VALIDATING, Conversion, Converter, Many, Schema, SchemaClass, Shape
from sqlassay.semantics.site import Site
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

_DUMPS = frozenset(["dump", "dumps", "jsonify"])


def class_method(site: Site, name: str) -> v.Value:
    """A method that a class of the project has from a library."""
    owner = site.receiver
    assert isinstance(owner, v.ClassValue | v.Model | SchemaClass)
    escape_arguments(site)
    schema = owner.schema if isinstance(owner, SchemaClass) else Schema("pydantic", owner.ref)
    if name not in VALIDATING or not schemas.is_schema(site.ev.world, schema.ref):
        return v.UNKNOWN
    reading.convert(site.ev, pydantic.of_class(site.ev.world, schema), site.argument(0, "obj"), _validation(site))
    return v.Instance(schema.ref)


def generic(self: Evaluator, owner: v.ClassValue, node: n.Subscript) -> v.Value:
    """A class of the project with types: `Page[UserOut]`."""
    if not schemas.is_schema(self.world, owner.ref):
        return v.UNKNOWN
    shape = pydantic.shape_of(self.world, self.frame.path, node)
    return SchemaClass(shape) if isinstance(shape, Schema) else v.UNKNOWN


def _validation(site: Site) -> Conversion:
    return Conversion(site.node, "pydantic", site.keywords.get("from_attributes") == v.Const(True))


def _adapter(site: Site) -> v.Value:
    """`TypeAdapter(list[UserOut])`."""
    node = site.argument_node(0, "type")
    shape = pydantic.shape_of(site.ev.world, site.ev.frame.path, node)
    return Converter(shape, "pydantic") if shape is not None else v.UNKNOWN


def _parse_obj_as(site: Site) -> v.Value:
    shape = pydantic.shape_of(site.ev.world, site.ev.frame.path, site.argument_node(0, "type_"))
    reading.convert(site.ev, shape, site.argument(1, "obj"), _validation(site))
    return _made(shape)


def _made(shape: Shape | None) -> v.Value:
    """What validation gives."""
    match shape:
        case Schema(library="pydantic", ref=ref):
            return v.Instance(ref)
        case Many(inner=inner):
            return v.Collection(_made(inner))
        case _:
            return v.UNKNOWN


def constructed(site: Site, ref: Ref, schema: Schema | None = None) -> v.Value:
    """An object of a class of the project is made: a pydantic schema reads its arguments."""
    world = site.ev.world
    if schemas.is_schema(world, ref):
        conversion = Conversion(site.node, "pydantic")
        for step in pydantic.steps(world, schema or Schema("pydantic", ref)):
            if step.key in site.keywords and step.inner is not None:
                reading.convert(site.ev, step.inner, site.keywords[step.key], conversion)
        return v.Instance(ref)
    if marshmallow.is_schema(world, ref):
        shape = marshmallow.made(Schema("marshmallow", ref), site.node)
        if isinstance(shape, Many):
            return Converter(shape.inner, "marshmallow", True)
        if shape is not None:
            return Converter(shape, "marshmallow")
    return v.Instance(ref)


def converter_method(site: Site, name: str) -> v.Value:
    """A method of a TypeAdapter or of a marshmallow schema."""
    converter = site.receiver
    assert isinstance(converter, Converter)
    escape_arguments(site)
    given = site.argument(0, "object" if converter.library == "pydantic" else "obj")
    if converter.library == "pydantic":
        if name != "validate_python":
            return v.UNKNOWN
        reading.convert(site.ev, converter.shape, given, _validation(site))
        return _made(converter.shape)
    if name in _DUMPS:
        many = site.keywords.get("many", v.NONE)
        if many == v.NONE and name == "dump" and len(site.args) > 1:
            many = site.args[1]
        wanted = many.value if isinstance(many, v.Const) and many != v.NONE else converter.many
        shape = Many(converter.shape) if wanted else converter.shape
        reading.convert(site.ev, shape, given, Conversion(site.node, "marshmallow"))
    return v.UNKNOWN


def _asdict(site: Site) -> v.Value:
    for each in v.members(site.argument(0)):
        if isinstance(each, v.Entity) and mapped.is_dataclass(site.ev.world, each.model):
            shape = Schema("dataclass", each.model)
            reading.convert(site.ev, shape, each, Conversion(site.node, "dataclass"))
    return v.UNKNOWN


def _router(site: Site) -> v.Value:
    return v.ExternalObject(site.callee.name) if isinstance(site.callee, v.External) else v.UNKNOWN


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    "pydantic.TypeAdapter": _adapter,
    **dict.fromkeys(("pydantic.parse_obj_as", "pydantic.tools.parse_obj_as"), _parse_obj_as),
    **dict.fromkeys(ROUTERS, _router),
    **dict.fromkeys(("dataclasses.asdict", "dataclasses.astuple"), _asdict),
}
