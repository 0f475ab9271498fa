"""What one attribute of a class body declares: a column, a relationship, or something else by its kind."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator

from msgspec.structs import replace

from sqlassay.facts import inner
from sqlassay.facts.collect import walk
from sqlassay.facts.model import FunctionFact, VariableFact
from sqlassay.project.mapping import classes, columns, hints, lineage, listening, reading, relating, running
from sqlassay.project.mapping.columns import RawColumn, Source
from sqlassay.project.mapping.rawrelationships import CALLS, RawRelationship
from sqlassay.project.mapping.things import UNREAD, Bound, Const, Made, Map, Scope, Thing, Unread
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.models import OtherInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

Declared = RawColumn | RawRelationship | OtherInfo


_KINDS = {
    "sa:column_property": "column property",
    "sa:synonym": "synonym",
    "sa:composite": "composite",
    "sa:query_expression": "query expression",
    "sa:association_proxy": "association proxy",
    "sqlalchemy.ext.associationproxy.association_proxy": "association proxy",
    "sqlalchemy.ext.hybrid.hybrid_property": "hybrid",
    "sa:hybrid_property": "hybrid",
    "builtins.property": "property",
}

_SPECIAL = frozenset(
    "__tablename__ __table__ __table_args__ __mapper_args__ __abstract__ __bind_key__ __allow_unmapped__".split()
)

_PLAIN_MODULES = frozenset(("", "pydantic", *sys.stdlib_module_names))
"""Where what is called is nothing of the mapper's: Python's own, and ('') classes of the project."""

_KNOWN = ("sa:", "db.", "flask:")

_MAKERS = frozenset(
    (
        "Column mapped_column relationship Relationship Field deferred column_property composite dynamic_loader "
        "relation synonym association_proxy query_expression"
    ).split()
)

_WITH_COLUMNS = frozenset(("sa:deferred", "sa:column_property", "sa:composite"))


def attribute(
    world: World, owner: Ref, attribute: VariableFact, role: classes.Standing
) -> Iterator[tuple[str, Declared | None]]:
    name = attribute.name
    if name in _SPECIAL:
        yield name, _plain(owner, attribute)
        return
    source = _source(world, owner, attribute, role)
    value = attribute.value
    if value is None:
        held = hints.held(world, attribute.annotation, source.scope)
        if (held is not None and held.container) or (held is not None and _is_field(role, name, held.inner)):
            yield name, columns.from_annotation(world, source, held)
        return
    if isinstance(value, n.Constant) and value.kind == "none" and attribute.annotation is None:
        yield name, None
        return
    made = _made(world, value, source)
    if made is not None:
        found = from_made(world, source, made)
        if found is not None:
            yield name, found
            if isinstance(found, OtherInfo) and found.kind == "composite":
                yield from _composed(world, source, made)
            return
    if role.flavour == "sqlmodel" and attribute.annotation is not None and not isinstance(value, n.Lambda):
        held = hints.held(world, attribute.annotation, source.scope)
        if held is not None and _is_field(role, name, held.inner):
            raw = columns.from_annotation(world, source, held)
            raw.info.default = value
            yield name, raw
            return
    plain = _plain(owner, attribute)
    if isinstance(value, n.Call) and _may_be_mapped(world, value, source.scope):
        plain.kind = "unread"
    yield name, plain


def _may_be_mapped(world: World, call: n.Call, scope: Scope) -> bool:
    """Whether what a call gives may be a column for all that is known: it calls what nobody here knows."""
    match reading.read(world, call.func, scope):
        case names.Outside(name=name) if name.startswith("builtins."):
            # A name that nothing binds: an import is missing yet, say.
            return not hasattr(builtins, name.removeprefix("builtins."))
        case names.Outside(name=name):
            return not canonical(name).startswith(_KNOWN) and name.partition(".")[0] not in _PLAIN_MODULES
        case names.InProject(kind="function", ref=ref) | Bound(ref=Ref() as ref):
            return _makes_columns(world, ref)
        case names.InProject(kind="class", ref=ref):
            root = world.graph.library_root(ref)
            return not root.startswith(_KNOWN) and root.partition(".")[0] not in _PLAIN_MODULES
        case Unread():
            return True
        case _:
            return False


def _makes_columns(world: World, ref: Ref) -> bool:
    """Whether a function of the project has calls in it that make what the mapper takes, by their names."""
    node = world.function_node(ref)
    calls = (each for each in walk(node) if isinstance(each, n.Call)) if node is not None else ()
    return any(is_maker(names.last_name(each.func)) for each in calls)


def _source(world: World, owner: Ref, attribute: VariableFact, role: classes.Standing) -> Source:
    scope = reading.class_scope(world, owner)
    return Source(owner, attribute, scope, role.flavour, role.registry)


def is_maker(name: str) -> bool:
    """Whether a function of this name makes what the mapper takes."""
    return name in _MAKERS or name.endswith("olumn")


def _plain(owner: Ref, attribute: VariableFact) -> OtherInfo:
    place = Place(owner.path, attribute.anchor, attribute.start, attribute.end)
    return OtherInfo(attribute.name, "value", owner, place, attribute.value)


def _made(world: World, value: n.Expr, source: Source) -> Made | None:
    """What is made by an attribute's value: the call in it, or that of the variable it names."""
    match value:
        case n.Call():
            found = reading.read(world, value, source.scope)
        case n.Name() | n.Attribute() | n.Subscript() if _could_be_column(world, value, source):
            scope = reading.outer_scope(world, source.owner, source.scope.anchor)
            found = reading.read(world, value, scope)
            source.direct = False
        case _:
            return None
    if not isinstance(found, Made):
        return None
    if found.call is not value and not (
        isinstance(value, n.Call)
        and found.scope.path == source.scope.path
        and found.scope.function == source.scope.function
    ):
        source.direct = False
    return found


