"""How long what a call makes lives: what rules on engines and on session makers have in common."""

from __future__ import annotations

from sqlassay.facts.collect import own_expressions, walk
from sqlassay.semantics.events import CallEvent
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n

_KEEPERS = frozenset(("sessionmaker", "async_sessionmaker", "scoped_session", "partial"))
"""Calls that keep what they are given."""


def stays_local(event: CallEvent) -> bool:
    """Whether what the call makes is a local of one function, which keeps it to itself."""
    function = event.frame.function
    match next(iter(event.enclosing(event.call)), None):
        case n.Assign(targets=(n.Name(id=name),)) if function is not None:
            return not _leaves(name, function)
        case _:
            return False


def _leaves(name: str, function: n.FunctionDef) -> bool:
    """Whether a local is given to somebody who keeps it. One that the function disposes of is not."""
    kept = False
    for node in own_expressions(function.body):
        match node:
            case n.Call(func=n.Attribute(value=n.Name(id=owner), attr="dispose")) if owner == name:
                return False
            case n.Return(value=value) | n.Yield(value=value) if value is not None:
                kept = kept or _mentions(value, name)
            case n.Assign(targets=targets, value=value) if any(map(_outlives, targets)):
                kept = kept or _mentions(value, name)
            case n.Call(func=func) if (dotted_name(func) or "").rpartition(".")[2] in _KEEPERS:
                kept = kept or _mentions(node, name)
            case n.Scope(names=names):
                kept = kept or name in names
            case n.FunctionDef() | n.Lambda():
                kept = kept or _mentions(node, name)
            case _:
                pass
    return kept


def _outlives(target: n.Expr) -> bool:
    """Whether what is assigned to outlives the function: an attribute, an item of something."""
    parts = target.elts if isinstance(target, n.TupleExpr | n.ListExpr) else (target,)
    return any(isinstance(each, n.Attribute | n.Subscript) for each in parts)


def _mentions(node: n.Node, name: str) -> bool:
    return any(isinstance(each, n.Name) and each.id == name for each in walk(node))
