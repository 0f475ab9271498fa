"""Coroutines that are values: what becomes of those that nobody awaits.

Whoever calls a coroutine function has a coroutine, and may await it later, hand it on or give it back. What shows that
it was forgotten is that it is taken for what awaiting would have given, or that it is let go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlassay.facts.collect import walk
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.site import Site
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


def told(self: Evaluator) -> bool:
    """Whether what coroutines do is asked for, in the code being walked."""
    frame = self.frame
    return not frame.quiet or frame.touches is not None


def made(site: Site, value: v.Value, method: str, is_session: bool, certain: bool) -> v.Awaitable:
    """The coroutine that calling a method of SQLAlchemy's gives. `certain`: it is one without doubt."""
    if not certain or not told(site.ev):
        return v.Awaitable(value)
    func = site.node.func
    owner = (dotted_name(func.value) if isinstance(func, n.Attribute) else None) or ""
    return v.Awaitable(value, (v.Run(site.place, method, owner, is_session),))


def begun(site: Site, callee: v.Value, value: v.Value) -> v.Value:
    """What calling a function of the project gave: where that is a coroutine, with what it will do."""
    if not isinstance(value, v.Awaitable) or value.runs or not told(site.ev):
        return value
    node = site.node
    whole = not any(isinstance(each, n.Starred) for each in node.args)
    positional = tuple(dotted_name(each) or "" for each in node.args) if whole else ()
    keywords = tuple(
        (each.name, site.keywords[each.name], dotted_name(each.value) or "")
        for each in node.keywords
        if each.name is not None and each.name in site.keywords
    )
    owner = (dotted_name(node.func.value) if isinstance(node.func, n.Attribute) else None) or ""
    args = site.args if whole else ()
    run = v.Run(site.place, "", owner, False, callee, args, positional, keywords)
    return v.Awaitable(value.value, (run,))


def outcome(value: v.Value) -> v.Value:
    """What awaiting a value gives."""
    match value:
        case v.Awaitable(value=inner):
            return inner
        case v.Manager(value=inner, awaitable=True):
            return v.UNKNOWN if isinstance(inner, v.External) else inner
        case _:
            return value


def bare(value: v.Value) -> tuple[v.Run, ...]:
    """The calls of SQLAlchemy's, one of which gave the coroutine nobody has awaited or wrapped; none for others."""
    if isinstance(value, v.Awaitable) and not value.state and all(run.method for run in value.runs):
        return value.runs
    return ()


def has(attribute: str) -> bool:
    """Whether a coroutine itself has the attribute."""
    return attribute in _OWN or attribute.startswith(("cr_", "__"))


_OWN = frozenset(["send", "throw", "close"])


def misused(self: Evaluator, value: v.Value, node: n.Node, how: str) -> None:
    """A value is used in a way that no coroutine can be; `how` as in `CoroutineLost`. Told once a coroutine."""
    frame = self.frame
    if frame.quiet:
        return
    for run in bare(value):
        if run.place not in frame.unawaited:
            frame.unawaited.add(run.place)
            self.emit(ev.CoroutineLost(self.world, frame, run, node, how))


def named(self: Evaluator, value: v.Awaitable, name: str) -> None:
    """A coroutine is given a name: where the function never reads it, nobody awaits the coroutine."""
    frame = self.frame
    function = frame.function
    if function is None or frame.quiet or not bare(value) or name in frame.outer_names:
        return
    if not _reads(function, name):
        misused(self, value, function, "unused")


def _reads(function: n.FunctionDef, name: str) -> bool:
    """Whether a function (or one inside it) may do anything with a name but assign to it."""
    nodes = list(walk(function))
    targets = {id(target) for each in nodes if isinstance(each, n.Assign | n.AnnAssign) for target in _targets(each)}
    return any(
        each.id == name and id(each) not in targets if isinstance(each, n.Name) else isinstance(each, _UNREAD)
        for each in nodes
    )


_UNREAD = (n.Opaque, n.Broken)


def _targets(node: n.Assign | n.AnnAssign) -> tuple[n.Expr, ...]:
    return node.targets if isinstance(node, n.Assign) else (node.target,)
