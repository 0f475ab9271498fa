"""What the rules on conditions ask in common: where an expression stands, and how to say IS in SQLAlchemy."""

from __future__ import annotations

from sqlassay.semantics.events import Event
from sqlassay.semantics.texts import code_of
from sqlassay.semantics.values import Mapped, Value, members
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_TRANSPARENT = (n.BoolOp, n.TupleExpr, n.ListExpr, n.Starred, n.NamedExpr)
"""What hands its parts on as they are."""

_OPERATORS = frozenset(["&", "|"])


def is_condition(event: Event, node: n.Expr, clause: str) -> bool:
    """Whether what `node` gives is (a part of) an argument of the call `clause`, such as `where`."""
    child: n.Node = node
    for parent in event.enclosing(node):
        match parent:
            case n.Call():
                return clause != "" and _is_call_of(parent, clause) and _is_argument(child, parent)
            case n.UnaryOp(op="not" | "~"):
                pass
            case n.IfExp() if child is not parent.test:
                pass
            case n.BinOp(op=op) if op in _OPERATORS:
                pass
            case n.Comprehension() if child is parent.element:
                pass
            case _ if isinstance(parent, _TRANSPARENT):
                pass
            case _:
                return False
        child = parent
    return False


def _is_call_of(call: n.Call, clause: str) -> bool:
    # A function may have been imported under another name; a method has its own.
    return not isinstance(call.func, n.Attribute) or call.func.attr == clause


def _is_argument(node: n.Node, call: n.Call) -> bool:
    return any(each is node for each in call.args)


def is_value(event: Event, node: n.Expr) -> bool:
    """Whether what `node` gives is assigned, returned or handed on, and does not only decide what comes next."""
    child: n.Node = node
    for parent in event.enclosing(node):
        match parent:
            case n.Assign() | n.AnnAssign() | n.Return() | n.Keyword() | n.Yield():
                return True
            case n.Call():
                return _is_argument(child, parent)
            case n.IfExp() if child is not parent.test:
                pass
            case n.BinOp(op=op) if op in _OPERATORS:
                pass
            case _ if isinstance(parent, _TRANSPARENT):
                pass
            case _:
                return False
        child = parent
    return False


def is_relationship(world: World, value: Value) -> bool:
    """Whether a value is, or may be, a relationship of a model: it has `==` but no `is_()`."""
    for each in members(value):
        model = world.model(each.model) if isinstance(each, Mapped) else None
        if model is not None and isinstance(each, Mapped) and each.name in model.relationships:
            return True
    return False


def identity_method(world: World, op: str) -> str:
    """The method of a column that says `is` or `is not` in SQL."""
    if op == "is":
        return "is_"
    return "is_not" if world.allows(">=1.4") else "isnot"


def spelled(node: n.Expr) -> str:
    """A column as a message names it."""
    return code_of(node) or "column"
