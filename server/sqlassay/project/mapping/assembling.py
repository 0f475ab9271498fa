"""Puts models and tables together from their parts: inherited attributes, resolved keys, directed relationships."""

from __future__ import annotations

from msgspec.structs import replace

from sqlassay.facts.model import ClassFact
from sqlassay.project.mapping import (
    bodies,
    classes,
    declaring,
    joins,
    lineage,
    linking,
    reading,
    relating,
    specials,
    tables,
    watching,
)
from sqlassay.project.mapping.joins import Join, Side
from sqlassay.project.mapping.mentions import mentions
from sqlassay.project.mapping.rawrelationships import RawRelationship
from sqlassay.project.mapping.rawtables import RawTable
from sqlassay.project.mapping.things import Attr, Const, Map
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.models import (
    ModelInfo,
    OtherInfo,
    Pair,
    Plain,
    RelationshipInfo,
)
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_REVERSED = {"one-to-many": "many-to-one", "many-to-one": "one-to-many", "many-to-many": "many-to-many"}


def inheritance(world: World, ref: Ref) -> str | None:
    """How a mapped class inherits from the mapped class above it: single, joined or concrete; None where it does not,
    or nobody can say."""
    role = classes.standing(world, ref)
    if role.parent is None or not role.mapped:
        return None
    if role.concrete or _concrete(world, ref):
        return "concrete"
    if specials.special(world, ref, "__table__") is not None or role.imperative is not None:
        return "joined" if tables.table_call(world, ref) is not None else None
    name = specials.table_name(world, ref)
    if not isinstance(name, Const):
        return None
    return "joined" if isinstance(name.value, str) else "single"


def _concrete(world: World, ref: Ref) -> bool:
    arguments = specials.special(world, ref, "__mapper_args__")
    given = arguments.entry("concrete") if isinstance(arguments, Map) else None
    found = reading.constant(world, *given) if given is not None else None
    return found is not None and found.value is True


# ----------------------------------------------------------------------- models


def model(world: World, ref: Ref) -> ModelInfo | None:
    """What is known of a class; None where it has nothing to do with the mapper."""
    found: ModelInfo | None = world.memo.cut(("model", ref), lambda: _model(world, ref), None, watching.differs)
    return found


def _model(world: World, ref: Ref) -> ModelInfo | None:
    fact = names.class_fact(world, ref)
    if fact is None:
        return None
    role = classes.standing(world, ref)
    body = bodies.body_of(world, ref)
    if not role.descends and not role.base and not body.columns and not body.relationships:
        return None
    line = lineage.line(world, ref)
    raw = world.graph.raw_table(ref) if role.mapped else None
    parent = model(world, role.parent) if role.parent is not None else None
    last = ref.name.rsplit(".", 1)[-1]
    registry = role.registry
    metadata = classes.metadata_of_class(world, ref) if role.descends or role.base else None
    out = ModelInfo(
        ref,
        raw.name if raw is not None else None,
        role.mapped,
        role.base,
        role.certain and line.whole and not body.dynamic and not role.reflected,
        role.flavour,
        {},
        {},
        {},
        _table_args(fact),
        line.refs[1:],
        Place(ref.path, fact.anchor, fact.name_start, fact.name_start + len(last.encode())),
        raw.key if raw is not None else None,
        raw.schema if raw is not None else None,
        metadata.key if metadata is not None else "",
        registry.key if registry is not None else "",
        role.parent if role.mapped else None,
        inheritance(world, ref),
    )
    if parent is not None:
        out.certain = out.certain and parent.certain
        out.columns.update(parent.columns)
        out.relationships.update(parent.relationships)
        out.others.update(parent.others)
    renamed = _columns(world, ref, role, raw, body, out)
    for name, other in body.others.items():
        if name in renamed or (other.place is None and (name in out.columns or name in out.relationships)):
            # `self.state = ...` in a method gives a value to the column above it.
            continue
        _hide(out, name)
        out.others[name] = other
    for name, relationship in body.relationships.items():
        _hide(out, name)
        out.relationships[name] = _relationship(world, ref, relationship, role.mapped)
    if role.mapped:
        _imperative(world, ref, role, out)
        seen: set[str] = set()
        for each in world.graph.backrefs(ref):
            if each.name not in out.columns and each.name not in body.relationships and each.name not in seen:
                seen.add(each.name)
                out.relationships[each.name] = each
        out.tables = tuple(each.key for each in side(world, ref).tables)
        out.primary_key = tuple(name for name, each in out.columns.items() if each.primary_key)
        _mapper_args(world, ref, out)
    return out


