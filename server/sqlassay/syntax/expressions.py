"""Lowering of expressions: one small function for each kind of tree-sitter node, found in a table by the kind's number.

This is the hottest code of the server: it runs once for every node of every file. Hence tuples over helpers, and
offsets instead of node texts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import tree_sitter
import tree_sitter_python
from tree_sitter import Node as TSNode

from sqlassay.syntax import nodes as n
from sqlassay.syntax.strings import split_literal, string_value

LANGUAGE = tree_sitter.Language(tree_sitter_python.language())

MAX_DEPTH = 150
"""How deep an expression may nest before its inside is Opaque. Readers recurse over trees: this bounds them all."""

MAX_INT = 2**63
"""Constants travel as 64-bit integers. A larger one has kind int and value None."""


def kind_id(kind: str, named: bool = True) -> int:
    """The number of a node kind in the grammar; -1 where this version of the grammar does not have it."""
    found = LANGUAGE.id_for_node_kind(kind, named)
    return -1 if found is None else found


class Damage(NamedTuple):
    """What in a statement was replaced because it does not parse. Start to end, from the start of the statement."""

    statements: dict[int, int]
    headers: dict[int, int]
    """Of clauses and classes whose blocks were kept."""

    def __bool__(self) -> bool:
        return bool(self.statements or self.headers)


class Context:
    """What lowering knows besides the node: the text that offsets speak of, and how deep it is."""

    __slots__ = ("base", "blocks", "broken", "damaged", "depth", "headers", "is_ascii", "text", "tolerant")

    def __init__(self, data: bytes, base: int, damage: Damage | None = None, tolerant: bool = False) -> None:
        """`data`: the bytes of the statement, which starts at byte `base` of what tree-sitter parsed.

        `tolerant`: the tree may hold errors.
        """
        # One character a byte: offsets into bytes are then offsets into a str, which is quicker to slice.
        self.text = data.decode("latin-1")
        self.is_ascii = self.text.isascii()
        self.base = base
        self.broken, self.headers = damage or ({}, {})
        self.tolerant = tolerant
        self.depth = 0
        self.blocks = 0
        self.damaged = damage is not None
        """Something was found that does not parse."""

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets of the statement."""
        found = self.text[start:end]
        return found if self.is_ascii or found.isascii() else found.encode("latin-1").decode("utf-8", "replace")

    def identifier(self, node: TSNode) -> str:
        """A name as Python compares it (PEP 3131)."""
        base = self.base
        found = self.text[node.start_byte - base : node.end_byte - base]
        if self.is_ascii or found.isascii():
            return found
        return unicodedata.normalize("NFKC", found.encode("latin-1").decode("utf-8", "replace"))


Lower = Callable[[Context, TSNode], n.Expr]

COMMENT = kind_id("comment")
_EXTRAS = frozenset({COMMENT, kind_id("line_continuation")})
_COMMA = kind_id(",", False)
_KEYWORD_ARGUMENT = kind_id("keyword_argument")
_DICTIONARY_SPLAT = kind_id("dictionary_splat")
_FOR_IN = kind_id("for_in_clause")
_IF_CLAUSE = kind_id("if_clause")
_LIST_SPLAT = kind_id("list_splat")
_NAMED_EXPRESSION = kind_id("named_expression")
_BINARY = kind_id("binary_operator")
_AND = kind_id("&", False)
_XOR = kind_id("^", False)
_UNIONS = frozenset({kind_id("union_type"), _BINARY})
_PAIR = kind_id("pair")
_BOOLEAN = kind_id("boolean_operator")
_STRING = kind_id("string")
_INTERPOLATION = kind_id("interpolation")
_STRING_CONTENT = kind_id("string_content")
_STRING_END = kind_id("string_end")
_TRIPLE_QUOTES = ('"""', "'''")
_CONVERSION = kind_id("type_conversion")
_SPEC = kind_id("format_specifier")
_COLON = kind_id(":", False)


def children(node: TSNode) -> list[TSNode]:
    """The children of a node without comments and line continuations, which may stand anywhere."""
    return [child for child in node.children if child.kind_id not in _EXTRAS]


def named(node: TSNode) -> list[TSNode]:
    """The named children of a node without comments and line continuations."""
    return [child for child in node.named_children if child.kind_id not in _EXTRAS]


def expression(c: Context, node: TSNode) -> n.Expr:
    """Lower one expression. Never raises: what is too deep or unknown is Opaque."""
    depth = c.depth
    if depth > MAX_DEPTH:
        return _opaque(c, node)
    c.depth = depth + 1
    lowered = _TABLE[node.kind_id](c, node)
    c.depth = depth
    return lowered


