"""Lowering of expressions that hold others: names and calls, collections, operators."""

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
from sqlassay.syntax.signatures import arguments, indices

_FOR_IN = kind_id("for_in_clause")
_IF_CLAUSE = kind_id("if_clause")
_LIST_SPLAT = kind_id("list_splat")
_NAMED_EXPRESSION = kind_id("named_expression")
_BINARY = kind_id("binary_operator")
_AND = kind_id("&", False)
_XOR = kind_id("^", False)
_PAIR = kind_id("pair")
_BOOLEAN = kind_id("boolean_operator")
_COLON = kind_id(":", False)
_GENERATOR = kind_id("generator_expression")


# ------------------------------------------------------------ names and calls


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
    index = indices(c, parts[2:-1])
    start, end = node.start_byte - c.base, node.end_byte - c.base
    if isinstance(value, n.Starred):
        return _star_out(value, n.Subscript(start + 1, end, value.value, index))
    return n.Subscript(start, end, value, index)


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
    return expression(c, inside[0]) if inside else opaque(c, node)


# ---------------------------------------------------------------- collections


def _elements(c: Context, node: TSNode) -> tuple[n.Expr, ...]:
    return tuple([expression(c, child) for child in node.named_children if child.kind_id not in EXTRAS])


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


def _comprehension(kind: str) -> LowerExpression:
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
    if len(terms) + max(map(len, terms)) > MAX_DEPTH - c.depth:
        return opaque(c, node)
    union: n.Expr | None = None
    for term in terms:
        product: n.Expr | None = None
        for factor in term:
            product = _joined_by("&", c, term[0], product, factor, expression(c, factor))
        if product is not None:
            union = _joined_by("^", c, node, union, term[-1], product)
    return union or opaque(c, node)


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


HANDLERS: dict[str, LowerExpression] = {
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
    "type": _inner,
    "member_type": _attribute,
}
