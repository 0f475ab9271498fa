"""What class bodies declare: the attributes that a class brings to its mapper, those of mixins too."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from sqlassay.facts.model import FunctionFact, VariableFact
from sqlassay.project.mapping import classes, columns, hints, libraries, lineage, reading, relating, running
from sqlassay.project.mapping.columns import RawColumn, Source
from sqlassay.project.mapping.relating import RawRelationship
from sqlassay.project.mapping.things import Const, Made, Map, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.models import OtherInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

Declared = RawColumn | RawRelationship | OtherInfo


class Body(Struct):
    """The attributes that a class brings to its mapper, by name."""

    columns: dict[str, RawColumn] = field(default_factory=dict)
    relationships: dict[str, RawRelationship] = field(default_factory=dict)
    others: dict[str, OtherInfo] = field(default_factory=dict)
    dynamic: bool = False
    """Something in the bodies cannot be said by facts."""

    def put(self, name: str, found: Declared) -> None:
        if isinstance(found, RawColumn):
            self.columns[name] = found
        elif isinstance(found, RawRelationship):
            self.relationships[name] = found
        else:
            self.others[name] = found


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

_WITH_COLUMNS = frozenset(("sa:deferred", "sa:column_property", "sa:composite"))


def body_of(world: World, ref: Ref) -> Body:
    """What a class brings to its mapper: its own body's, and that of mixins not already in the mapped class above."""
    found: Body = world.memo.of(("body", ref), lambda: _body(world, ref), Body())
    return found


def _body(world: World, ref: Ref) -> Body:
    out = Body()
    role = classes.standing(world, ref)
    line = lineage.line(world, ref).refs
    if not role.descends and not role.base and not any(_may_declare(world, each) for each in line):
        return out
    above = frozenset(lineage.line(world, role.parent).refs) if role.parent is not None else frozenset()
    taken: set[str] = set()
    bare: set[str] = set()
    mixed: dict[str, Declared] = {}
    for each in line:
        fact = names.class_fact(world, each)
        if fact is None:
            continue
        out.dynamic = out.dynamic or (each not in above and fact.dynamic)
        for name, made in _attributes(world, each, role):
            if name in taken:
                continue
            if isinstance(made, FunctionFact):
                if each in above and not running.decorated(made, "cascading"):
                    continue
                found: Declared | None = _declared(world, ref, each, name, made, role)
            elif each in above:
                continue
            else:
                found = made
            if isinstance(found, RawColumn) and found.info.style == "annotation":
                # An annotation alone assigns nothing: what a mixin further up assigns is still the attribute.
                if name not in bare:
                    bare.add(name)
                    (out.columns if each == ref else mixed)[name] = found
                continue
            taken.add(name)
            if name in bare:
                out.columns.pop(name, None)
                mixed.pop(name, None)
            if found is None:
                continue
            if each == ref:
                out.put(name, found)
            else:
                mixed[name] = found
        if each != ref:
            continue
        for name, found in _assigned_later(world, ref, role):
            taken.add(name)
            out.put(name, found)
    for name, found in mixed.items():
        out.put(name, found)
    taken |= bare
    _from_libraries(world, ref, line, above, taken, out)
    if role.imperative is not None:
        for name, mapped in imperative(world, ref, role.imperative):
            if isinstance(mapped, RawColumn | RawRelationship | OtherInfo):
                out.others.pop(name, None)
                out.put(name, mapped)
    for each in line:
        fact = names.class_fact(world, each) if each not in above else None
        for attribute in fact.self_attributes if fact is not None else ():
            if attribute.name not in taken:
                taken.add(attribute.name)
                out.others[attribute.name] = OtherInfo(attribute.name, "value", each, None, attribute.value)
    return out