def _hide(out: ModelInfo, name: str) -> None:
    out.columns.pop(name, None)
    out.relationships.pop(name, None)
    out.others.pop(name, None)


def _table_args(fact: ClassFact) -> n.Expr | None:
    return next((each.value for each in fact.attributes if each.name == "__table_args__"), None)


def _columns(
    world: World, ref: Ref, role: classes.Standing, raw: RawTable | None, body: bodies.Body, out: ModelInfo
) -> dict[str, str]:
    """Put the columns in; gives the attributes that the class gives to columns of its `__table__`."""
    named: dict[str, str] = {}
    own = tables.own_table(world, ref) if role.mapped else None
    if own is not None and own.declared == "Table":
        columns = linking.linked(world, own)
        named = _renamed(world, ref, own)
        renamed = {column: name for name, column in named.items()}
        for name, info in columns.items():
            attribute = renamed.get(name, own.columns[name].key or name)
            _hide(out, attribute)
            out.columns[attribute] = info
    if raw is None:
        for name, column in body.columns.items():
            _hide(out, name)
            out.columns[name] = linking.unlinked(column)
        return named
    columns = linking.linked(world, raw)
    for name, column in body.columns.items():
        found = columns.get(column.info.name) or columns.get(raw.by_key(column.info.name))
        _hide(out, name)
        out.columns[name] = found if found is not None else linking.unlinked(column)
    return named


def _renamed(world: World, ref: Ref, own: RawTable) -> dict[str, str]:
    """Attributes of a class with a `__table__` that name a column of it: `id = __table__.c.user_id`."""
    out: dict[str, str] = {}
    fact = names.class_fact(world, ref)
    for attribute in fact.attributes if fact is not None else ():
        if isinstance(attribute.value, n.Attribute | n.Subscript):
            thing = reading.read(world, attribute.value, reading.class_scope(world, ref))
            if isinstance(thing, Attr) and isinstance(thing.owner, Attr) and thing.owner.name in ("c", "columns"):
                out[attribute.name] = own.by_key(thing.name)
    return out


def _imperative(world: World, ref: Ref, role: classes.Standing, out: ModelInfo) -> None:
    """What `map_imperatively(..., properties=...)` adds."""
    if role.imperative is None:
        return
    raw = world.graph.raw_table(ref)
    columns = linking.linked(world, raw) if raw is not None else {}
    for name, found in declaring.imperative(world, ref, role.imperative):
        if isinstance(found, OtherInfo) and found.kind == "column property" and isinstance(found.node, n.Call):
            found = declaring.only_column(world, found.node, ref) or found
        if isinstance(found, Attr) and raw is not None:
            column = raw.by_key(found.name)
            if column in columns:
                for attribute in [key for key, each in out.columns.items() if each.name == column]:
                    del out.columns[attribute]
                out.columns[name] = columns[column]


def _mapper_args(world: World, ref: Ref, out: ModelInfo) -> None:
    arguments = specials.special(world, ref, "__mapper_args__")
    if not isinstance(arguments, Map):
        if arguments is None:
            above = model(world, out.inherits) if out.inherits is not None else None
            out.polymorphic_on = above.polymorphic_on if above is not None else None
        return
    out.mapper_args = {key.value: node for key, node, _ in arguments.entries if isinstance(key, Const)}
    given = arguments.entry("polymorphic_identity")
    if given is not None:
        found = reading.constant(world, *given)
        value: Plain = found.value if found is not None and not isinstance(found.value, tuple) else None
        out.polymorphic_identity = value
    given = arguments.entry("polymorphic_on")
    if given is not None:
        thing = reading.read(world, *given)
        if isinstance(thing, Const) and isinstance(thing.value, str):
            out.polymorphic_on = thing.value
        elif isinstance(thing, Attr):
            out.polymorphic_on = thing.name
    elif out.inherits is not None:
        above = model(world, out.inherits)
        out.polymorphic_on = above.polymorphic_on if above is not None else None
    for name in ("exclude_properties", "include_properties"):
        given = arguments.entry(name)
        if given is None:
            continue
        items, whole = reading.items(world, *given)
        texts = {reading.text(world, *each) for each in items}
        if whole and None not in texts:
            for attribute in list(out.columns):
                if (attribute in texts) == (name == "exclude_properties"):
                    del out.columns[attribute]


