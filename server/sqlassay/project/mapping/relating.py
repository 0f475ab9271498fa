"""Relationships as their calls and annotations declare them, and which class and secondary they mean."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.facts import inner
from sqlassay.project.mapping import classes, hints, rawtables, reading, registries, tables
from sqlassay.project.mapping.columns import Source
from sqlassay.project.mapping.rawrelationships import CALLS, RawRelationship
from sqlassay.project.mapping.things import Annotation, Arguments, Attr, Bound, Const, Made, Map, Scope, Thing, Unread
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_LAZY = {True: "select", False: "joined", None: "noload"}
_CONTAINERS = {"DynamicMapped": "dynamic", "WriteOnlyMapped": "write_only"}

_POSITIONS = (
    "argument secondary uselist collection_class primaryjoin secondaryjoin back_populates order_by backref".split()
)
"""Positional parameters; those after the second are keyword-only since 2.0, and nobody passes them."""


def from_call(world: World, source: Source, made: Made) -> RawRelationship:
    """The relationship that `relationship(...)` makes."""
    opened = reading.made_arguments(world, made)
    certain = opened.whole
    if made.name == "sa:Relationship":
        opened, certain = _sqlmodel(world, opened)
    for name, each in zip(_POSITIONS, opened.positional, strict=False):
        opened.keywords.setdefault(name, each)
    held = hints.held(world, source.fact.annotation, source.scope)
    given = opened.keywords
    target = reading.read(world, *given["argument"]) if "argument" in given else None
    if isinstance(target, Made) and target.name == "sa:aliased" and target.call.args:
        target = reading.read(world, target.call.args[0], target.scope)
    keywords = {name: node for name, (node, _) in given.items() if name != "argument" or "argument" in _named(made)}
    if made.name != "sa:Relationship" and len(opened.positional) > 1:
        keywords.setdefault("secondary", opened.positional[1][0])
    text, many = _text(given["argument"][0]) if "argument" in given else "", None
    if held is not None:
        found = hints.target(world, held.inner, held.scope)
        text = text or found.text
        many = found.many
    secondary = "secondary" in given and reading.read(world, *given["secondary"]) != Const(None)
    secondary = secondary or "link_model" in given
    info = RelationshipInfo(
        source.fact.name,
        source.owner,
        None,
        text,
        _lazy(world, made, given, held, certain),
        _uselist(world, given, held, many, made),
        None,
        _string(world, given, "back_populates"),
        None,
        secondary,
        _string(world, given, "cascade"),
        _true(world, given, "viewonly"),
        keywords,
        source.fact.annotation,
        source.place,
        made.place if source.direct else None,
        order_by=keywords.get("order_by"),
        certain=certain,
    )
    out = RawRelationship(info, opened, made.scope, held, target)
    out.backref = _backref(world, given)
    info.backref = out.backref[0] if out.backref is not None else None
    info.other_side = info.back_populates or info.backref
    return out


def _named(made: Made) -> set[str]:
    return {each.name for each in made.call.keywords if each.name is not None}


def _sqlmodel(world: World, opened: Arguments) -> tuple[Arguments, bool]:
    """The arguments of SQLModel's `Relationship`, with those that it hands on to SQLAlchemy."""
    certain = opened.whole
    out = Arguments([], dict(opened.keywords), opened.whole)
    handed = opened.keywords.get("sa_relationship_kwargs")
    if handed is not None:
        found = reading.read(world, *handed)
        if isinstance(found, Map):
            certain = certain and found.whole
            for key, node, scope in found.entries:
                if isinstance(key, Const) and isinstance(key.value, str):
                    out.keywords[key.value] = (node, scope)
        elif found != Const(None):
            certain = False
    args = opened.keywords.get("sa_relationship_args")
    if args is not None:
        items, whole = reading.items(world, *args)
        out.positional.extend(items)
        certain = certain and whole
    whole_thing = opened.keywords.get("sa_relationship")
    if whole_thing is not None:
        made = reading.read(world, *whole_thing)
        if isinstance(made, Made) and made.name in CALLS:
            inner = reading.made_arguments(world, made)
            out.positional, certain = inner.positional, inner.whole
            out.keywords.update(inner.keywords)
        else:
            certain = False
    out.whole = certain
    return out, certain


def _lazy(
    world: World, made: Made, given: dict[str, tuple[n.Expr, Scope]], held: hints.Held | None, certain: bool
) -> str | None:
    if held is not None and held.container in _CONTAINERS:
        return _CONTAINERS[held.container]
    if made.name == "sa:dynamic_loader":
        return "dynamic"
    return lazy_of(world, given, certain)