def sequence(c: Context, parts: list[TSNode]) -> n.Expr:
    """What `a` or `a, b` without brackets means: the expression itself, or a tuple. `parts` holds the commas too."""
    items = [part for part in parts if part.is_named]
    if len(parts) == 1:
        return expression(c, items[0])
    elements = tuple([expression(c, item) for item in items])
    return n.TupleExpr(parts[0].start_byte - c.base, parts[-1].end_byte - c.base, elements)


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
        elif kind not in _EXTRAS:
            args.append(expression(c, child))
    return tuple(args), tuple(keywords)


# ------------------------------------------------------------ names and calls


def _opaque(c: Context, node: TSNode) -> n.Expr:
    return n.Opaque(node.start_byte - c.base, node.end_byte - c.base)


def _name(c: Context, node: TSNode) -> n.Expr:
    base = c.base
    start = node.start_byte - base
    end = node.end_byte - base
    if c.is_ascii:
        return n.Name(start, end, c.text[start:end])
    return n.Name(start, end, c.identifier(node))


def _attribute(c: Context, node: TSNode) -> n.Expr:
    parts = node.children
    if len(parts) != 3:
        parts = children(node)
    start, end = node.start_byte - c.base, node.end_byte - c.base
    value = expression(c, parts[0])
    if isinstance(value, n.Starred):
        return _star_out(value, n.Attribute(start + 1, end, value.value, c.identifier(parts[2])))
    return n.Attribute(start, end, value, c.identifier(parts[2]))


def _star_out(star: n.Expr, inside: n.Expr) -> n.Expr:
    """In a list the grammar reads `*a.b` as `(*a).b`: put the star back around the whole."""
    return n.Starred(star.start, inside.end, inside)


def _call(c: Context, node: TSNode) -> n.Expr:
    parts = node.children
    if len(parts) != 2:
        parts = children(node)
    start, end = node.start_byte - c.base, node.end_byte - c.base
    func = expression(c, parts[0])
    if parts[1].kind_id == _GENERATOR:
        args: tuple[n.Expr, ...] = (expression(c, parts[1]),)
        keywords: tuple[n.Keyword, ...] = ()
    else:
        args, keywords = arguments(c, parts[1])
    if isinstance(func, n.Starred):
        return _star_out(func, n.Call(start + 1, end, func.value, args, keywords))
    return n.Call(start, end, func, args, keywords)


def _subscript(c: Context, node: TSNode) -> n.Expr:
    parts = children(node)
    value = expression(c, parts[0])
    index = _index(c, parts[2:-1])
    start, end = node.start_byte - c.base, node.end_byte - c.base
    if isinstance(value, n.Starred):
        return _star_out(value, n.Subscript(start + 1, end, value.value, index))
    return n.Subscript(start, end, value, index)


def _index(c: Context, parts: list[TSNode]) -> n.Expr:
    index = sequence(c, parts)
    if isinstance(index, n.Starred):  # `x[*a]` is `x[(*a,)]`
        return n.TupleExpr(index.start, index.end, (index,))
    return index


def _slice(c: Context, node: TSNode) -> n.Expr:
    bounds: list[n.Expr | None] = [None]
    for part in children(node):
        if part.kind_id == _COLON:
            bounds.append(None)
        else:
            bounds[-1] = expression(c, part)
    lower, upper, step = (*bounds, None, None)[:3]
    return n.Slice(node.start_byte - c.base, node.end_byte - c.base, lower, upper, step)


def _splat(c: Context, node: TSNode) -> n.Expr:
    return n.Starred(node.start_byte - c.base, node.end_byte - c.base, expression(c, children(node)[-1]))


def _inner(c: Context, node: TSNode) -> n.Expr:
    """Parentheses, and the wrappers that the grammar puts around types: only what is inside counts."""
    inside = named(node)
    return expression(c, inside[0]) if inside else _opaque(c, node)


# ---------------------------------------------------------------- collections


def _elements(c: Context, node: TSNode) -> tuple[n.Expr, ...]:
    return tuple([expression(c, child) for child in node.named_children if child.kind_id not in _EXTRAS])


def _list(c: Context, node: TSNode) -> n.Expr:
    return n.ListExpr(node.start_byte - c.base, node.end_byte - c.base, _elements(c, node))


def _tuple(c: Context, node: TSNode) -> n.Expr:
    return n.TupleExpr(node.start_byte - c.base, node.end_byte - c.base, _elements(c, node))


def _set(c: Context, node: TSNode) -> n.Expr:
    return n.SetExpr(node.start_byte - c.base, node.end_byte - c.base, _elements(c, node))


def _tuple_pattern(c: Context, node: TSNode) -> n.Expr:
    parts = children(node)
    if len(parts) == 3:  # `(a) = 1`: brackets around one target are no tuple
        return expression(c, parts[1])
    return _tuple(c, node)