def _could_be_column(world: World, value: n.Expr, source: Source) -> bool:
    """Whether a name leads to a module variable: plain constants of other modules are not worth reading."""
    if isinstance(value, n.Subscript):
        return False
    binding = names.resolve_expression(world, source.scope.path, value, within=source.scope.function)
    if not (isinstance(binding, names.InProject) and binding.kind == "variable"):
        return False
    fact = names.variable_fact(world, binding.ref)
    return fact is not None and isinstance(fact.value, n.Call)


def from_made(world: World, source: Source, made: Made) -> Declared | None:
    """What a call declares; None where it is nothing of the mapper's."""
    name = made.name
    if name == "sa:Field" and source.flavour != "sqlmodel":
        return None
    if name in columns.STYLES:
        return _column(world, source, made)
    if name in CALLS:
        return relating.from_call(world, source, made)
    if name in _WITH_COLUMNS:
        opened = reading.made_arguments(world, made)
        for node, scope in opened.positional:
            inner = reading.read(world, node, scope)
            if isinstance(inner, Made) and inner.name in columns.STYLES and name != "sa:composite":
                # The annotation is that of the property around it: it says nothing of the column.
                bare = replace(source, fact=replace(source.fact, annotation=None))
                found = columns.from_call(world, bare, inner)
                found.info.annotation = source.fact.annotation
                found.info.deferred = name == "sa:deferred" or "deferred" in opened.keywords
                return found
        if name == "sa:deferred":
            return OtherInfo(source.fact.name, "column property", source.owner, source.place, source.fact.value)
    kind = _KINDS.get(name)
    if kind is None and name.startswith("sa:") and name.endswith("_proxy"):
        kind = "association proxy"
    if kind is None:
        return None
    return OtherInfo(source.fact.name, kind, source.owner, source.place, made.call)


