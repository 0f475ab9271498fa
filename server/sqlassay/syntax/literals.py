"""Lowering of literals: numbers, names for constants, and strings of every kind."""

from __future__ import annotations

import re

from tree_sitter import Node as TSNode

from sqlassay.syntax import nodes as n
from sqlassay.syntax.lowering import (
    Context,
    LowerExpression,
    children,
    expression,
    kind_id,
    named,
)
from sqlassay.syntax.strings import split_literal, string_value

_NAMED_EXPRESSION = kind_id("named_expression")
_INTERPOLATION = kind_id("interpolation")
_STRING_CONTENT = kind_id("string_content")
_STRING_END = kind_id("string_end")
_TRIPLE_QUOTES = ('"""', "'''")
_PLAIN = re.compile(r'"[^"\\\r]*"|\'[^\'\\\r]*\'')
"""A literal whose value is what stands between its quotes."""
_CONVERSION = kind_id("type_conversion")
_SPEC = kind_id("format_specifier")

MAX_INT = 2**63
"""Constants travel as 64-bit integers. A larger one has kind int and value None."""


# ------------------------------------------------------------------- literals


def _integer(c: Context, node: TSNode) -> n.Expr:
    start, end = node.start_byte - c.base, node.end_byte - c.base
    text = c.text[start:end]
    if text[-1] in "jJ":
        return n.Constant(start, end, None, "complex")
    try:
        value: int | None = int(text, 0)
    except ValueError:  # too many digits, or Python 2's 0777 and 10L
        value = None
    if value is not None and value >= MAX_INT:
        value = None
    return n.Constant(start, end, value, "int")


def _float(c: Context, node: TSNode) -> n.Expr:
    start, end = node.start_byte - c.base, node.end_byte - c.base
    text = c.text[start:end]
    if text[-1] in "jJ":
        return n.Constant(start, end, None, "complex")
    return n.Constant(start, end, float(text), "float")


def _literal(value: bool | None, kind: str) -> LowerExpression:
    def lower(c: Context, node: TSNode) -> n.Expr:
        return n.Constant(node.start_byte - c.base, node.end_byte - c.base, value, kind)

    return lower


def _string(c: Context, node: TSNode) -> n.Expr:
    start, end = node.start_byte - c.base, node.end_byte - c.base
    literal = c.slice(start, end)
    if _PLAIN.fullmatch(literal):
        return n.Constant(start, end, literal[1:-1], "str")
    prefix, inner, outer = split_literal(literal)
    if prefix:
        if "b" in prefix:
            return n.Constant(start, end, None, "bytes")
        if "f" in prefix or "t" in prefix:
            return n.FString(start, end, _joined(_parts(c, node, "r" in prefix)), "t" in prefix)
    return n.Constant(start, end, string_value(literal[inner:outer], raw="r" in prefix), "str")


def _concatenated(c: Context, node: TSNode) -> n.Expr:
    start, end = node.start_byte - c.base, node.end_byte - c.base
    parts: list[n.Constant | n.Formatted] = []
    formatted = template = False
    for child in named(node):
        piece = _string(c, child)
        if isinstance(piece, n.FString):
            formatted = True
            template = template or piece.template
            parts.extend(piece.parts)
        elif isinstance(piece, n.Constant):
            if piece.kind == "bytes":
                return n.Constant(start, end, None, "bytes")
            parts.append(piece)
    if formatted:
        return n.FString(start, end, _joined(parts), template)
    return n.Constant(start, end, "".join([str(part.value) for part in parts if isinstance(part, n.Constant)]), "str")


def _parts(c: Context, node: TSNode, raw: bool) -> list[n.Constant | n.Formatted]:
    """The texts and holes of one f-string, in order."""
    parts: list[n.Constant | n.Formatted] = []
    for child in node.children:
        if child.kind_id == _STRING_CONTENT:
            start, end = child.start_byte - c.base, child.end_byte - c.base
            value = string_value(c.slice(start, end), raw=raw, formatted=True)
            parts.append(n.Constant(start, end, value, "str"))
        elif child.kind_id == _INTERPOLATION:
            parts.extend(_hole(c, child))
        elif child.kind_id == _STRING_END:
            # In a raw f-string the grammar takes the text `\\'` before the quote for a part of the end.
            start, end = child.start_byte - c.base, child.end_byte - c.base
            text = c.slice(start, end)
            content = text[: -3 if text.endswith(_TRIPLE_QUOTES) else -1]
            parts.append(n.Constant(start, start + len(content), content, "str"))
    return parts


def _hole(c: Context, node: TSNode) -> list[n.Constant | n.Formatted]:
    """`{value!r:spec}`. `{value=}` is also the text before the value, and shows its repr, as in Python."""
    start, end = node.start_byte - c.base, node.end_byte - c.base
    conversion = spec = ""
    value: n.Expr = n.Opaque(start, end)
    shown: n.Constant | None = None
    has_spec = False
    for part in children(node)[1:-1]:
        kind = part.kind_id
        if kind == _CONVERSION:
            conversion = c.slice(part.start_byte - c.base + 1, part.end_byte - c.base).strip()
        elif kind == _SPEC:
            has_spec = True
            spec = c.slice(part.start_byte - c.base + 1, part.end_byte - c.base)
        elif kind == _NAMED_EXPRESSION:  # `{x:=10}` in a hole is x with the spec `=10`
            target, walrus, _ = children(part)
            value = expression(c, target)
            has_spec = True
            spec = c.slice(walrus.start_byte - c.base + 1, part.end_byte - c.base)
        elif part.is_named:
            value = expression(c, part)
        elif part.type == "=":
            shown_end = part.end_byte - c.base
            while c.text[shown_end : shown_end + 1].isspace():
                shown_end += 1
            shown = n.Constant(start + 1, shown_end, c.slice(start + 1, shown_end), "str")
    if shown is None:
        return [n.Formatted(start, end, value, conversion, spec)]
    return [shown, n.Formatted(start, end, value, conversion or ("" if has_spec else "r"), spec)]


def _joined(parts: list[n.Constant | n.Formatted]) -> tuple[n.Constant | n.Formatted, ...]:
    """Neighbouring texts become one, as implicit concatenation makes them."""
    joined: list[n.Constant | n.Formatted] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, n.Constant) and not part.value:
            continue
        if isinstance(part, n.Constant) and isinstance(last, n.Constant):
            joined[-1] = n.Constant(last.start, part.end, f"{last.value}{part.value}", "str")
        else:
            joined.append(part)
    return tuple(joined)


HANDLERS: dict[str, LowerExpression] = {
    "integer": _integer,
    "float": _float,
    "true": _literal(True, "bool"),
    "false": _literal(False, "bool"),
    "none": _literal(None, "none"),
    "ellipsis": _literal(None, "ellipsis"),
    "string": _string,
    "concatenated_string": _concatenated,
}