def lazy_of(world: World, given: dict[str, tuple[n.Expr, Scope]], certain: bool) -> str | None:
    """The strategy that a `lazy=` argument means."""
    if "lazy" not in given:
        return "select" if certain else None
    found = reading.constant(world, *given["lazy"])
    if found is None:
        return None
    if isinstance(found.value, str):
        return "select" if found.value == "True" else found.value
    return _LAZY.get(found.value)


def _uselist(
    world: World,
    given: dict[str, tuple[n.Expr, Scope]],
    held: hints.Held | None,
    many: bool | None,
    made: Made,
) -> bool | None:
    explicit = reading.constant(world, *given["uselist"]) if "uselist" in given else None
    known = explicit.value if explicit is not None and isinstance(explicit.value, bool) else None
    if held is None or not (held.container or made.name == "sa:Relationship"):
        return known
    if made.name == "sa:Relationship":
        # SQLModel passes `uselist=False` on for a single class, and leaves the rest to SQLAlchemy.
        return known if known is not None else (False if many is False else None)
    if many is False and held.container == "Mapped" and "collection_class" not in given:
        return False
    return known


def _string(world: World, given: dict[str, tuple[n.Expr, Scope]], name: str) -> str | None:
    return reading.text(world, *given[name]) if name in given else None


def _true(world: World, given: dict[str, tuple[n.Expr, Scope]], name: str) -> bool:
    found = reading.constant(world, *given[name]) if name in given else None
    return found is not None and found.value is True


def _backref(world: World, given: dict[str, tuple[n.Expr, Scope]]) -> tuple[str, Arguments, Scope] | None:
    if "backref" not in given:
        return None
    node, scope = given["backref"]
    thing = reading.read(world, node, scope)
    match thing:
        case Const(value=str(name)):
            return name, Arguments([], {}, True), scope
        case Made(name="sa:backref"):
            opened = reading.made_arguments(world, thing)
            first = opened.keywords.get("name") or (opened.positional[0] if opened.positional else None)
            text = reading.text(world, *first) if first is not None else None
            return (text, opened, thing.scope) if text is not None else None
        case _:
            return None


def _text(node: n.Expr) -> str:
    """The target as written."""
    match node:
        case n.Constant(kind="str"):
            return str(node.value)
        case n.Name(id=name):
            return name
        case n.Attribute():
            owner = _text(node.value)
            return f"{owner}.{node.attr}" if owner else node.attr
        case n.Lambda():
            return _text(node.body)
        case _:
            return ""


# ---------------------------------------------------------------------- target


class Found(Struct):
    """The class that a relationship leads to."""

    ref: Ref | None = None
    found: bool | None = None
    """False: certainly nobody has that name. None: it was found, or nobody can say."""
    candidates: tuple[Ref, ...] = ()


def target_of(world: World, ref: Ref, raw: RawRelationship) -> Found:
    """The class that a relationship of the class `ref` leads to."""
    thing = raw.target
    if isinstance(thing, Bound) and thing.node is not None:
        thing = reading.read(world, thing.node.body, thing.scope)
    match thing:
        case names.InProject(kind="class", ref=target):
            return Found(target)
        case Made(name=".map_imperatively" | "sa:mapper", call=call, scope=scope) if call.args:
            mapped = reading.read(world, call.args[0], scope)
            return Found(mapped.ref if isinstance(mapped, names.InProject) else None)
        case Const(value=str(text)):
            return by_name(world, ref, text, raw.scope)
        case Annotation() | Unread():
            return Found(None)
        case Attr(owner=Made(name="flask:SQLAlchemy")) | names.Outside():
            return Found(None)
        case None if raw.held is not None:
            found = hints.target(world, raw.held.inner, raw.held.scope)
            return by_annotation(world, ref, found, raw.held.scope)
        case _:
            return Found(None)


def by_annotation(world: World, ref: Ref, found: hints.Target, scope: Scope) -> Found:
    """The class that an annotation names: as the module sees it, else by the registry's names."""
    if found.node is None:
        return Found(None)
    binding = names.resolve_expression(world, scope.path, found.node, within=scope.function)
    if isinstance(binding, names.InProject) and binding.kind == "class":
        return Found(binding.ref)
    if isinstance(binding, names.Outside):
        return Found(None)
    return by_name(world, ref, found.text, scope)


