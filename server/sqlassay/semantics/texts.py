"""Strings with holes: which parts of a piece of text are constant, and where the others come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlassay.semantics import values as v
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

_NUMBERS = frozenset(
    ["builtins.int", "builtins.float", "builtins.len", "builtins.round", "builtins.abs", "builtins.ord"]
)

_QUOTERS = frozenset(["quote", "quote_identifier", "quote_ident", "quoted_name", "format_table", "escape_identifier"])


def from_fstring(self: Evaluator, node: n.FString) -> v.Value:
    """The text an f-string makes."""
    out: v.Value = v.Const("")
    for part in node.parts:
        if isinstance(part, n.Constant):
            out = _append(out, str(part.value))
        else:
            value = self.expr(part.value)
            plain = part.conversion in ("", "s") and not part.spec
            if part.spec and part.spec.rstrip("}").endswith(("d", "f", "x", "e", "%")):
                out = _with_hole(out, v.Hole("number", code_of(part.value), self.place(part.value)))
            elif plain and _literal(value) is not None:
                out = _append(out, _literal(value) or "")
            elif plain and isinstance(value, v.Text):
                out = _merge(out, value)
            else:
                out = _with_hole(out, hole(self, part.value, value))
    return out


def concatenate(self: Evaluator, left: v.Value, right: v.Value, right_node: n.Expr) -> v.Value | None:
    """`left + right` where left is text."""
    literal = _literal(right)
    if literal is not None:
        return _append(left, literal)
    if isinstance(right, v.Text):
        return _merge(left, right)
    return _with_hole(left, hole(self, right_node, right))


def prepend(self: Evaluator, left: v.Value, left_node: n.Expr, right: v.Value) -> v.Value:
    """`left + right` where only right is known to be text."""
    start = _with_hole(v.Const(""), hole(self, left_node, left))
    literal = _literal(right)
    return _append(start, literal) if literal is not None else _merge(start, right)


def percent(self: Evaluator, left: v.Value, right: n.Expr) -> v.Value | None:
    """`left % right`: a hole for each operand, its own literal text left as it is."""
    if isinstance(right, n.TupleExpr):
        nodes: tuple[n.Expr, ...] = right.elts
    elif isinstance(right, n.DictExpr):
        nodes = right.values
    else:
        nodes = (right,)
    literal = _literal(left)
    if literal is None:
        return _scatter(self, left, nodes)
    numbers = literal.count("%d") + literal.count("%i") + literal.count("%f")
    if numbers and numbers == len(nodes):
        return v.Text(
            (literal, *("" for _ in nodes)), tuple(v.Hole("number", code_of(e), self.place(e)) for e in nodes)
        )
    return _spread(self, literal, "%", nodes)


def formatted(self: Evaluator, receiver: v.Value, nodes: tuple[n.Expr, ...]) -> v.Value:
    """`receiver.format(*nodes)`."""
    literal = _literal(receiver)
    return _spread(self, literal, "{", nodes) if literal is not None else _scatter(self, receiver, nodes)


def joined(self: Evaluator, receiver: v.Value, node: n.Expr, argument: v.Value) -> v.Value:
    """`", ".join(argument)`."""
    if isinstance(argument, v.TupleValue) and all(_literal(each) is not None for each in argument.items):
        return v.Const((_literal(receiver) or "").join(_literal(each) or "" for each in argument.items))
    element = argument.element if isinstance(argument, v.Collection) else v.UNKNOWN
    if _literal(element) is not None:
        return v.Text(("", ""), (v.Hole("constant", code_of(node), self.place(node)),))
    if isinstance(element, v.Text) and all(each.origin in ("constant", "number") for each in element.holes):
        return v.Text(("", ""), (v.Hole(element.holes[0].origin, code_of(node), self.place(node)),))
    return v.Text(("", ""), (v.Hole("unknown", code_of(node), self.place(node)),))


def _spread(self: Evaluator, literal: str, mark: str, nodes: tuple[n.Expr, ...]) -> v.Value:
    """Holes set where the marks of a format string stand, as far as they can be told apart."""
    holes = []
    for node in nodes:
        value = self.expr(node)
        holes.append(hole(self, node, value))
    pieces = literal.split("%s") if mark == "%" else _split_braces(literal)
    if len(pieces) != len(holes) + 1:
        pieces = [literal, *("" for _ in holes)]
    return v.Text(tuple(pieces), tuple(holes)) if holes else v.Const(literal)


def _scatter(self: Evaluator, text: v.Value, nodes: tuple[n.Expr, ...]) -> v.Value:
    out = text
    for node in nodes:
        out = _with_hole(out, hole(self, node, self.expr(node)))
    return out


def _split_braces(literal: str) -> list[str]:
    pieces: list[str] = [""]
    depth = 0
    i = 0
    while i < len(literal):
        char = literal[i]
        if literal[i : i + 2] in ("{{", "}}") and depth == 0:
            pieces[-1] += char
            i += 2
            continue
        if char == "{":
            depth += 1
            if depth == 1:
                pieces.append("")
        elif char == "}":
            depth = max(0, depth - 1)
        elif depth == 0:
            pieces[-1] += char
        i += 1
    return pieces


def hole(self: Evaluator, node: n.Expr, value: v.Value) -> v.Hole:
    """The hole that an expression makes in a text: where its content comes from."""
    return v.Hole(_origin(self, node, value), code_of(node), self.place(node))


def _origin(self: Evaluator, node: n.Expr, value: v.Value) -> str:
    if isinstance(value, v.Const):
        return "constant"
    if isinstance(value, v.Union) and all(isinstance(each, v.Const) for each in value.values):
        return "constant"
    if isinstance(value, v.Text):
        origins = {each.origin for each in value.holes}
        if origins <= {"constant"}:
            return "constant"
        if origins <= {"constant", "number"}:
            return "number"
        return "parameter" if "parameter" in origins else "unknown"
    if isinstance(value, v.Mapped | v.Clause | v.Model | v.ClassValue | v.External | v.Statement | v.TextClause):
        # A mapped name or a compiled statement: SQLAlchemy's own text.
        return "constant"
    match node:
        case n.Call(func=n.Name(id="int" | "float" | "len" | "round" | "abs")):
            return "number"
        case n.Call(func=n.Attribute(attr=name)) if name in _QUOTERS or name == "quote":
            return "constant"
        case n.Attribute(attr="__tablename__" | "__name__" | "key"):
            return "constant"
        case _:
            pass
    return "parameter" if isinstance(value, v.Param) else "unknown"


def code_of(node: n.Expr) -> str:
    """A short spelling of an expression that is a plain dotted name; '' for others."""
    match node:
        case n.Name(id=name):
            return name
        case n.Attribute():
            owner = code_of(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        case _:
            return ""


def _literal(value: v.Value) -> str | None:
    if isinstance(value, v.Const) and isinstance(value.value, str | int | float) and not isinstance(value.value, bool):
        return str(value.value)
    return None


def _append(left: v.Value, text: str) -> v.Value:
    if isinstance(left, v.Text):
        return v.Text((*left.literals[:-1], left.literals[-1] + text), left.holes)
    return v.Const((_literal(left) or "") + text)


def _merge(left: v.Value, right: v.Value) -> v.Value:
    if not isinstance(right, v.Text):
        return _append(left, _literal(right) or "")
    literals = left.literals if isinstance(left, v.Text) else (_literal(left) or "",)
    holes = left.holes if isinstance(left, v.Text) else ()
    return v.Text((*literals[:-1], literals[-1] + right.literals[0], *right.literals[1:]), holes + right.holes)


def _with_hole(left: v.Value, new: v.Hole) -> v.Value:
    return _merge(left, v.Text(("", ""), (new,)))