def _dictionary(c: Context, node: TSNode) -> n.Expr:
    keys: list[n.Expr | None] = []
    values: list[n.Expr] = []
    for item in named(node):
        parts = children(item)
        keys.append(expression(c, parts[0]) if item.kind_id == _PAIR else None)
        values.append(expression(c, parts[-1]))
    return n.DictExpr(node.start_byte - c.base, node.end_byte - c.base, tuple(keys), tuple(values))


def _comprehension(kind: str) -> Lower:
    def lower(c: Context, node: TSNode) -> n.Expr:
        body, *clauses = named(node)
        value = None
        if body.kind_id == _PAIR:
            parts = children(body)
            element, value = expression(c, parts[0]), expression(c, parts[-1])
        else:
            element = expression(c, body)
        loops: list[tuple[TSNode, list[TSNode]]] = []
        for clause in clauses:
            if clause.kind_id == _FOR_IN:
                loops.append((clause, []))
            elif clause.kind_id == _IF_CLAUSE and loops:
                loops[-1][1].append(clause)
        generators = tuple([_generator(c, loop, conditions) for loop, conditions in loops])
        return n.Comprehension(node.start_byte - c.base, node.end_byte - c.base, kind, element, value, generators)

    return lower


def _generator(c: Context, loop: TSNode, conditions: list[TSNode]) -> n.Generator:
    parts = children(loop)
    is_async = parts[0].type == "async"
    target, _, *over = parts[2:] if is_async else parts[1:]
    return n.Generator(
        loop.start_byte - c.base,
        (conditions[-1] if conditions else loop).end_byte - c.base,
        expression(c, target),
        sequence(c, over),
        tuple([expression(c, children(condition)[-1]) for condition in conditions]),
        is_async,
    )


# ------------------------------------------------------------------ operators


def _binary(c: Context, node: TSNode) -> n.Expr:
    first, op, second = children(node)
    start, end = node.start_byte - c.base, node.end_byte - c.base
    if op.kind_id == _AND and _BINARY in (first.kind_id, second.kind_id):
        return _bitwise(c, node)
    left, right = expression(c, first), expression(c, second)
    if isinstance(left, n.Starred):
        return _star_out(left, n.BinOp(start + 1, end, left.value, op.type, right))
    return n.BinOp(start, end, left, op.type, right)


def _bitwise(c: Context, node: TSNode) -> n.Expr:
    """`a & b ^ c`: the grammar binds `^` tighter than `&`, Python the other way round."""
    todo, terms = [node], list[list[TSNode]]([[]])
    while todo:
        each = todo.pop()
        op = children(each)[1].kind_id if each.kind_id == _BINARY else None
        if op in (_AND, _XOR):
            todo += reversed(children(each))
        elif each.kind_id == _XOR:
            terms.append([])
        elif each.kind_id != _AND:
            terms[-1].append(each)
    union: n.Expr | None = None
    for term in terms:
        product: n.Expr | None = None
        for factor in term:
            product = _joined_by("&", c, term[0], product, factor, expression(c, factor))
        if product is not None:
            union = _joined_by("^", c, node, union, term[-1], product)
    return union or _opaque(c, node)


def _joined_by(op: str, c: Context, first: TSNode, left: n.Expr | None, last: TSNode, right: n.Expr) -> n.Expr:
    if left is None:
        return right
    return n.BinOp(first.start_byte - c.base, last.end_byte - c.base, left, op, right)


def _boolean(c: Context, node: TSNode) -> n.Expr:
    # `a and b and c` comes as `(a and b) and c`; parentheses that were written are nodes of their own.
    left, op, right = children(node)
    word = op.type
    values = [right]
    while left.kind_id == _BOOLEAN:
        inner_left, inner_op, inner_right = children(left)
        if inner_op.type != word:
            break
        values.append(inner_right)
        left = inner_left
    values.append(left)
    lowered = tuple([expression(c, value) for value in reversed(values)])
    return n.BoolOp(node.start_byte - c.base, node.end_byte - c.base, word, lowered)


def _unary(c: Context, node: TSNode) -> n.Expr:
    op, operand = children(node)
    return n.UnaryOp(node.start_byte - c.base, node.end_byte - c.base, op.type, expression(c, operand))


def _compare(c: Context, node: TSNode) -> n.Expr:
    left, *rest = children(node)
    ops = [part.type for part in rest if not part.is_named]
    values = [expression(c, part) for part in rest if part.is_named]
    return n.Compare(node.start_byte - c.base, node.end_byte - c.base, expression(c, left), tuple(ops), tuple(values))