# ----------------------------------------------------------------- relationships


def side(world: World, ref: Ref) -> Side:
    """The tables that a class is loaded from, its own first."""
    out: list[RawTable] = []
    current: Ref | None = ref
    while current is not None:
        own = tables.own_table(world, current)
        if own is not None and not any(own is each for each in out):
            out.append(own)
        if inheritance(world, current) not in ("single", "joined"):
            break
        current = classes.standing(world, current).parent
    return Side(ref, out)


def _relationship(world: World, ref: Ref, raw: RawRelationship, mapped: bool) -> RelationshipInfo:
    """A relationship of the class `ref`, its target found and its direction determined."""
    info = replace(raw.info, parent=ref)
    found = relating.target_of(world, ref, raw)
    info.target, info.target_found, info.candidates = found.ref, found.found, found.candidates
    secondary = relating.secondary_of(world, ref, raw) if info.secondary else None
    info.secondary_table = secondary.key if secondary is not None else None
    if info.secondary:
        info.direction = "many-to-many"
    if mapped:
        _direct(world, ref, raw, info)
        info.mentions = mentions(world, ref, raw)
    if info.uselist is None and info.direction is not None:
        info.uselist = info.direction != "many-to-one"
    if info.lazy in ("dynamic", "write_only"):
        info.uselist = True
    return info


def _direct(world: World, ref: Ref, raw: RawRelationship, info: RelationshipInfo) -> None:
    target = info.target
    here = side(world, ref)
    there = side(world, target) if target is not None else None
    if there is None or not here.tables or not there.tables:
        info.join = "unknown"
        return
    join: Join = joins.determine(world, ref, raw, here, there)
    info.direction = join.direction or info.direction
    info.pairs, info.join, info.self_referential = join.pairs, join.how, join.self_referential


def backrefs_of(world: World, ref: Ref) -> tuple[RelationshipInfo, ...]:
    """The relationships that `backref=`s of a class put on others (`parent` says on which)."""
    return tuple(
        _mirror(world, ref, raw, made)
        for raw in bodies.body_of(world, ref).relationships.values()
        if raw.backref is not None and (made := _relationship(world, ref, raw, True)).target is not None
    )


def _mirror(world: World, ref: Ref, raw: RawRelationship, made: RelationshipInfo) -> RelationshipInfo:
    """The relationship that a backref puts on the other side."""
    assert raw.backref is not None
    name, opened, _ = raw.backref
    given = opened.keywords
    uselist = reading.constant(world, *given["uselist"]) if "uselist" in given else None
    direction = _REVERSED.get(made.direction or "")
    known: bool | None = uselist.value if uselist is not None and isinstance(uselist.value, bool) else None
    if known is None and direction is not None:
        known = direction != "many-to-one"
    lazy = relating.lazy_of(world, given, opened.whole)
    if lazy in ("dynamic", "write_only"):
        known = True
    keywords = {key: node for key, (node, _) in given.items()}
    cascade = reading.text(world, *given["cascade"]) if "cascade" in given else None
    return RelationshipInfo(
        name,
        made.target or ref,
        ref,
        ref.name,
        lazy,
        known,
        direction,
        made.name,
        None,
        made.secondary,
        cascade,
        made.viewonly,
        keywords,
        None,
        made.place,
        made.call,
        made_by_backref=True,
        secondary_table=made.secondary_table,
        other_side=made.name,
        pairs=tuple(Pair(each.remote, each.local) for each in made.pairs),
        join=made.join,
        self_referential=made.self_referential,
        order_by=keywords.get("order_by"),
        parent=made.target,
        certain=made.certain and opened.whole,
    )
