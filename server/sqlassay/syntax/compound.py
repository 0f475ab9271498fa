"""Lowering of statements with blocks: clauses, matches, functions and classes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node as TSNode

from sqlassay.syntax import nodes as n
from sqlassay.syntax.lowering import (
    BLOCK,
    Context,
    LowerStatement,
    block,
    broken,
    children,
    expression,
    kind_id,
    kind_ids,
    named,
    sequence,
)
from sqlassay.syntax.signatures import arguments, parameters

_COMMA = kind_id(",", False)
_STAR = kind_id("*", False)
_COLON = kind_id(":", False)
_ELIF = kind_id("elif_clause")
_ELSE = kind_id("else_clause")
_FINALLY = kind_id("finally_clause")
_EXCEPT = kind_ids("except_clause", "except_group_clause")
_AS_PATTERN = kind_ids("as_pattern")
_PARENTHESIZED = kind_id("parenthesized_expression")
_DECORATOR = kind_id("decorator")
_WITH_ITEM = kind_id("with_item")
_CASE = kind_id("case_clause")
_IF_CLAUSE = kind_id("if_clause")
_CLASS = kind_id("class_definition")
_FUNCTION = kind_id("function_definition")
_ARGUMENT_LIST = kind_id("argument_list")
_PARAMETERS = kind_id("parameters")
_TYPE = kind_id("type")


# -------------------------------------------------------- compound statements


MAX_ELIFS = 100
"""How long a chain of `elif` may be, each being in the `orelse` of the one before, until the rest is Broken."""


def _end(c: Context, node: TSNode, *bodies: Iterable[n.Node]) -> int:
    """Where a compound statement ends: with its last statement, not with the comment after it."""
    last = -1
    for body in bodies:
        for each in body:
            last = each.end
    return last if last >= 0 else node.end_byte - c.base


def _clause_body(c: Context, clauses: list[TSNode], kind: int) -> tuple[n.Stmt, ...]:
    """The body of the `else` or `finally` clause among `clauses`."""
    for clause in clauses:
        if clause.kind_id == kind:
            return _body(c, children(clause))
    return ()


def _body(c: Context, parts: list[TSNode]) -> tuple[n.Stmt, ...]:
    """The statements of the first block among the children of a compound statement or clause."""
    for part in parts:
        if part.kind_id == BLOCK:
            return block(c, part)
    return ()


def _lost_header(c: Context, node: TSNode) -> n.Expr | None:
    """What a compound statement or clause says before its colon, if that does not parse."""
    start = node.start_byte - c.base
    if start not in c.headers:
        return None
    return n.Opaque(start, min(c.headers[start], node.end_byte - c.base))


def _condition(c: Context, clause: TSNode, test: TSNode) -> n.Expr:
    """The test of an `if`, `elif` or `while`; Opaque where its header does not parse."""
    return _lost_header(c, clause) or expression(c, test)


def _if(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    clauses = [part for part in parts if part.kind_id == _ELIF]
    orelse = _clause_body(c, parts, _ELSE)
    if len(clauses) > MAX_ELIFS:
        rest = clauses[MAX_ELIFS].start_byte - c.base
        orelse = (n.Broken(rest, _end(c, clauses[-1], orelse)),)
        clauses = clauses[:MAX_ELIFS]
    # From the last elif to the first: each is the whole `else` of the one before.
    for clause in reversed(clauses):
        inner = children(clause)
        test = _condition(c, clause, inner[1])
        body = _body(c, inner)
        orelse = (n.If(clause.start_byte - c.base, _end(c, clause, body, orelse), test, body, orelse),)
    body = _body(c, parts)
    return n.If(node.start_byte - c.base, _end(c, node, body, orelse), _condition(c, node, parts[1]), body, orelse)


def _for(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    is_async = parts[0].type == "async"
    _, target, _, *over = parts[1:] if is_async else parts
    body = _body(c, over)
    orelse = _clause_body(c, over, _ELSE)
    end = _end(c, node, body, orelse)
    start = node.start_byte - c.base
    lost = _lost_header(c, node)
    if lost is not None:
        return n.For(start, end, _bound(c, lost, _LOOP_NAMES), lost, body, orelse, is_async)
    return n.For(start, end, expression(c, target), expression(c, over[0]), body, orelse, is_async)


def _while(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    body = _body(c, parts)
    orelse = _clause_body(c, parts, _ELSE)
    end = _end(c, node, body, orelse)
    return n.While(node.start_byte - c.base, end, _condition(c, node, parts[1]), body, orelse)


def _with(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    is_async = parts[0].type == "async"
    clause = parts[2 if is_async else 1]
    lost = _lost_header(c, node)
    if lost is not None:
        items = [n.WithItem(lost.start, lost.end, lost, _bound(c, lost, _WITH_NAMES))]
    else:
        items = [_with_item(c, child) for child in named(clause) if child.kind_id == _WITH_ITEM]
    body = _body(c, parts)
    return n.With(node.start_byte - c.base, _end(c, node, body), tuple(items), body, is_async)


def _with_item(c: Context, node: TSNode) -> n.WithItem:
    context, target = _as_pattern(c, named(node)[0])
    return n.WithItem(node.start_byte - c.base, node.end_byte - c.base, context, target)


def _as_pattern(c: Context, node: TSNode) -> tuple[n.Expr, n.Expr | None]:
    """`value as target`, or `value` alone."""
    if node.kind_id == _PARENTHESIZED and (inside := named(node)) and inside[0].kind_id in _AS_PATTERN:
        node = inside[0]  # `with (a as b):`
    if node.kind_id not in _AS_PATTERN:
        return expression(c, node), None
    value, target = named(node)
    return expression(c, value), expression(c, named(target)[0])


def _try(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    body = _body(c, parts)
    clauses = [part for part in parts if part.kind_id in _EXCEPT]
    handlers = tuple([_handler(c, clause) for clause in clauses])
    is_star = any(child.kind_id == _STAR for clause in clauses for child in clause.children)
    is_star = is_star or any(clause.type == "except_group_clause" for clause in clauses)
    orelse = _clause_body(c, parts, _ELSE)
    finalbody = _clause_body(c, parts, _FINALLY)
    end = _end(c, node, body, handlers, orelse, finalbody)
    c.damaged = c.damaged or not (handlers or finalbody)
    return n.Try(node.start_byte - c.base, end, body, handlers, orelse, finalbody, is_star)


def _handler(c: Context, node: TSNode) -> n.Handler:
    start = node.start_byte - c.base
    kind: n.Expr | None = None
    name: str | None = None
    parts = children(node)
    values = [part for part in parts if part.is_named and part.kind_id != BLOCK]
    lost = _lost_header(c, node)
    if lost is not None:
        kind = lost
    elif len(values) > 1:
        kind = sequence(c, [part for part in parts if part in values or part.kind_id == _COMMA])
    elif values:
        kind, target = _as_pattern(c, values[0])
        name = target.id if isinstance(target, n.Name) else None
    body = _body(c, parts)
    return n.Handler(start, _end(c, node, body), kind, name, body)


def _match(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    colon = next((i for i, part in enumerate(parts) if part.kind_id == _COLON), len(parts))
    subject = sequence(c, parts[1:colon])
    cases: list[n.Case] = []
    for part in parts[colon:]:
        if part.kind_id == BLOCK:
            cases.extend([_case(c, child) for child in named(part) if child.kind_id == _CASE])
    return n.Match(node.start_byte - c.base, _end(c, node, cases), subject, tuple(cases))


def _case(c: Context, node: TSNode) -> n.Case:
    guard = lost = _lost_header(c, node)
    captures: list[str] = []
    body: tuple[n.Stmt, ...] = ()
    for part in named(node):
        if part.kind_id == BLOCK:
            body = block(c, part)
        elif lost is not None:
            continue
        elif part.kind_id == _IF_CLAUSE:
            guard = expression(c, named(part)[0])
        else:
            captures += _captures(c, part)
    return n.Case(node.start_byte - c.base, _end(c, node, body), tuple(captures), guard, body)


def _captures(c: Context, pattern: TSNode) -> list[str]:
    """The names that a pattern binds, in order. A stack, since patterns nest as deep as anyone likes."""
    found: list[str] = []
    todo = [pattern]
    while todo:
        node = todo.pop()
        kind = node.type
        inside = named(node)
        if kind == "identifier":
            found.append(c.identifier(node))
        elif kind == "dotted_name":  # `A.b` is a value, `a` a name to bind
            todo += inside if len(inside) == 1 else []
        elif kind in ("class_pattern", "keyword_pattern"):  # the class, the name of the keyword
            todo += reversed(inside[1:])
        elif kind == "dict_pattern":
            todo += [part for part in reversed(inside) if part.type in ("case_pattern", "splat_pattern")]
        elif kind not in ("string", "concatenated_string"):
            todo += reversed(inside)
    return found


# ------------------------------------------------------------- broken headers

_NAME = r"((?!\d)[\w\x80-\xff]+)"
_LOOP_NAMES = re.compile(rf"(?:\bfor\b|,|\()\s*\*?{_NAME}(?=[^\n]*\bin\b)")
_WITH_NAMES = re.compile(rf"\bas\s+{_NAME}")
_PARAMETER = re.compile(rf"[(,]\s*\*{{0,2}}\s*{_NAME}")


def _names(c: Context, header: n.Expr, pattern: re.Pattern[str]) -> list[n.Name]:
    """The names that a header gives to something, as far as its text tells: nobody knows to what."""
    return [
        n.Name(*found.span(1), c.slice(*found.span(1))) for found in pattern.finditer(c.text, header.start, header.end)
    ]


def _bound(c: Context, header: n.Expr, pattern: re.Pattern[str]) -> n.Expr:
    """The target of a `for` or `with` whose header does not parse."""
    return n.TupleExpr(header.start, header.end, tuple(_names(c, header, pattern)))


# ---------------------------------------------------------------- definitions


def _decorated(c: Context, node: TSNode) -> n.Stmt:
    *marks, definition = named(node)
    decorators = tuple([expression(c, named(mark)[0]) for mark in marks if mark.kind_id == _DECORATOR])
    start = node.start_byte - c.base
    if definition.kind_id == _FUNCTION:
        return _function(c, definition, start, decorators)
    if definition.kind_id == _CLASS:
        return _class(c, definition, start, decorators)
    return broken(c, node)


def _function(c: Context, node: TSNode, start: int | None = None, decorators: tuple[n.Expr, ...] = ()) -> n.Stmt:
    parts = children(node)
    is_async = parts[0].type == "async"
    name = parts[2 if is_async else 1]
    params: tuple[n.Param, ...] = ()
    returns: n.Expr | None = None
    body: tuple[n.Stmt, ...] = ()
    for part in parts:
        kind = part.kind_id
        if kind == _PARAMETERS:
            params = parameters(c, part)
        elif kind == _TYPE:
            returns = expression(c, part)
        elif kind == BLOCK:
            body = block(c, part)
    identifier, name_start = c.identifier(name), name.start_byte - c.base
    lost = _lost_header(c, node)
    if lost is not None:
        identifier, name_start = _name_in_header(c, lost.start)
        params = tuple(
            [n.Param(each.start, each.end, each.id, "positional", None, None) for each in _names(c, lost, _PARAMETER)]
        )
    return n.FunctionDef(
        node.start_byte - c.base if start is None else start,
        _end(c, node, body),
        identifier,
        name_start,
        params,
        returns,
        body,
        decorators,
        is_async,
        docstring(body),
    )


def _class(c: Context, node: TSNode, start: int | None = None, decorators: tuple[n.Expr, ...] = ()) -> n.Stmt:
    parts = children(node)
    name, name_start = c.identifier(parts[1]), parts[1].start_byte - c.base
    bases: tuple[n.Expr, ...] = ()
    keywords: tuple[n.Keyword, ...] = ()
    body: tuple[n.Stmt, ...] = ()
    for part in parts:
        if part.kind_id == _ARGUMENT_LIST:
            bases, keywords = arguments(c, part)
        elif part.kind_id == BLOCK:
            body = block(c, part)
    header = node.start_byte - c.base
    lost = _lost_header(c, node)
    if lost is not None:
        name, name_start = _name_in_header(c, header)
        bases = (lost,)
    return n.ClassDef(
        header if start is None else start,
        _end(c, node, body),
        name,
        name_start,
        bases,
        keywords,
        body,
        decorators,
    )


def _name_in_header(c: Context, start: int) -> tuple[str, int]:
    """The name of a class or function whose header does not parse, and where it is."""
    found = _DEFINED_NAME.match(c.text, start)
    if found is None:
        return "", start
    return c.slice(*found.span(1)), found.start(1)


_DEFINED_NAME = re.compile(r"(?:(?:async\s+)?def|class)\s+([\w\x80-\xff]+)")


def docstring(body: Iterable[n.Stmt]) -> str | None:
    """The docstring of a module, class or function, as written between its quotes."""
    for first in body:
        if isinstance(first, n.ExprStmt):
            value = first.value
            if isinstance(value, n.Constant) and value.kind == "str":
                return str(value.value)
        return None
    return None


HANDLERS: dict[str, LowerStatement] = {
    "if_statement": _if,
    "for_statement": _for,
    "while_statement": _while,
    "with_statement": _with,
    "try_statement": _try,
    "match_statement": _match,
    "function_definition": _function,
    "class_definition": _class,
    "decorated_definition": _decorated,
}
