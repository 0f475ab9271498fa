"""What is counted over all files: mapped classes, tables that variables hold, calls that map, backrefs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from sqlassay.facts.model import ClassFact, ModuleFacts
from sqlassay.project.mapping import classes, columns, reading, registries, running, tables
from sqlassay.project.mapping.things import UNREAD, Attr, Made, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


class Mapped(Struct):
    """Every mapped class of the project."""

    refs: tuple[Ref, ...]
    by_name: dict[str, tuple[Ref, ...]] = field(default_factory=dict)
    children: dict[Ref, tuple[Ref, ...]] = field(default_factory=dict)
    """Direct subclasses, by the mapped class above them."""
    unsure: frozenset[str] = frozenset()
    """Names of classes that may be mapped: a base of theirs is not known, or a function makes them."""
    open: bool = False
    """A class may be mapped that we do not see at all (automap)."""


_MAPPERS = frozenset(("map_imperatively", "mapper"))


def imperative(world: World) -> dict[Ref, Made]:
    """The calls that map classes, by class."""
    out: dict[Ref, Made] = {}
    for facts in world.all_facts():
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
            if (
                isinstance(value, n.Call)
                and isinstance(value.func, n.Attribute | n.Name)
                and _last(value.func) in _MAPPERS
            ):
                made = reading.read(world, value, Scope(facts.path, variable.anchor))
                if isinstance(made, Made):
                    _add(world, made, out)
    return out


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


def mapped(world: World) -> Mapped:
    """Count the mapped classes."""
    out = Mapped(())
    refs: list[Ref] = []
    by_name: dict[str, list[Ref]] = {}
    children: dict[Ref, list[Ref]] = {}
    unsure: set[str] = set()
    imperatively = world.graph.imperatives()
    for facts in world.all_facts():
        for qualname, fact in facts.classes.items():
            ref = Ref(facts.path, qualname)
            if not fact.bases and not fact.decorators and not fact.keywords and ref not in imperatively:
                continue
            role = classes.standing(world, ref)
            if role.mapped:
                refs.append(ref)
                by_name.setdefault(qualname.rsplit(".", 1)[-1], []).append(ref)
                if role.parent is not None:
                    children.setdefault(role.parent, []).append(ref)
                if not role.certain and role.registry is None:
                    unsure.add(qualname.rsplit(".", 1)[-1])
            elif not role.certain:
                unsure.add(qualname.rsplit(".", 1)[-1])
            out.open = out.open or role.flavour == "automap"
    out.refs = tuple(refs)
    out.by_name = {name: tuple(found) for name, found in by_name.items()}
    out.children = {ref: tuple(found) for ref, found in children.items()}
    out.unsure = frozenset(unsure)
    return out


def held_tables(world: World) -> tuple[tuple[Ref, Made], ...]:
    """The `Table(...)` calls that module variables hold, and those made for their effect."""
    out: list[tuple[Ref, Made]] = []
    for facts in world.all_facts():
        for name, variable in facts.variables.items():
            if not _may_make_table(variable.value) or "." in name:
                continue
            made = reading.variable(world, Ref(facts.path, name))
            if isinstance(made, Made) and made.name in tables.TABLES and made.scope.path == facts.path:
                out.append((Ref(facts.path, name), made))
        for each in facts.calls:
            if not each.function and _may_make_table(each.call):
                thing = reading.read(world, each.call, Scope(facts.path, each.anchor))
                if isinstance(thing, Made) and thing.name in tables.TABLES:
                    out.append((Ref(facts.path, each.anchor), thing))
    return tuple(out)


def _may_make_table(value: n.Expr | None) -> bool:
    match value:
        case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)):
            return name.endswith(("Table", "table")) and name != "create_table"
        case _:
            return False


def open_metadata(world: World) -> frozenset[str]:
    """The MetaData that may hold tables nobody sees: reflected ones, and tables that functions make."""
    out: set[str] = set()
    for facts in world.all_facts():
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
    return frozenset(out)


def table_names(world: World) -> frozenset[str]:
    """The plain names of all tables that some code declares as literals, mapped or not."""
    out: set[str] = set()
    for facts in world.all_facts():
        for fact in facts.classes.values():
            for attribute in fact.attributes:
                if attribute.name == "__tablename__" and isinstance(attribute.value, n.Constant):
                    out.add(str(attribute.value.value))
        for each in facts.calls:
            if each.call.args and isinstance(each.call.args[0], n.Constant):
                out.add(str(each.call.args[0].value))
    return frozenset(out)


def indexes(world: World) -> dict[Ref, tuple[Made, ...]]:
    """The `Index(...)` calls of modules, by the class or table variable whose columns they name."""
    out: dict[Ref, list[Made]] = {}
    for facts in world.all_facts():
        calls: list[tuple[n.Call, str]] = [(each.call, each.anchor) for each in facts.calls if not each.function]
        calls += [(each.value, each.anchor) for each in facts.variables.values() if isinstance(each.value, n.Call)]
        for call, anchor in calls:
            if not (isinstance(call.func, n.Name | n.Attribute) and _last(call.func) == "Index"):
                continue
            made = reading.read(world, call, Scope(facts.path, anchor))
            if isinstance(made, Made) and made.name == "sa:Index":
                owner = _indexed(world, made)
                if owner is not None:
                    out.setdefault(owner, []).append(made)
    return {ref: tuple(found) for ref, found in out.items()}


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
            case _:
                continue
    return None


def with_backrefs(world: World, every: tuple[Ref, ...]) -> Iterator[Ref]:
    """The mapped classes of which some relationship may have a `backref=`."""
    found: dict[Ref, bool] = {}
    for ref in every:
        for each in classes.line(world, ref).refs:
            if each not in found:
                fact = names.class_fact(world, each)
                found[each] = fact is not None and _may_have_backref(world, each, fact)
            if found[each]:
                yield ref
                break


def _may_have_backref(world: World, ref: Ref, fact: ClassFact) -> bool:
    if any(_has_backref(each.value) for each in fact.attributes):
        return True
    for name in fact.methods:
        method = names.function_fact(world, Ref(ref.path, f"{ref.name}.{name}"))
        if method is None or not running.decorated(method, "declared_attr", "cascading"):
            continue
        body = world.function_node(Ref(ref.path, method.qualname))
        if body is not None and any(isinstance(each, n.Return) and _has_backref(each.value) for each in body.body):
            return True
    facts = world.facts(ref.path)
    prefix = f"{ref.name}."
    return facts is not None and any(
        name.startswith(prefix) and _has_backref(each.value) for name, each in facts.variables.items() if "." in name
    )


def _has_backref(value: Any) -> bool:
    if not isinstance(value, n.Call):
        return False
    return any(each.name in ("backref", "sa_relationship_kwargs") for each in value.keywords)
