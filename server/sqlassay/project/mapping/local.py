"""Which classes the statements of a function make as it is followed: each call of it makes its own."""

from __future__ import annotations

from zlib import crc32

from sqlassay.facts import inner
from sqlassay.project.mapping.things import UNREAD, Const, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


def declares(world: World, ref: Ref) -> bool:
    """Whether a function declares classes."""
    found: bool = world.memo.cut(("declares", ref), lambda: _declares(world, ref), False)
    return found


def _declares(world: World, ref: Ref) -> bool:
    facts = world.facts(ref.path)
    return facts is not None and inner.written(ref.name) in facts.scopes


def mark_for(receiver: Ref) -> str:
    """The mark of a declared method, as it is called for a class."""
    return _mark("d", receiver.path, receiver.name)


def mark_of_call(call: n.Call, scope: Scope) -> str:
    """The mark of a call, which tells the classes that it makes from those of other calls."""
    return _mark("c", scope.path, scope.anchor, scope.function, str(call.start))


def _mark(kind: str, *parts: str) -> str:
    return f"{kind}{crc32(':'.join(parts).encode()):x}"


def declared(world: World, name: str, scope: Scope) -> Thing:
    """The class that a statement in a function declares."""
    ref = Ref(scope.path, f"{scope.function}{inner.LOCALS}{name}")
    if names.class_fact(world, ref) is None:
        return UNREAD
    world.graph.made_in(ref, scope)
    return names.InProject("class", ref)


def made(world: World, node: n.Call, scope: Scope) -> Thing:
    """The class that a `type(name, bases, dict)` makes."""
    named = world.graph.read(node.args[0], scope)
    if not (isinstance(named, Const) and isinstance(named.value, str) and named.value.isidentifier()):
        return UNREAD
    name = named.value
    tried = [f"{scope.function}{inner.LOCALS}{name}", f"{scope.function}~{node.start}{inner.LOCALS}{name}"]
    for each in tried if scope.function else [name]:
        ref = Ref(scope.path, each)
        fact = names.class_fact(world, ref)
        if fact is not None and fact.start == node.start:
            world.graph.made_in(ref, scope)
            return names.InProject("class", ref)
    return UNREAD