def _from_libraries(
    world: World, ref: Ref, line: tuple[Ref, ...], above: frozenset[Ref], taken: set[str], out: Body
) -> None:
    """What bases of other libraries bring."""
    fact = names.class_fact(world, ref)
    if fact is None:
        return
    place = Place(ref.path, fact.anchor, fact.name_start, fact.name_start + len(ref.name.rsplit(".", 1)[-1].encode()))
    for each in line:
        for thing in lineage.base_things(world, each) if each not in above else ():
            bringing = libraries.brought_by(thing.name) if isinstance(thing, names.Outside) else None
            if bringing is None or not isinstance(thing, names.Outside):
                continue
            for brought in bringing.columns:
                if brought.attribute not in taken:
                    out.columns[brought.attribute] = libraries.column(thing.name, brought, place)
            for name in bringing.relationships:
                if name not in taken:
                    out.relationships[name] = libraries.relationship(thing.name, name, place)


_MAKERS = frozenset(
    (
        "Column mapped_column relationship Relationship Field deferred column_property composite dynamic_loader "
        "relation synonym association_proxy query_expression"
    ).split()
)


def _may_declare(world: World, ref: Ref) -> bool:
    """Whether a class that is not in the mapper's world may be a mixin of one: most classes are not worth reading."""
    found: bool = world.memo.of(("may declare", ref), lambda: _looks_declaring(world, ref), False)
    return found


def _looks_declaring(world: World, ref: Ref) -> bool:
    fact = names.class_fact(world, ref)
    if fact is None:
        return False
    for attribute in fact.attributes:
        match attribute.value:
            case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)) if name in _MAKERS or name.endswith("olumn"):
                return True
        match attribute.annotation:
            case n.Subscript(value=n.Name(id=name) | n.Attribute(attr=name)) if name.endswith("Mapped"):
                return True
            case n.Constant(value=str(text)) if "Mapped[" in text:
                return True
    return any(
        running.decorated(method, *_DECLARED)
        for name in fact.methods
        if (method := names.function_fact(world, Ref(ref.path, f"{ref.name}.{name}"))) is not None and method.decorators
    )


_Entry = tuple[str, "Declared | FunctionFact | None"]


def _attributes(world: World, owner: Ref, role: classes.Standing) -> tuple[_Entry, ...]:
    """What a class's own body declares, by attribute; None where it only hides what is above, and the method itself
    where it is called for each class that it stands in."""
    registry = role.registry.key if role.registry is not None else ""
    found: tuple[_Entry, ...] = world.memo.of(
        ("attributes", owner, role.flavour, registry), lambda: tuple(_read_attributes(world, owner, role)), ()
    )
    return found


def _read_attributes(world: World, owner: Ref, role: classes.Standing) -> Iterator[_Entry]:
    fact = names.class_fact(world, owner)
    if fact is None:
        return
    for attribute in fact.attributes:
        if not attribute.typing_only:
            yield from _attribute(world, owner, attribute, role)
    for name in fact.methods:
        method = names.function_fact(world, Ref(owner.path, f"{owner.name}.{name}"))
        if method is not None:
            yield name, method if _is_declared(name, method) else _method(owner, name, method)