def _conditional(c: Context, node: TSNode) -> n.Expr:
    body, _, test, _, orelse = children(node)
    start, end = node.start_byte - c.base, node.end_byte - c.base
    # The grammar binds `:=` and `*` tighter than the conditional. Python: `(a := (b if c else d))`.
    around = body if body.kind_id in (_NAMED_EXPRESSION, _LIST_SPLAT) else None
    if around is not None:
        body = children(around)[-1]
    inner = n.IfExp(body.start_byte - c.base, end, expression(c, test), expression(c, body), expression(c, orelse))
    if around is None:
        return inner
    if around.kind_id == _LIST_SPLAT:
        return n.Starred(start, end, inner)
    target = children(around)[0]
    name = n.Name(target.start_byte - c.base, target.end_byte - c.base, c.identifier(target))
    return n.NamedExpr(start, end, name, inner)


def _named_expression(c: Context, node: TSNode) -> n.Expr:
    target, _, value = children(node)
    name = n.Name(target.start_byte - c.base, target.end_byte - c.base, c.identifier(target))
    return n.NamedExpr(node.start_byte - c.base, node.end_byte - c.base, name, expression(c, value))


def _await(c: Context, node: TSNode) -> n.Expr:
    return n.Await(node.start_byte - c.base, node.end_byte - c.base, expression(c, children(node)[-1]))


def _yield(c: Context, node: TSNode) -> n.Expr:
    parts = children(node)
    value = expression(c, parts[-1]) if len(parts) > 1 else None
    is_from = len(parts) > 1 and parts[1].type == "from"
    return n.Yield(node.start_byte - c.base, node.end_byte - c.base, value, is_from)


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
    start = node.start_byte - c.base
    union = expression(c, members[0])
    for member in members[1 : MAX_DEPTH - c.depth]:
        union = n.BinOp(start, member.end_byte - c.base, union, "|", expression(c, member))
    return union


def _generic_type(c: Context, node: TSNode) -> n.Expr:
    value, params = children(node)
    index = _index(c, children(params)[1:-1])
    return n.Subscript(node.start_byte - c.base, node.end_byte - c.base, expression(c, value), index)


def _constrained_type(c: Context, node: TSNode) -> n.Expr:
    parts = children(node)
    return n.Slice(
        node.start_byte - c.base, node.end_byte - c.base, expression(c, parts[0]), expression(c, parts[-1]), None
    )


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


def _literal(value: bool | None, kind: str) -> Lower:
    def lower(c: Context, node: TSNode) -> n.Expr:
        return n.Constant(node.start_byte - c.base, node.end_byte - c.base, value, kind)

    return lower


def _string(c: Context, node: TSNode) -> n.Expr:
    start, end = node.start_byte - c.base, node.end_byte - c.base
    literal = c.slice(start, end)
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


# ---------------------------------------------------------------------- table

_GENERATOR = kind_id("generator_expression")
_HANDLERS: dict[str, Lower] = {
    "identifier": _name,
    "keyword_identifier": _name,
    "attribute": _attribute,
    "call": _call,
    "subscript": _subscript,
    "slice": _slice,
    "list_splat": _splat,
    "list_splat_pattern": _splat,
    "splat_type": _splat,
    "parenthesized_expression": _inner,
    "parenthesized_list_splat": _inner,
    "list": _list,
    "list_pattern": _list,
    "tuple": _tuple,
    "tuple_pattern": _tuple_pattern,
    "pattern_list": _tuple,
    "expression_list": _tuple,
    "set": _set,
    "dictionary": _dictionary,
    "list_comprehension": _comprehension("list"),
    "set_comprehension": _comprehension("set"),
    "dictionary_comprehension": _comprehension("dict"),
    "generator_expression": _comprehension("generator"),
    "binary_operator": _binary,
    "boolean_operator": _boolean,
    "not_operator": _unary,
    "unary_operator": _unary,
    "comparison_operator": _compare,
    "conditional_expression": _conditional,
    "named_expression": _named_expression,
    "await": _await,
    "yield": _yield,
    "lambda": _lambda,
    "type": _inner,
    "generic_type": _generic_type,
    "union_type": _union,
    "member_type": _attribute,
    "constrained_type": _constrained_type,
    "integer": _integer,
    "float": _float,
    "true": _literal(True, "bool"),
    "false": _literal(False, "bool"),
    "none": _literal(None, "none"),
    "ellipsis": _literal(None, "ellipsis"),
    "string": _string,
    "concatenated_string": _concatenated,
}


class _Table(dict[int, Lower]):
    """Kinds that no reader needs, and errors (whose number is none of the grammar's), are Opaque."""

    def __missing__(self, kind: int) -> Lower:
        return _opaque


# One name may have several numbers.
_TABLE = _Table(
    (number, _HANDLERS[kind])
    for number in range(LANGUAGE.node_kind_count)
    if (kind := LANGUAGE.node_kind_for_id(number)) in _HANDLERS and LANGUAGE.node_kind_is_named(number)
)
