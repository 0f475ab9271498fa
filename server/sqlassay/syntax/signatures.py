"""Lowering of what stands in headers and calls: parameters, arguments, and types in the grammar's own shape."""

from __future__ import annotations

from tree_sitter import Node as TSNode

from sqlassay.syntax import nodes as n
from sqlassay.syntax.lowering import (
    EXTRAS,
    MAX_DEPTH,
    Context,
    LowerExpression,
    children,
    expression,
    kind_id,
    named,
    opaque,
    sequence,
)

_BINARY = kind_id("binary_operator")
_KEYWORD_ARGUMENT = kind_id("keyword_argument")
_DICTIONARY_SPLAT = kind_id("dictionary_splat")
_UNIONS = frozenset({kind_id("union_type"), _BINARY})
_COLON = kind_id(":", False)


def arguments(c: Context, node: TSNode) -> tuple[tuple[n.Expr, ...], tuple[n.Keyword, ...]]:
    """The positional and the keyword arguments of a call or a class header."""
    args: list[n.Expr] = []
    keywords: list[n.Keyword] = []
    base = c.base
    for child in node.named_children:
        kind = child.kind_id
        if kind == _KEYWORD_ARGUMENT:
            parts = child.children
            if len(parts) != 3:
                parts = children(child)
            value = expression(c, parts[-1])
            keywords.append(n.Keyword(child.start_byte - base, child.end_byte - base, c.identifier(parts[0]), value))
        elif kind == _DICTIONARY_SPLAT:
            value = expression(c, children(child)[-1])
            keywords.append(n.Keyword(child.start_byte - base, child.end_byte - base, None, value))
        elif kind not in EXTRAS:
            args.append(expression(c, child))
    return tuple(args), tuple(keywords)


# ----------------------------------------------------------------- parameters


def _lambda(c: Context, node: TSNode) -> n.Expr:
    parts = children(node)
    params = parameters(c, parts[1]) if parts[1].is_named else ()
    return n.Lambda(node.start_byte - c.base, node.end_byte - c.base, params, expression(c, parts[-1]))


_SPLATS = {kind_id("list_splat_pattern"): "vararg", kind_id("dictionary_splat_pattern"): "kwarg"}
_TYPE = kind_id("type")
_IDENTIFIER = kind_id("identifier")
_POSITIONAL_END = kind_id("positional_separator")
_KEYWORD_START = kind_id("keyword_separator")


def parameters(c: Context, node: TSNode) -> tuple[n.Param, ...]:
    """The parameters of a function or a lambda. Tuple parameters (Python 2) are left out."""
    found: list[n.Param] = []
    kind = "positional"
    for child in named(node):
        number = child.kind_id
        if number == _POSITIONAL_END:
            for param in found:
                param.kind = "positional-only"
            continue
        if number == _KEYWORD_START:
            kind = "keyword-only"
            continue
        lowered = _parameter(c, child, kind)
        if lowered is not None:
            found.append(lowered)
            if lowered.kind == "vararg":
                kind = "keyword-only"
    return tuple(found)


def _parameter(c: Context, node: TSNode, kind: str) -> n.Param | None:
    start, end = node.start_byte - c.base, node.end_byte - c.base
    if node.kind_id == _IDENTIFIER:
        return n.Param(start, end, c.identifier(node), kind, None, None)
    name = node
    annotation = default = None
    if node.kind_id not in _SPLATS:
        name, *rest = children(node)
        for mark, part in zip(rest[::2], rest[1::2], strict=False):
            if mark.kind_id == _COLON:
                annotation = expression(c, part)
            else:
                default = expression(c, part)
    if name.kind_id in _SPLATS:
        kind = _SPLATS[name.kind_id]
        name = children(name)[-1]
    if name.kind_id != _IDENTIFIER:
        return None
    return n.Param(start, end, c.identifier(name), kind, annotation, default)


# ---------------------------------------------------------------------- types


def _union(c: Context, node: TSNode) -> n.Expr:
    """`A[x] | B | C`: the grammar groups it to the right, Python to the left."""
    members: list[TSNode] = []
    todo = [node]
    while todo:
        each = todo.pop()
        if each.kind_id == _TYPE:
            todo.append(named(each)[0])
        elif each.kind_id in _UNIONS and (parts := children(each))[1].type == "|":
            todo += parts[2], parts[0]
        else:
            members.append(each)
    if len(members) > MAX_DEPTH - c.depth:
        return opaque(c, node)
    start = node.start_byte - c.base
    union = expression(c, members[0])
    for member in members[1:]:
        union = n.BinOp(start, member.end_byte - c.base, union, "|", expression(c, member))
    return union


def _generic_type(c: Context, node: TSNode) -> n.Expr:
    value, params = children(node)
    index = indices(c, children(params)[1:-1])
    return n.Subscript(node.start_byte - c.base, node.end_byte - c.base, expression(c, value), index)


def _constrained_type(c: Context, node: TSNode) -> n.Expr:
    parts = children(node)
    return n.Slice(
        node.start_byte - c.base, node.end_byte - c.base, expression(c, parts[0]), expression(c, parts[-1]), None
    )


def indices(c: Context, parts: list[TSNode]) -> n.Expr:
    """What stands between the brackets of a subscript."""
    index = sequence(c, parts)
    if isinstance(index, n.Starred):  # `x[*a]` is `x[(*a,)]`
        return n.TupleExpr(index.start, index.end, (index,))
    return index


HANDLERS: dict[str, LowerExpression] = {
    "generic_type": _generic_type,
    "union_type": _union,
    "constrained_type": _constrained_type,
    "lambda": _lambda,
}
