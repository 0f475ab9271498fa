"""Which sessions a coroutine uses, by their names where it was called.

A coroutine that is a value says with what it was called (`values.Run`). Only where it runs beside another is the
function behind it walked, for what it awaits of sessions that it was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlassay.facts.collect import own_expressions
from sqlassay.facts.model import FunctionFact
from sqlassay.semantics import names, signatures
from sqlassay.semantics import values as v
from sqlassay.semantics.flow import rebound_in
from sqlassay.semantics.frame import Frame, Unit
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

_DEPTH = 3
"""Coroutines of the project walked for their sessions, one inside the other."""


def sessions_used(self: Evaluator, run: v.Run) -> frozenset[str]:
    """The names, where the call stands, of the sessions given there that the coroutine awaits something of."""
    if run.method:
        stable = run.session and run.owner and _stays(self, run.owner)
        return frozenset([run.owner]) if stable else frozenset()
    if self.frame.depth >= _DEPTH or self.calls_left <= 0:
        return frozenset()
    match run.callee:
        case v.FunctionValue(ref=ref, bound=bound):
            return _of_function(self, run, ref, bound)
        case v.LocalFunction(key=key):
            return _of_local(self, run, key)
        case _:
            return frozenset()


def _of_function(self: Evaluator, run: v.Run, ref: Ref, bound: v.Value | None) -> frozenset[str]:
    fact = names.function_fact(self.world, ref)
    if fact is None or not fact.is_async or fact.is_generator:
        return frozenset()
    params = [each.name for each in fact.params if each.kind in ("positional", "positional-only")]
    has_self = "." in fact.qualname and bound is not None and not signatures.is_static(fact)
    spelled = dict(zip(params[1:] if has_self else params, run.names, strict=False))
    if has_self and params:
        spelled[params[0]] = run.owner
    values = dict(zip(params[1:] if has_self else params, run.args, strict=False))
    for name, value, dotted in run.keywords:
        spelled[name], values[name] = dotted, value
    given = {name: value for name, value in values.items() if _is_worth_giving(value)}
    key = ("sessions used", ref, bound, tuple(sorted(given.items(), key=lambda each: each[0])))
    found: frozenset[str] = self.world.memo.fleeting(key, lambda: _walk(self, ref, bound, given), frozenset())
    return _renamed(found, spelled)


def _is_worth_giving(value: v.Value) -> bool:
    return isinstance(value, v.Session | v.Instance | v.FunctionValue)


def _renamed(found: Iterable[str], spelled: Mapping[str, str]) -> frozenset[str]:
    """Names of a function's sessions in the words of its caller; those that have none there are its own affair."""
    out = set()
    for name in found:
        root, dot, rest = name.partition(".")
        if spelled.get(root):
            out.add(f"{spelled[root]}{dot}{rest}")
    return frozenset(out)


def _walk(self: Evaluator, ref: Ref, bound: v.Value | None, given: Mapping[str, v.Value]) -> frozenset[str]:
    from sqlassay.semantics import scopes

    body = self.world.body(ref)
    if body is None or _locks_by_hand(body.node):
        return frozenset()
    self.calls_left -= 1
    cls = Ref(ref.path, ref.name.rsplit(".", 1)[0]) if "." in ref.name else None

    def setup(frame: Frame) -> None:
        frame.touches = set()
        scopes.bind_parameters(self, body.node, bound, {k: scopes.given(each) for k, each in given.items()}, cls)

    frame = self.walk_quietly(Unit(ref.path, body.anchor, body.node, body.base), body.node, ref.name, cls, setup)
    params = {each.name for each in body.node.params} - rebound_in(body.node)
    return frozenset(name for name in frame.touches or () if name.partition(".")[0] in params)


def _of_local(self: Evaluator, run: v.Run, key: int) -> frozenset[str]:
    """A function inside the one being walked: what it has from there keeps its name."""
    from sqlassay.semantics import scopes

    node, closure = self.locals.get(key, (None, self.frame))
    if not isinstance(node, n.FunctionDef) or not node.is_async or _locks_by_hand(node):
        return frozenset()
    outer = self.frame
    self.calls_left -= 1
    frame = Frame(
        closure.unit, parent=closure, function=node, qualname=closure.qualname, quiet=True, depth=outer.depth + 1
    )
    frame.touches = set()
    params = [each.name for each in node.params if each.kind in ("positional", "positional-only")]
    spelled = {**dict(zip(params, run.names, strict=False)), **{name: dotted for name, _, dotted in run.keywords}}
    values = {**dict(zip(params, run.args, strict=False)), **{name: value for name, value, _ in run.keywords}}
    self.frame = frame
    try:
        scopes.bind_parameters(self, node, None, values, None)
        self.block(node.body)
    finally:
        self.frame = outer
    roots = {name: name.partition(".")[0] for name in frame.touches}
    own = set(frame.env) | rebound_in(node)
    outside = {name for name, root in roots.items() if root not in own}
    given = {name for name, root in roots.items() if root in set(params) - rebound_in(node)}
    return _renamed(given, spelled) | outside


def _locks_by_hand(node: n.FunctionDef) -> bool:
    return any(isinstance(each, n.Attribute) and each.attr == "acquire" for each in own_expressions(node.body))


def may_lock(context: n.Expr, value: v.Value) -> bool:
    """Whether `async with context` may be holding a lock: an object that is there already, or has such a name."""
    inner = value.value if isinstance(value, v.Manager) else value
    if isinstance(inner, v.Session | v.Connection | v.External | v.ExternalObject):
        return False
    if not isinstance(context, n.Call):
        return True
    name = (names.dotted_name(context.func) or "lock").rpartition(".")[2].lower()
    return any(word in name for word in _LOCKS)


_LOCKS = ("lock", "sem", "mutex", "limit", "acquire", "guard", "exclusive", "serial")


def _stays(self: Evaluator, dotted: str) -> bool:
    """Whether a dotted name is the same object each time it is read: no property makes it."""
    from sqlassay.semantics import attributes
    from sqlassay.semantics.expressions import load_name

    root, *rest = dotted.split(".")
    owner = load_name(self, root)
    for attribute in rest:
        if not isinstance(owner, v.Instance):
            return True
        found = names.find_attribute(self.world, owner.ref, attribute)
        made = found[1] if found is not None else None
        if found is not None and isinstance(made, FunctionFact):
            ref = Ref(found[0].path, made.qualname)
            if not _is_plain(self, ref):
                return False
        owner = attributes.instance_attribute(self, owner, attribute)
    return True


def _is_plain(self: Evaluator, ref: Ref) -> bool:
    """Whether a property only gives back an attribute: `return self._session`."""
    node = self.world.function_node(ref)
    match node.body[-1] if node is not None and node.body else None:
        case n.Return(value=n.Attribute() as given):
            return names.dotted_name(given) is not None
        case _:
            return False
