"""Listeners that give classes attributes as they are mapped: `@event.listens_for(Named, "mapper_configured")`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.model import FunctionFact, ModuleFacts
from sqlassay.project.mapping import reading, running
from sqlassay.project.mapping.things import UNREAD, Made, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

_EVENTS = frozenset(("mapper_configured", "before_mapper_configured", "instrument_class"))
"""Events of mappers that happen once for each class; the listener is given the mapper and the class."""

Listener = tuple[Ref, bool]
"""The function, and whether it is called for subclasses too."""


def listeners(world: World, facts: ModuleFacts) -> tuple[tuple[Ref, Listener], ...]:
    """The listeners of a file's module, by the class that they listen to."""
    out: list[tuple[Ref, Listener]] = []
    for name, fact in facts.functions.items():
        for decorator in fact.decorators if "." not in name else ():
            match decorator:
                case n.Call(args=(target, n.Constant(value=str(event)), *_)) if event in _EVENTS:
                    found = _listener(world, Ref(facts.path, name), fact, decorator, target)
                    if found is not None:
                        out.append(found)
    return tuple(out)


def _listener(
    world: World, ref: Ref, fact: FunctionFact, decorator: n.Call, target: n.Expr
) -> tuple[Ref, Listener] | None:
    binding = names.resolve_expression(world, ref.path, decorator.func)
    if not (isinstance(binding, names.Outside) and canonical(binding.name).endswith("listens_for")):
        return None
    scope = Scope(ref.path, fact.anchor)
    heard = reading.read(world, target, scope)
    given = next((each.value for each in decorator.keywords if each.name == "propagate"), None)
    propagate = reading.constant(world, given, scope)
    if not isinstance(heard, names.InProject) or heard.kind != "class":
        return None
    return heard.ref, (ref, propagate is not None and propagate.value is True)


def given_by(world: World, ref: Ref) -> Iterator[tuple[str, Made, Scope]]:
    """What listeners assign to attributes of the class `ref`: name, what is assigned, and the listener's scope."""
    for function in world.graph.listening(ref):
        fact = names.function_fact(world, function)
        node = world.function_node(function)
        if fact is None or node is None or len(fact.params) < 2:
            continue
        mapper, class_ = fact.params[0].name, fact.params[1].name
        bound: dict[str, Thing] = {mapper: UNREAD, class_: names.InProject("class", ref)}
        scope = Scope(function.path, fact.anchor, None, bound, function.name)
        running.run(world, node.body, scope)
        for name, thing in list(scope.names.items()):
            owner, _, attribute = name.partition(".")
            if owner == class_ and attribute and isinstance(thing, Made):
                yield attribute, thing, scope
