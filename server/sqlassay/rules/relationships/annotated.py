"""What the annotation of a relationship says."""

from __future__ import annotations

from sqlassay.semantics.names import last_name
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_MAPPED = frozenset({"Mapped"})
_COLLECTIONS = frozenset("list List set Set dict Dict MutableSequence MutableSet MutableMapping Collection".split())


def inside(annotation: n.Expr | None) -> n.Expr | None:
    """X of `Mapped[X]`, strings opened; None where the annotation is something else."""
    node = opened(annotation)
    if isinstance(node, n.Subscript) and last_name(node.value) in _MAPPED:
        return opened(node.index)
    return None


def opened(node: n.Expr | None) -> n.Expr | None:
    """The expression in a string annotation; any other as it is."""
    if isinstance(node, n.Constant) and isinstance(node.value, str):
        return expression_from(node.value)
    return node


def is_collection(annotation: n.Expr | None) -> bool | None:
    """Whether `Mapped[...]` holds a collection; None where that is not plain."""
    node = inside(annotation)
    match node:
        case n.Subscript():
            name = last_name(node.value)
            if name in _COLLECTIONS:
                return True
            return False if name == "Optional" and isinstance(opened(node.index), n.Name | n.Attribute) else None
        case n.Name() | n.Attribute():
            return None if last_name(node) in _COLLECTIONS else False
        case n.BinOp(op="|"):
            sides = [opened(each) for each in (node.left, node.right)]
            plain = [each for each in sides if not (isinstance(each, n.Constant) and each.kind == "none")]
            return False if len(plain) == 1 and isinstance(plain[0], n.Name | n.Attribute) else None
        case _:
            return None


def is_optional(annotation: n.Expr | None) -> bool | None:
    """Whether `Mapped[...]` of one object admits None; None where it holds something else."""
    if is_collection(annotation) is not False:
        return None
    return not isinstance(inside(annotation), n.Name | n.Attribute)
