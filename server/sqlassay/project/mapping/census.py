"""What is counted over all files: mapped classes, tables that variables hold, calls that map, backrefs."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct, field

from sqlassay.facts.model import ModuleFacts
from sqlassay.project.mapping import classes, columns, lineage, making, rawtables, reading, registries, running, tables
from sqlassay.project.mapping.registries import MetaDataInfo
from sqlassay.project.mapping.things import UNREAD, Attr, Made, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


class Standings(Struct):
    """How the classes of one file stand to the mapper."""

    mapped: tuple[tuple[Ref, Ref | None], ...]
    """The mapped ones, each with the mapped class above it."""
    unsure: tuple[str, ...]
    """Names of those that may be mapped: a base of theirs is not known."""
    open: bool = False
    """A class may be mapped that nobody sees at all (automap)."""


class Mapped(Struct):
    """Every mapped class of the project."""

    refs: tuple[Ref, ...]
    by_name: dict[str, tuple[Ref, ...]] = field(default_factory=dict)
    children: dict[Ref, tuple[Ref, ...]] = field(default_factory=dict)
    """Direct subclasses, by the mapped class above them."""
    unsure: frozenset[str] = frozenset()
    open: bool = False


_MAPPERS = frozenset(("map_imperatively", "mapper"))


def imperative(world: World, facts: ModuleFacts) -> tuple[tuple[Ref, Made], ...]:
    """The calls of a file that map classes, by class."""
    out: dict[Ref, Made] = {}
    for each in facts.calls:
        func = each.call.func
        if not (isinstance(func, n.Attribute | n.Name) and _last(func) in _MAPPERS and each.call.args):
            continue
        scope = _scope_of_call(world, facts, each.anchor, each.function)
        made = reading.read(world, each.call, scope)
        if isinstance(made, Made) and made.name in (".map_imperatively", "sa:mapper", ".mapper"):
            _add(world, made, out)
    for variable in facts.variables.values():
        value = variable.value
        if isinstance(value, n.Call) and isinstance(value.func, n.Attribute | n.Name) and _last(value.func) in _MAPPERS:
            made = reading.read(world, value, Scope(facts.path, variable.anchor))
            if isinstance(made, Made):
                _add(world, made, out)
    return tuple(out.items())


def _add(world: World, made: Made, out: dict[Ref, Made]) -> None:
    opened = reading.made_arguments(world, made)
    given = opened.keywords.get("class_") or (opened.positional[0] if opened.positional else None)
    if given is None:
        return
    thing = reading.read(world, *given)
    if isinstance(thing, names.InProject) and thing.kind == "class":
        out.setdefault(thing.ref, made)


def _scope_of_call(world: World, facts: ModuleFacts, anchor: str, function: str) -> Scope:
    """The scope of a call in a function, with what the function assigns before it."""
    scope = Scope(facts.path, anchor, function=function)
    node = world.function_node(Ref(facts.path, function)) if function else None
    for each in node.body if node is not None else ():
        if isinstance(each, n.Assign):
            for target in each.targets:
                if isinstance(target, n.Name):
                    scope.names[target.id] = reading.read(world, each.value, scope)
    return scope


def _last(func: n.Attribute | n.Name) -> str:
    return func.attr if isinstance(func, n.Attribute) else func.id


def standings(world: World, facts: ModuleFacts) -> Standings:
    """How the classes of a file stand to the mapper."""
    refs: list[tuple[Ref, Ref | None]] = []
    unsure: list[str] = []
    opened = False
    for qualname, fact in facts.classes.items():
        ref = Ref(facts.path, qualname)
        if facts.scopes and making.superseded(facts, qualname):
            continue
        if not fact.bases and not fact.decorators and not fact.keywords and world.graph.imperative(ref) is None:
            continue
        role = classes.standing(world, ref)
        opened = opened or role.flavour == "automap"
        if role.mapped:
            refs.append((ref, role.parent))
        if not role.certain and (role.registry is None or not role.mapped):
            unsure.append(qualname.rsplit(".", 1)[-1])
    return Standings(tuple(refs), tuple(unsure), opened)


def standings_of(world: World, made: Iterable[Ref]) -> Standings:
    """How classes that calls make stand to the mapper."""
    roles = [(ref, classes.standing(world, ref)) for ref in made]
    unsure = [ref.name.rsplit(".", 1)[-1] for ref, role in roles if not role.certain and not role.mapped]
    return Standings(tuple((ref, role.parent) for ref, role in roles if role.mapped), tuple(unsure))


def mapped(parts: Iterable[Standings], without: Container[Ref] = ()) -> Mapped:
    """The mapped classes of all files, `without` those of functions whose calls were followed."""
    refs: list[Ref] = []
    by_name: dict[str, list[Ref]] = {}
    children: dict[Ref, list[Ref]] = {}
    unsure: set[str] = set()
    opened = False
    for part in parts:
        unsure.update(part.unsure)
        opened = opened or part.open
        for ref, parent in part.mapped:
            if ref in without:
                continue
            refs.append(ref)
            by_name.setdefault(ref.name.rsplit(".", 1)[-1], []).append(ref)
            if parent is not None:
                children.setdefault(parent, []).append(ref)
    return Mapped(
        tuple(refs),
        {name: tuple(found) for name, found in by_name.items()},
        {ref: tuple(found) for ref, found in children.items()},
        frozenset(unsure),
        opened,
    )


def held_tables(world: World, facts: ModuleFacts) -> tuple[tuple[Ref, Made], ...]:
    """The `Table(...)` calls that the variables of a file hold, and those made for their effect."""
    out: list[tuple[Ref, Made]] = []
    for name, variable in facts.variables.items():
        if not _may_make_table(variable.value) or "." in name:
            continue
        made = reading.variable(world, Ref(facts.path, name))
        if isinstance(made, Made) and made.name in rawtables.TABLES and made.scope.path == facts.path:
            out.append((Ref(facts.path, name), made))
    for each in facts.calls:
        if not each.function and _may_make_table(each.call):
            thing = reading.read(world, each.call, Scope(facts.path, each.anchor))
            if isinstance(thing, Made) and thing.name in rawtables.TABLES:
                out.append((Ref(facts.path, each.anchor), thing))
    return tuple(out)


def _may_make_table(value: n.Expr | None) -> bool:
    match value:
        case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)):
            return name.endswith(("Table", "table")) and name != "create_table"
        case _:
            return False


def open_metadata(world: World, facts: ModuleFacts) -> tuple[str, ...]:
    """The MetaData that may hold tables nobody sees.

    Reflected ones, those that functions put tables into, and those of tables whose names cannot be read.
    """
    out: set[str] = {made.key for made in _unnamed(world, facts)}
    for each in facts.calls:
        func = each.call.func
        if not isinstance(func, n.Attribute | n.Name) or _last(func) not in ("reflect", "Table", "prepare"):
            continue
        if _last(func) == "Table" and not each.function:
            continue
        scope = Scope(facts.path, each.anchor)
        thing: Thing
        if _last(func) == "Table":
            thing = reading.read(world, each.call.args[1], scope) if len(each.call.args) > 1 else UNREAD
        else:
            thing = reading.read(world, func.value, scope) if isinstance(func, n.Attribute) else UNREAD
        known = registries.metadata_of(world, thing)
        if known is not None:
            out.add(known.key)
    return tuple(sorted(out))


def _unnamed(world: World, facts: ModuleFacts) -> Iterator[MetaDataInfo]:
    """The MetaData of tables of the module level whose names nobody can read: those that a loop makes, say."""
    for _, made in held_tables(world, facts):
        opened = reading.made_arguments(world, made)
        name, *rest = (opened.keywords.get("name"), *opened.positional)
        given = name or (rest.pop(0) if rest else None)
        if given is None or reading.text(world, *given) is not None:
            continue
        holder = opened.keywords.get("metadata") or (rest[0] if rest else None)
        known = registries.metadata_of(world, reading.read(world, *holder)) if holder is not None else None
        if known is not None:
            yield known


def table_names(_world: World, facts: ModuleFacts) -> tuple[str, ...]:
    """The plain names of all tables that a file declares as literals, mapped or not."""
    out: set[str] = set()
    for fact in facts.classes.values():
        for attribute in fact.attributes:
            if attribute.name == "__tablename__" and isinstance(attribute.value, n.Constant):
                out.add(str(attribute.value.value))
    for each in facts.calls:
        if each.call.args and isinstance(each.call.args[0], n.Constant):
            out.add(str(each.call.args[0].value))
    return tuple(sorted(out))


def indexes(world: World, facts: ModuleFacts) -> tuple[tuple[Ref, Made], ...]:
    """The `Index(...)` calls of a file, by the class whose columns they name."""
    out: list[tuple[Ref, Made]] = []
    calls: list[tuple[n.Call, str]] = [(each.call, each.anchor) for each in facts.calls if not each.function]
    calls += [(each.value, each.anchor) for each in facts.variables.values() if isinstance(each.value, n.Call)]
    for call, anchor in calls:
        if not (isinstance(call.func, n.Name | n.Attribute) and _last(call.func) == "Index"):
            continue
        made = reading.read(world, call, Scope(facts.path, anchor))
        if isinstance(made, Made) and made.name == "sa:Index":
            owner = _indexed(world, made)
            if owner is not None:
                out.append((owner, made))
    return tuple(out)


def _indexed(world: World, made: Made) -> Ref | None:
    for node, scope in reading.made_arguments(world, made).positional[1:]:
        thing: Thing = reading.read(world, node, scope)
        named = columns.named_by(thing)
        if named is None:
            continue
        match named[0]:
            case names.InProject(kind="class", ref=ref):
                return ref
            case Attr(owner=names.InProject(kind="class", ref=ref), name="__table__"):
                return ref
            case Made(name=name) if name in rawtables.TABLES:
                return tables.indexed(named[0])
            case _:
                continue
    return None


def may_have_backref(world: World, ref: Ref) -> bool:
    """Whether some relationship of a mapped class may have a `backref=`: few have, and the others are not read."""
    if world.graph.imperative(ref) is not None or world.graph.listening(ref):
        return True
    for each in lineage.line(world, ref).refs:
        found: bool = world.memo.of(("may backref", each), partial(_may_have_backref, world, each), False)
        if found:
            return True
    return False


def _may_have_backref(world: World, ref: Ref) -> bool:
    fact = names.class_fact(world, ref)
    if fact is None:
        return False
    if any(_has_backref(each.value) for each in fact.attributes):
        return True
    for name in fact.methods:
        method = names.function_fact(world, Ref(ref.path, f"{ref.name}.{name}"))
        if method is None or not running.decorated(method, "declared_attr", "cascading"):
            continue
        body = world.function_node(Ref(ref.path, method.qualname))
        if body is not None and any(isinstance(each, n.Return) and _has_backref(each.value) for each in body.body):
            return True
    return any(_has_backref(each.value) for each in lineage.later(world, ref))


def _has_backref(value: Any) -> bool:
    if not isinstance(value, n.Call):
        return False
    return any(each.name in ("backref", "sa_relationship_kwargs") for each in value.keywords)
