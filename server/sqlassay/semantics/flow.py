"""Whether code inside a function runs every time, and whether a loop goes on after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlassay.facts.collect import own_statements, walk
from sqlassay.semantics.frame import Frame
from sqlassay.semantics.names import names_of
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.events import Loop


def leaves_loop(frame: Frame, node: n.Node, loop: Loop) -> bool:
    """Whether the loop is over once `node` inside it was evaluated: a return, raise or break follows in every case."""
    around = frame.enclosing(node)
    if not any(each is loop.node for each in around):
        return False
    child = node
    for parent in around:
        block = next((each for each in _blocks(parent) if any(one is child for one in each)), ())
        if block and _leaves(block[-1]):
            return True
        if parent is loop.node:
            return _taken_once(frame, parent)
        child = parent
    return False


def _blocks(node: n.Node) -> Iterator[tuple[n.Stmt, ...]]:
    match node:
        case n.If() | n.For() | n.While():
            yield node.body
            yield node.orelse
        case n.With() | n.Handler() | n.Case():
            yield node.body
        case n.Try():
            yield node.body
            yield node.orelse
        case _:
            pass


def _leaves(statement: n.Stmt) -> bool:
    match statement:
        case n.Return() | n.Raise():
            return True
        case n.Simple(kind="break"):
            return True
        case _:
            return False


def _taken_once(frame: Frame, loop: n.Node) -> bool:
    """`next(... for ... in ...)` takes the first and stops."""
    if not isinstance(loop, n.Comprehension):
        return False
    parent = frame.unit.parents().get(id(loop))
    return isinstance(parent, n.Call) and isinstance(parent.func, n.Name) and parent.func.id == "next"


def derived_names(loop: Loop) -> frozenset[str]:
    """The names that differ from one round of the loop to the next: its targets, and what its body makes of them."""
    found = set(loop.targets)
    body = loop.node.body if isinstance(loop.node, n.For) else ()
    for each in own_statements(body):
        match each:
            case n.Assign(targets=targets, value=value):
                bound: tuple[n.Expr, ...] = targets
            case n.AnnAssign(target=target, value=n.Node() as value) | n.AugAssign(target=target, value=value):
                bound = (target,)
            case n.For(target=target, iter=value):
                bound = (target,)
            case _:
                continue
        if not found.isdisjoint(names_of(value)):
            found.update(each.id for target in bound for each in walk(target) if isinstance(each, n.Name))
    return frozenset(found)


def stops_early(loop: Loop) -> bool:
    """Whether the loop may end before its last round: it searches."""
    body = loop.node.body if isinstance(loop.node, n.For) else ()
    return any(_leaves(each) and not isinstance(each, n.Raise) for each in own_statements(body))


def always_reached(frame: Frame, node: n.Node) -> bool:
    """Whether every call of the frame's function that does not raise comes by `node`, in a loop maybe no times."""
    if frame.returns:
        return False
    child = node
    for parent in frame.enclosing(node):
        if parent is frame.function:
            break
        if any(each is child for each in _sometimes(parent)):
            return False
        child = parent
    return True


def _sometimes(node: n.Node) -> Iterable[n.Node]:
    """The parts of a node that are not evaluated each time it is."""
    match node:
        case n.If():
            return (*node.body, *node.orelse)
        case n.IfExp():
            return (node.body, node.orelse)
        case n.BoolOp():
            return node.values[1:]
        case n.While():
            return (*node.body, *node.orelse)
        case n.Try():
            return (*node.handlers, *node.orelse)
        case n.Match():
            return node.cases
        case n.Lambda():
            return (node.body,)
        case n.FunctionDef():
            return node.body
        case _:
            return ()
