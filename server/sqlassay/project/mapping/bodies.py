"""What class bodies declare: the attributes that a class brings to its mapper, those of mixins too."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from sqlassay.facts.model import FunctionFact
from sqlassay.project.mapping import classes, declaring, libraries, lineage, running
from sqlassay.project.mapping.columns import RawColumn
from sqlassay.project.mapping.rawrelationships import RawRelationship
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.models import OtherInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class Body(Struct):
    """The attributes that a class brings to its mapper, by name."""

    columns: dict[str, RawColumn] = field(default_factory=dict)
    relationships: dict[str, RawRelationship] = field(default_factory=dict)
    others: dict[str, OtherInfo] = field(default_factory=dict)
    dynamic: bool = False
    """Something in the bodies cannot be said by facts."""

    def put(self, name: str, found: declaring.Declared) -> None:
        if isinstance(found, RawColumn):
            self.columns[name] = found
        elif isinstance(found, RawRelationship):
            self.relationships[name] = found
        else:
            self.dynamic = self.dynamic or found.kind == "unread"
            self.others[name] = found


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
    mixed: dict[str, declaring.Declared] = {}
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
                found: declaring.Declared | None = declaring.declared(world, ref, each, name, made, role)
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
        for name, found in declaring.assigned_later(world, ref, role):
            taken.add(name)
            out.put(name, found)
    if role.mapped:
        for name, found in declaring.given_by_listeners(world, ref, role):
            taken.add(name)
            mixed.pop(name, None)
            out.put(name, found)
    for name, found in mixed.items():
        out.put(name, found)
    taken |= bare
    _from_libraries(world, ref, line, above, taken, out)
    if role.imperative is not None:
        for name, mapped in declaring.imperative(world, ref, role.imperative):
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
            case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)) if declaring.is_maker(name):
                return True
        match attribute.annotation:
            case n.Subscript(value=n.Name(id=name) | n.Attribute(attr=name)) if name.endswith("Mapped"):
                return True
            case n.Constant(value=str(text)) if "Mapped[" in text:
                return True
    return any(
        running.decorated(method, *declaring.DECLARED)
        for name in fact.methods
        if (method := names.function_fact(world, Ref(ref.path, f"{ref.name}.{name}"))) is not None and method.decorators
    )


_Entry = tuple[str, "declaring.Declared | FunctionFact | None"]


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
            yield from declaring.attribute(world, owner, attribute, role)
    for name in fact.methods:
        method = names.function_fact(world, Ref(owner.path, f"{owner.name}.{name}"))
        if method is not None:
            yield name, method if declaring.is_declared(name, method) else declaring.method(owner, name, method)