def _column(world: World, source: Source, made: Made) -> RawColumn:
    if made.name == "sa:Field":
        opened = reading.made_arguments(world, made)
        given = opened.keywords.get("sa_column")
        inner = reading.read(world, *given) if given is not None else None
        if isinstance(inner, Made) and inner.name == "sa:Column":
            found = columns.from_call(world, source, inner)
            found.info.style = "field"
            found.info.call = made.place if source.direct else None
            found.info.keywords = {**{name: node for name, (node, _) in opened.keywords.items()}, **found.info.keywords}
            found.info.has_star = True
            return found
        if given is not None:
            out = columns.from_call(world, source, made)
            out.info.certain = False
            return out
    return columns.from_call(world, source, made)


def _composed(world: World, source: Source, made: Made) -> Iterator[tuple[str, Declared]]:
    """The columns that a `composite(...)` is given in place, of the types that the fields of its class have."""
    things = [reading.read(world, *each) for each in reading.made_arguments(world, made).positional]
    composed = things.pop(0) if things and isinstance(things[0], names.InProject) else _held_class(world, source)
    fields = _fields(world, composed.ref) if isinstance(composed, names.InProject) else ()
    for index, thing in enumerate(things):
        if isinstance(thing, Made) and thing.name in columns.STYLES:
            field = fields[index] if index < len(fields) and thing.name == "sa:mapped_column" else None
            raw = _component(world, source, thing, field)
            if raw.info.name != source.fact.name:
                raw.info.attribute = raw.info.name
                raw.info.attributes = (raw.info.name,)
                yield raw.info.name, raw


def _component(world: World, source: Source, made: Made, field: tuple[n.Expr, Scope] | None) -> RawColumn:
    """A column of a composite, annotated as the field is that it is for."""
    if field is None:
        return columns.from_call(world, source, made)
    raw = columns.from_call(world, replace(source, fact=replace(source.fact, annotation=None)), made)
    raw.info.annotation = source.fact.annotation
    columns.annotated(world, source, hints.unfold(world, *field), raw, reading.made_arguments(world, made))
    return raw


def _held_class(world: World, source: Source) -> Thing | None:
    """The class that an attribute's annotation names."""
    held = hints.held(world, source.fact.annotation, source.scope)
    return reading.read(world, hints.unfold(world, held.inner, held.scope).node, held.scope) if held else None


def _fields(world: World, ref: Ref) -> tuple[tuple[n.Expr, Scope], ...]:
    """The annotations of a dataclass's fields, in order; nothing for another class."""
    fact = names.class_fact(world, ref)
    if fact is None or len(lineage.line(world, ref).refs) > 1 or not running.decorated(fact, "dataclass"):
        return ()
    scope = reading.class_scope(world, ref)
    return tuple((each.annotation, scope) for each in fact.attributes if each.annotation is not None)


def _is_field(role: classes.Standing, name: str, annotation: n.Expr) -> bool:
    """Whether an annotated name in a SQLModel class is a field."""
    if role.flavour != "sqlmodel" or name.startswith("_") or name == "model_config":
        return False
    match annotation:
        case n.Subscript(value=n.Name(id="ClassVar") | n.Attribute(attr="ClassVar")) | n.Name(id="ClassVar"):
            return False
        case _:
            return True


# --------------------------------------------------------------------- methods

_METHOD_KINDS = (
    (("hybrid_property", "expression", "comparator", "inplace"), "hybrid"),
    (("hybrid_method",), "hybrid"),
    (("property", "cached_property", "memoized_property", "setter", "deleter"), "property"),
)


DECLARED = ("declared_attr", "cascading", "directive")


def is_declared(name: str, method: FunctionFact) -> bool:
    return bool(method.decorators) and name not in _SPECIAL and running.decorated(method, *DECLARED)


def method(owner: Ref, name: str, method: FunctionFact) -> OtherInfo:
    where = Place(owner.path, method.anchor, method.start, method.end)
    for decorators, kind in _METHOD_KINDS if method.decorators else ():
        if running.decorated(method, *decorators):
            return OtherInfo(name, kind, owner, where)
    return OtherInfo(name, "method", owner, where)