def by_name(world: World, ref: Ref, text: str, scope: Scope) -> Found:
    """The class that a string means in the registry of the class `ref`."""
    text = text.strip()
    last = text.rsplit(".", 1)[-1]
    if not last.isidentifier():
        return _by_expression(world, ref, text, scope)
    registry = classes.registry_of_class(world, ref)
    every = world.graph.mapped_named(last)
    mine = [each for each in every if _same(world, each, registry)]
    if "." in text and len(mine) > 1:
        module = text.rsplit(".", 1)[0]
        mine = [each for each in mine if world.graph.module_ends(each.path, module)]
    mine, hidden = _in_sight(ref, mine)
    if len(mine) == 1:
        return Found(mine[0])
    if hidden and not mine:
        return Found(None)
    if len(mine) > 1:
        node = expression_from(text)
        binding = names.resolve_expression(world, scope.path, node, within=scope.function) if node is not None else None
        if isinstance(binding, names.InProject) and binding.ref in mine:
            return Found(binding.ref)
        beside = [each for each in mine if each.path == ref.path]
        if len(beside) == 1:
            return Found(beside[0])
        return Found(None, None, tuple(mine))
    if registry is None or not registry.certain:
        sure = [each for each in every if not inner.apart(each.name, ref.name)]
        return Found(sure[0] if len(sure) == 1 else None)
    unsure = world.graph.may_be_mapped(last)
    return Found(None, None if unsure or not classes.standing(world, ref).certain else False)


def _in_sight(ref: Ref, found: list[Ref]) -> tuple[list[Ref], bool]:
    """Of classes of one name, those of the nearest function around `ref` that declares some, else those of modules; and
    whether there are others, which functions declare that may never have run."""
    within = inner.around(ref.name)
    while within:
        mine = [each for each in found if inner.around(each.name) == within]
        if mine:
            return mine, False
        within = inner.around(within)
    mine = [each for each in found if not inner.only_when_called(each.name)]
    return mine, len(mine) < len(found)


def _same(world: World, ref: Ref, registry: registries.RegistryInfo | None) -> bool:
    # Classes whose registry is in a package that is not here are taken for each other's neighbours.
    other = classes.registry_of_class(world, ref)
    return (other.key if other is not None else None) == (registry.key if registry is not None else None)


def _by_expression(world: World, ref: Ref, text: str, scope: Scope) -> Found:
    node = expression_from(text)
    if isinstance(node, n.Name | n.Attribute):
        return by_name(world, ref, names.dotted_name(node) or "", scope)
    if isinstance(node, n.Lambda):
        return by_name(world, ref, names.dotted_name(node.body) or "", scope)
    return Found(None)


# ------------------------------------------------------------------- secondary


def secondary_of(world: World, ref: Ref, raw: RawRelationship) -> rawtables.RawTable | None:
    """The table that a relationship goes through; None where it cannot be found."""
    given = raw.arguments.keywords
    if "link_model" in given and "secondary" not in given:
        thing = reading.read(world, *given["link_model"])
        if isinstance(thing, names.InProject) and thing.kind == "class":
            return world.graph.raw_table(thing.ref)
        return None
    if "secondary" not in given:
        return None
    return table_named(world, ref, reading.read(world, *given["secondary"]))


def table_named(world: World, ref: Ref, thing: Thing) -> rawtables.RawTable | None:
    """The table that something is: a `Table(...)`, a string, a lambda, or a class's `__table__`."""
    if isinstance(thing, Bound) and thing.node is not None:
        thing = reading.read(world, thing.node.body, thing.scope)
    match thing:
        case Made(name=name) if name in rawtables.TABLES:
            return tables.from_call(world, thing)
        case Attr(owner=names.InProject(kind="class", ref=target), name="__table__"):
            return world.graph.raw_table(target)
        case names.InProject(kind="class", ref=target):
            return world.graph.raw_table(target)
        case Attr(owner=Attr(name="tables"), name=key):
            return _by_key(world, ref, key)
        case Const(value=str(text)):
            return _by_text(world, ref, text)
        case _:
            return None


def _by_key(world: World, ref: Ref, key: str) -> rawtables.RawTable | None:
    metadata = classes.metadata_of_class(world, ref)
    found = world.graph.raw_table_by_key(key, metadata.key if metadata is not None else None)
    if found is None and metadata is not None and metadata.schema:
        return world.graph.raw_table_by_key(f"{metadata.schema}.{key}", metadata.key)
    return found


def _by_text(world: World, ref: Ref, text: str) -> rawtables.RawTable | None:
    found = _by_key(world, ref, text)
    if found is not None:
        return found
    node = expression_from(text)
    match node:
        case n.Attribute(value=n.Name(id=name), attr="__table__") | n.Name(id=name):
            target = by_name(world, ref, name, Scope(ref.path, ""))
            return world.graph.raw_table(target.ref) if target.ref is not None else None
        case _:
            return None