def _attribute(
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
    yield name, _plain(owner, attribute)


def _source(world: World, owner: Ref, attribute: VariableFact, role: classes.Standing) -> Source:
    scope = reading.class_scope(world, owner)
    return Source(owner, attribute, scope, role.flavour, role.registry)


def _plain(owner: Ref, attribute: VariableFact) -> OtherInfo:
    place = Place(owner.path, attribute.anchor, attribute.start, attribute.end)
    return OtherInfo(attribute.name, "value", owner, place, attribute.value)


def _made(world: World, value: n.Expr, source: Source) -> Made | None:
    """What is made by an attribute's value: the call in it, or that of the variable it names."""
    match value:
        case n.Call():
            found = reading.read(world, value, source.scope)
        case n.Name() | n.Attribute() | n.Subscript() if _could_be_column(world, value, source):
            scope = Scope(source.scope.path, source.scope.anchor)
            found = reading.read(world, value, scope)
            source.direct = False
        case _:
            return None
    if not isinstance(found, Made):
        return None
    if found.call is not value and not (
        isinstance(value, n.Call) and found.scope.path == source.scope.path and not found.scope.function
    ):
        source.direct = False
    return found


def _could_be_column(world: World, value: n.Expr, source: Source) -> bool:
    """Whether a name leads to a module variable: plain constants of other modules are not worth reading."""
    if isinstance(value, n.Subscript):
        return False
    binding = names.resolve_expression(world, source.scope.path, value)
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
    if name in relating.CALLS:
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
    """The columns that a `composite(...)` is given in place."""
    for node, scope in reading.made_arguments(world, made).positional:
        inner = reading.read(world, node, scope)
        if isinstance(inner, Made) and inner.name in columns.STYLES:
            raw = columns.from_call(world, source, inner)
            if raw.info.name != source.fact.name:
                raw.info.attribute = raw.info.name
                raw.info.attributes = (raw.info.name,)
                yield raw.info.name, raw


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


_DECLARED = ("declared_attr", "cascading", "directive")


def _is_declared(name: str, method: FunctionFact) -> bool:
    return bool(method.decorators) and name not in _SPECIAL and running.decorated(method, *_DECLARED)


def _method(owner: Ref, name: str, method: FunctionFact) -> OtherInfo:
    where = Place(owner.path, method.anchor, method.start, method.end)
    for decorators, kind in _METHOD_KINDS if method.decorators else ():
        if running.decorated(method, *decorators):
            return OtherInfo(name, kind, owner, where)
    return OtherInfo(name, "method", owner, where)


def _declared(world: World, ref: Ref, owner: Ref, name: str, method: FunctionFact, role: classes.Standing) -> Declared:
    """What a `declared_attr` method gives for the class `ref`."""
    thing = lineage.declared(world, ref, owner, method)
    # SQLAlchemy reads what a mixin's method says it returns, not what the class's own does.
    says = method.returns if owner != ref else None
    fact = VariableFact(name, says, None, method.anchor, method.start, method.end)
    found = _from_declared(world, owner, fact, thing, role)
    where = Place(owner.path, method.anchor, method.start, method.end)
    return found if found is not None else OtherInfo(name, "declared attr", owner, where)


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


def _assigned_later(world: World, ref: Ref, role: classes.Standing) -> Iterator[tuple[str, Declared]]:
    """`User.posts = relationship(...)` at module level, in the class's own file."""
    if "." in ref.name:
        return
    prefix = f"{ref.name}."
    for variable in later(world, ref):
        name = variable.name
        if variable.guarded or not isinstance(variable.value, n.Call):
            continue
        fact = VariableFact(name[len(prefix) :], None, variable.value, variable.anchor, variable.start, variable.end)
        scope = Scope(ref.path, variable.anchor)
        source = Source(ref, fact, scope, role.flavour, role.registry)
        made = _made(world, variable.value, source)
        found = from_made(world, source, made) if made is not None else None
        if found is not None:
            yield fact.name, found


def only_column(world: World, call: n.Call, ref: Ref) -> Thing | None:
    """The column that `column_property(table.c.x)` is about; None where it is an expression."""
    if len(call.args) != 1 or not isinstance(call.args[0], n.Attribute):
        return None
    made = world.graph.imperative(ref)
    scope = made.scope if made is not None else Scope(ref.path, "")
    return reading.read(world, call.args[0], scope)


def later(world: World, ref: Ref) -> tuple[VariableFact, ...]:
    """What the class's own module assigns to attributes of it: variables whose names have a dot."""
    found: tuple[VariableFact, ...] = world.memo.cut(("later", ref), lambda: tuple(_later(world, ref)))
    return found


def _later(world: World, ref: Ref) -> Iterator[VariableFact]:
    facts = world.facts(ref.path)
    prefix = f"{ref.name}."
    for name in facts.dotted if facts is not None else ():
        if name.startswith(prefix) and facts is not None:
            yield facts.variables[name]


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
