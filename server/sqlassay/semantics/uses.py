"""What becomes of the value of an expression: where it is read, and whether a reader only asks if there is anything."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.semantics.frame import Frame
from sqlassay.syntax import nodes as n


class Asked(Struct):
    """An expression that asks of a value only whether it is empty, zero or None."""

    node: n.Expr
    """The whole question: `x is None`, `len(x) > 0`, or the value itself where a test asks for its truth."""
    negated: bool = False
    """It is true where there is nothing."""
    counts: bool = False
    """It asks by `len(...)`."""


def reads(frame: Frame, node: n.Expr) -> tuple[n.Expr, ...] | None:
    """The expressions that take the value of `node`: itself (awaited) in its place, or the reads of its local name.

    None where that cannot be told: it is bound elsewhere, or its name is bound more than once.
    """
    node = awaited(frame, node)
    parent = frame.unit.parents().get(id(node))
    match parent:
        case n.Assign(targets=(n.Name() as target,)) | n.AnnAssign(target=n.Name() as target):
            return of_name(frame, target)
        case n.NamedExpr(target=target):
            read = of_name(frame, target)
            return (parent, *read) if read is not None else None
        case n.Assign() | n.AnnAssign() | n.AugAssign() | None:
            return None
        case _:
            return (node,)


def awaited(frame: Frame, node: n.Expr) -> n.Expr:
    """The expression with the `await` around it."""
    parents = frame.unit.parents()
    while isinstance(parent := parents.get(id(node)), n.Await):
        node = parent
    return node


def of_name(frame: Frame, target: n.Name) -> tuple[n.Expr, ...] | None:
    """The reads of a local name that `target` alone gives a value; None where something else may."""
    function, name = frame.function, target.id
    if function is None or name in frame.outer_names or any(each.name == name for each in function.params):
        return None
    if any(_inside(each, function) for each in frame.unit.named("")):
        return None
    found: list[n.Expr] = []
    for each in frame.unit.named(name):
        if each is target or not _inside(each, function):
            continue
        if is_bound(frame, each):
            return None
        assert isinstance(each, n.Name)
        found.append(each)
    return tuple(found)


def _inside(node: n.Node, function: n.FunctionDef) -> bool:
    return function.start <= node.start and node.end <= function.end


def is_bound(frame: Frame, name: n.Node) -> bool:
    """Whether a name stands where it is given a value, or deleted."""
    parents = frame.unit.parents()
    node = name
    while isinstance(parent := parents.get(id(node)), n.TupleExpr | n.ListExpr | n.Starred):
        node = parent
    match parent:
        case n.Assign(targets=targets) | n.Delete(targets=targets):
            return any(each is node for each in targets)
        case (
            n.AnnAssign(target=target)
            | n.AugAssign(target=target)
            | n.For(target=target)
            | n.Generator(target=target)
            | n.WithItem(target=target)
            | n.NamedExpr(target=target)
        ):
            return target is node
        case _:
            return False


def asked(frame: Frame, node: n.Expr) -> Asked | None:
    """The question, where the reader of a value (or of its `len`) only asks whether there is anything."""
    parent = frame.unit.parents().get(id(node))
    match parent:
        case n.Call(func=n.Name(id="len"), args=(only,), keywords=()) if only is node:
            inner = asked(frame, parent)
            return Asked(inner.node, inner.negated, True) if inner is not None else None
        case n.Call(func=n.Name(id="bool"), args=(only,), keywords=()) if only is node:
            return Asked(parent)
        case n.Compare(left=left, ops=(op,), comparators=(right,)):
            op, other = (op, right) if left is node else (_FLIPPED.get(op, op), left)
            negated = _COMPARED.get((op, _literal(other)))
            return Asked(parent, negated) if negated is not None else None
        case _:
            return Asked(node) if is_test(frame, node) else None


def only_asked(frame: Frame, node: n.Expr) -> bool:
    """Whether every reader of the value of `node` only asks whether there is anything."""
    read = reads(frame, node)
    return bool(read) and all(asked(frame, each) is not None for each in read or ())


_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}

_COMPARED: dict[tuple[str, object], bool] = {
    ("is", None): True,
    ("==", None): True,
    ("is not", None): False,
    ("!=", None): False,
    ("==", ()): True,
    ("!=", ()): False,
    ("==", 0): True,
    ("!=", 0): False,
    (">", 0): False,
    ("<=", 0): True,
    (">=", 1): False,
    ("<", 1): True,
}
"""Comparisons that ask for emptiness, and whether they are true where there is nothing; `()` is an empty list."""


def _literal(node: n.Expr) -> object:
    match node:
        case n.Constant(kind="none"):
            return None
        case n.Constant(kind="int", value=value):
            return value
        case n.ListExpr(elts=()):
            return ()
        case _:
            return node.start, node.end


def is_test(frame: Frame, node: n.Expr) -> bool:
    """Whether an expression stands where only its truth is asked for."""
    parent = frame.unit.parents().get(id(node))
    match parent:
        case n.If(test=test) | n.While(test=test) | n.IfExp(test=test) | n.Assert(test=test):
            return test is node
        case n.UnaryOp(op="not"):
            return True
        case n.BoolOp():
            return is_test(frame, parent)
        case n.Generator(ifs=ifs):
            return any(each is node for each in ifs)
        case _:
            return False


def is_asserted(frame: Frame, node: n.Node) -> bool:
    """Whether an expression stands in the test of an `assert`."""
    return any(isinstance(each, n.Assert) for each in frame.enclosing(node))
