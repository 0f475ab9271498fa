"""Code that knows that an attribute may not be there: it asks first, or catches what reading it raises."""

from __future__ import annotations

from sqlassay.facts.collect import walk
from sqlassay.semantics.flow import ends_with
from sqlassay.semantics.frame import Frame
from sqlassay.syntax import nodes as n

_ASKS = frozenset(
    (
        "unloaded unloaded_expirable loaded_value expired_attributes is_loaded __dict__ instance_dict instance_state "
        "NO_VALUE"
    ).split()
)
"""Names that stand in code which finds out what an instance holds: `inspect(user).unloaded`, `user.__dict__`."""

_TELLING = frozenset(["MissingGreenlet", "DetachedInstanceError", "InvalidRequestError"])
_BROAD = frozenset(["StatementError", "SQLAlchemyError", "Exception", "BaseException"])


def asks_first(frame: Frame) -> bool:
    """Whether the function finds out for itself which attributes of instances are loaded."""
    function = frame.function
    if function is None:
        return False
    known = frame.unit.asks.get(id(function))
    if known is None:
        known = frame.unit.asks[id(function)] = any(
            (isinstance(each, n.Attribute) and each.attr in _ASKS) or (isinstance(each, n.Name) and each.id in _ASKS)
            for each in walk(function)
        )
    return known


def is_caught(frame: Frame, node: n.Node) -> bool:
    """Whether a `try` around the node in its function is there for what a load that cannot be made raises.

    One that catches everything, and raises in its turn, is not.
    """
    child = node
    for each in frame.enclosing(node):
        if isinstance(each, n.FunctionDef):
            return False
        if isinstance(each, n.Try) and any(one is child for one in each.body):
            for handler in each.handlers:
                caught = _names(handler.type)
                if caught & _TELLING or (caught & _BROAD and ends_with(handler.body) != "raise"):
                    return True
        child = each
    return False


def _names(node: n.Expr | None) -> set[str]:
    match node:
        case None:
            return {"BaseException"}
        case n.TupleExpr(elts=elts):
            return {name for each in elts for name in _names(each)}
        case n.Name(id=name) | n.Attribute(attr=name):
            return {name}
        case _:
            return set()