def declared(world: World, ref: Ref, owner: Ref, name: str, method: FunctionFact, role: classes.Standing) -> Declared:
    """What a `declared_attr` method gives for the class `ref`."""
    thing = lineage.declared(world, ref, owner, method)
    # SQLAlchemy reads what a mixin's method says it returns, not what the class's own does.
    says = method.returns if owner != ref else None
    fact = VariableFact(name, says, None, method.anchor, method.start, method.end)
    found = _from_declared(world, owner, fact, thing, role)
    where = Place(owner.path, method.anchor, method.start, method.end)
    if found is not None:
        return found
    unread = thing is UNREAD and _makes_columns(world, Ref(owner.path, method.qualname))
    return OtherInfo(name, "unread" if unread else "declared attr", owner, where)


def _from_declared(
    world: World, owner: Ref, fact: VariableFact, thing: Thing, role: classes.Standing
) -> Declared | None:
    if not isinstance(thing, Made):
        return None
    source = Source(owner, fact, reading.class_scope(world, owner), role.flavour, role.registry, direct=True)
    in_method = thing.scope.path == owner.path and thing.scope.function.startswith(f"{owner.name}.")
    source.direct = in_method
    if in_method:
        # The place is that of the return's value, as an assignment's would be.
        fact.value = thing.call
    return from_made(world, source, thing)


# --------------------------------------------------------------- assigned later


def assigned_later(world: World, ref: Ref, role: classes.Standing) -> Iterator[tuple[str, Declared]]:
    """`User.posts = relationship(...)` at module level, in the class's own file."""
    plain = inner.inside(ref.name)
    if "." in plain:
        return
    prefix = f"{plain}."
    for variable in lineage.later(world, ref):
        name = variable.name
        if variable.guarded or not isinstance(variable.value, n.Call):
            continue
        fact = VariableFact(name[len(prefix) :], None, variable.value, variable.anchor, variable.start, variable.end)
        scope = reading.outer_scope(world, ref, variable.anchor)
        source = Source(ref, fact, scope, role.flavour, role.registry)
        made = _made(world, variable.value, source)
        found = from_made(world, source, made) if made is not None else None
        if found is not None:
            yield fact.name, found


def given_by_listeners(world: World, ref: Ref, role: classes.Standing) -> Iterator[tuple[str, Declared]]:
    """What listeners give the class as it is mapped."""
    for name, made, scope in listening.given_by(world, ref):
        fact = VariableFact(name, None, made.call, scope.anchor, made.call.start, made.call.end)
        found = from_made(world, Source(ref, fact, scope, role.flavour, role.registry, direct=False), made)
        if found is not None:
            yield name, found


def only_column(world: World, call: n.Call, ref: Ref) -> Thing | None:
    """The column that `column_property(table.c.x)` is about; None where it is an expression."""
    if len(call.args) != 1 or not isinstance(call.args[0], n.Attribute):
        return None
    made = world.graph.imperative(ref)
    scope = made.scope if made is not None else reading.outer_scope(world, ref, "")
    return reading.read(world, call.args[0], scope)


def imperative(world: World, ref: Ref, made: Made) -> Iterator[tuple[str, Declared | Thing]]:
    """What the `properties=` of a `map_imperatively` say, by attribute: declarations, or the column that is named."""
    opened = reading.made_arguments(world, made)
    given = opened.keywords.get("properties")
    if given is None and len(opened.positional) > 2:
        given = opened.positional[2]
    found = reading.read(world, *given) if given is not None else None
    if not isinstance(found, Map):
        return
    for key, node, scope in found.entries:
        if not (isinstance(key, Const) and isinstance(key.value, str)):
            continue
        fact = VariableFact(key.value, None, node, scope.anchor, node.start, node.end)
        source = Source(ref, fact, scope, "imperative", None)
        thing = reading.read(world, node, scope)
        declared = from_made(world, source, thing) if isinstance(thing, Made) else None
        yield key.value, declared if declared is not None else thing
