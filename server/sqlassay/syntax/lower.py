"""Lowering of statements: tree-sitter's tree becomes the nodes of `syntax.nodes`, one top-level statement at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tree_sitter import Node as TSNode
from tree_sitter import Parser as TSParser

from sqlassay.syntax import nodes as n
from sqlassay.syntax.expressions import (
    COMMENT,
    LANGUAGE,
    Context,
    Damage,
    arguments,
    children,
    expression,
    kind_id,
    named,
    parameters,
    sequence,
)

MAX_BLOCKS = 60
"""How deep blocks may nest before their inside is Broken. CPython stops at 100 indents, and at 20 loops."""

LowerStatement = Callable[[Context, TSNode], n.Stmt]


def lower(node: TSNode, data: bytes, base: int, damage: Damage | None = None) -> tuple[n.Stmt, bool]:
    """Lower one top-level statement; say, too, whether something in it does not parse.

    `data`: its bytes as the user wrote them; `base`: the offset at which tree-sitter saw it.
    `damage`: what was replaced in it because it does not parse.
    Never raises; offsets of the result count from `base`.
    """
    context = Context(data, base, damage, node.has_error)
    return statement(context, node), context.damaged


def expression_from(text: str) -> n.Expr | None:
    """Parse a string as one expression, as an annotation in quotes is. None where it is not one.

    Offsets count UTF-8 bytes of `text`.
    """
    data = text.encode("utf-8", "replace")
    # In brackets, since an annotation may go over lines.
    root = TSParser(LANGUAGE).parse(b"(" + data + b")").root_node
    if root.has_error or root.named_child_count != 1:
        return None
    outer = root.named_children[0].named_children
    if len(outer) != 1 or outer[0].end_byte != len(data) + 2 or outer[0].type != "parenthesized_expression":
        return None
    context = Context(data, 1)
    return expression(context, outer[0])


def statement(c: Context, node: TSNode) -> n.Stmt:
    """Lower one statement of any kind."""
    start = node.start_byte - c.base
    if start in c.broken:
        return n.Broken(start, c.broken[start])
    if c.tolerant and node.has_error:
        return _damaged(c, node)
    return _TABLE[node.kind_id](c, node)


def _damaged(c: Context, node: TSNode) -> n.Stmt:
    """A statement with an error in it: Broken, or a whole compound statement around smaller Broken ones."""
    if any(
        child.is_error or child.is_missing or (child.has_error and not _holds_blocks(child)) for child in node.children
    ):
        return _broken(c, node)
    try:
        return _TABLE[node.kind_id](c, node)
    except (ValueError, IndexError):  # it lacks a part that its kind always has
        return _broken(c, node)


def _holds_blocks(node: TSNode) -> bool:
    return node.kind_id == _BLOCK or any(child.kind_id == _BLOCK for child in node.children)


def block(c: Context, node: TSNode) -> tuple[n.Stmt, ...]:
    """Lower the statements of a block."""
    if c.blocks >= MAX_BLOCKS:
        return (n.Broken(node.start_byte - c.base, node.end_byte - c.base),)
    c.blocks += 1
    lowered = tuple([statement(c, child) for child in node.named_children if child.kind_id not in _NO_STATEMENTS])
    c.blocks -= 1
    c.damaged = c.damaged or not lowered
    return lowered


_NO_STATEMENTS = frozenset({COMMENT, kind_id("line_continuation")})
_BLOCK = kind_id("block")
_ASSIGNMENT = kind_id("assignment")
_AUGMENTED = kind_id("augmented_assignment")
_EXPRESSION_LIST = kind_id("expression_list")
_EQUALS = kind_id("=", False)
_COMMA = kind_id(",", False)
_STAR = kind_id("*", False)
_COLON = kind_id(":", False)
_ELIF = kind_id("elif_clause")
_ELSE = kind_id("else_clause")
_FINALLY = kind_id("finally_clause")
_EXCEPT = frozenset({kind_id("except_clause"), kind_id("except_group_clause")}) - {-1}
_AS_PATTERN = frozenset(
    number for number in range(LANGUAGE.node_kind_count) if LANGUAGE.node_kind_for_id(number) == "as_pattern"
)
_PARENTHESIZED = kind_id("parenthesized_expression")
_DECORATOR = kind_id("decorator")
_WITH_ITEM = kind_id("with_item")
_CASE = kind_id("case_clause")
_IF_CLAUSE = kind_id("if_clause")
_CLASS = kind_id("class_definition")
_FUNCTION = kind_id("function_definition")
_TYPE_PARAMETER = kind_id("type_parameter")
_ARGUMENT_LIST = kind_id("argument_list")
_PARAMETERS = kind_id("parameters")
_TYPE = kind_id("type")


def _end(c: Context, node: TSNode, *bodies: Iterable[n.Node]) -> int:
    """Where a compound statement ends: with its last statement, not with the comment after it."""
    last = -1
    for body in bodies:
        for each in body:
            last = each.end
    return last if last >= 0 else node.end_byte - c.base


def _broken(c: Context, node: TSNode) -> n.Stmt:
    c.damaged = True
    return n.Broken(node.start_byte - c.base, node.end_byte - c.base)


# ---------------------------------------------------------- simple statements


def _expression_statement(c: Context, node: TSNode) -> n.Stmt:
    start, end = node.start_byte - c.base, node.end_byte - c.base
    parts = node.children
    if len(parts) > 1:
        parts = children(node)
    first = parts[0]
    if first.kind_id == _ASSIGNMENT:
        return _assignment(c, first)
    if first.kind_id == _AUGMENTED:
        target, op, value = children(first)
        return n.AugAssign(start, end, expression(c, target), op.type[:-1], expression(c, value))
    if len(parts) == 1:
        return n.ExprStmt(start, end, expression(c, first))
    elements = tuple([expression(c, part) for part in parts if part.is_named])
    return n.ExprStmt(start, end, n.TupleExpr(start, end, elements))


def _assignment(c: Context, node: TSNode) -> n.Stmt:
    start, end = node.start_byte - c.base, node.end_byte - c.base
    targets: list[n.Expr] = []
    while True:
        left, mark, value, *more = children(node)
        if mark.kind_id == _COLON:
            right = expression(c, more[1]) if len(more) > 1 else None
            return n.AnnAssign(start, end, expression(c, left), expression(c, value), right)
        targets.append(expression(c, left))
        if value.kind_id != _ASSIGNMENT:
            return n.Assign(start, end, tuple(targets), expression(c, value))
        node = value


def _return(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    value = expression(c, parts[1]) if len(parts) > 1 else None
    return n.Return(node.start_byte - c.base, node.end_byte - c.base, value)


def _raise(c: Context, node: TSNode) -> n.Stmt:
    values = named(node)
    if values and values[0].kind_id == _EXPRESSION_LIST:  # Python 2
        return _broken(c, node)
    lowered = [expression(c, value) for value in values]
    exc, cause = (*lowered, None, None)[:2]
    return n.Raise(node.start_byte - c.base, node.end_byte - c.base, exc, cause)


def _assert(c: Context, node: TSNode) -> n.Stmt:
    test, *msg = named(node)
    return n.Assert(
        node.start_byte - c.base,
        node.end_byte - c.base,
        expression(c, test),
        expression(c, msg[0]) if msg else None,
    )


def _delete(c: Context, node: TSNode) -> n.Stmt:
    targets = named(node)
    if targets and targets[0].kind_id == _EXPRESSION_LIST:
        targets = named(targets[0])
    lowered = tuple([expression(c, target) for target in targets])
    return n.Delete(node.start_byte - c.base, node.end_byte - c.base, lowered)


def _simple(kind: str) -> LowerStatement:
    def lower_simple(c: Context, node: TSNode) -> n.Stmt:
        return n.Simple(node.start_byte - c.base, node.end_byte - c.base, kind)

    return lower_simple


def _scope(kind: str) -> LowerStatement:
    def lower_scope(c: Context, node: TSNode) -> n.Stmt:
        names = tuple([c.identifier(child) for child in named(node)])
        return n.Scope(node.start_byte - c.base, node.end_byte - c.base, kind, names)

    return lower_scope


def _dotted(c: Context, node: TSNode) -> str:
    """A dotted name as it is compared, whatever blanks stand in it."""
    return ".".join([c.identifier(part) for part in named(node)])


def _imported(c: Context, node: TSNode) -> tuple[str, str | None]:
    if node.type == "aliased_import":
        name, alias = named(node)
        return _dotted(c, name), c.identifier(alias)
    return _dotted(c, node), None


def _import(c: Context, node: TSNode) -> n.Stmt:
    names = tuple([_imported(c, child) for child in named(node)])
    return n.Import(node.start_byte - c.base, node.end_byte - c.base, names)


def _future_import(c: Context, node: TSNode) -> n.Stmt:
    names = tuple([_imported(c, child) for child in named(node)])
    return n.ImportFrom(node.start_byte - c.base, node.end_byte - c.base, "__future__", 0, names)


def _import_from(c: Context, node: TSNode) -> n.Stmt:
    source, *rest = named(node)
    level, module = 0, ""
    if source.type == "relative_import":
        prefix, *dotted = named(source)
        level = len(children(prefix))
        module = _dotted(c, dotted[0]) if dotted else ""
    else:
        module = _dotted(c, source)
    names = tuple([("*", None) if child.type == "wildcard_import" else _imported(c, child) for child in rest])
    return n.ImportFrom(node.start_byte - c.base, node.end_byte - c.base, module, level, names)


def _type_alias(c: Context, node: TSNode) -> n.Stmt:
    left, right = named(node)
    name = expression(c, left)
    if isinstance(name, n.Subscript):
        name = name.value
    if not isinstance(name, n.Name):
        return _call_of_type(c, node)
    return n.TypeAlias(node.start_byte - c.base, node.end_byte - c.base, name.id, expression(c, right))


def _call_of_type(c: Context, node: TSNode) -> n.Stmt:
    """`type(x).y = z`, which the grammar takes for a type alias. Under any other name it sees the assignment."""
    start, end = node.start_byte - c.base, node.end_byte - c.base
    data = c.text[start:end].encode("latin-1")
    root = TSParser(LANGUAGE).parse(_NOT_TYPE + data[len(_NOT_TYPE) :]).root_node
    if root.has_error or root.named_child_count != 1 or root.children[0].type == "type_alias_statement":
        return _broken(c, node)
    base, c.base = c.base, -start
    lowered = statement(c, root.children[0])
    c.base = base
    return lowered


_NOT_TYPE = b"typ_"


# -------------------------------------------------------- compound statements


def _clause_body(c: Context, clauses: list[TSNode], kind: int) -> tuple[n.Stmt, ...]:
    """The body of the `else` or `finally` clause among `clauses`."""
    for clause in clauses:
        if clause.kind_id == kind:
            return _body(c, children(clause))
    return ()


def _body(c: Context, parts: list[TSNode]) -> tuple[n.Stmt, ...]:
    """The statements of the first block among the children of a compound statement or clause."""
    for part in parts:
        if part.kind_id == _BLOCK:
            return block(c, part)
    return ()


def _condition(c: Context, clause: TSNode, test: TSNode) -> n.Expr:
    """The test of an `elif`; Opaque where its header does not parse."""
    start = clause.start_byte - c.base
    if start in c.headers:
        return n.Opaque(start, c.headers[start])
    return expression(c, test)


def _if(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    clauses = [part for part in parts if part.kind_id == _ELIF]
    orelse = _clause_body(c, parts, _ELSE)
    # From the last elif to the first: each is the whole `else` of the one before.
    for clause in reversed(clauses):
        inner = children(clause)
        test = _condition(c, clause, inner[1])
        body = _body(c, inner)
        orelse = (n.If(clause.start_byte - c.base, _end(c, clause, body, orelse), test, body, orelse),)
    body = _body(c, parts)
    return n.If(node.start_byte - c.base, _end(c, node, body, orelse), expression(c, parts[1]), body, orelse)


def _for(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    is_async = parts[0].type == "async"
    _, target, _, *over = parts[1:] if is_async else parts
    body = _body(c, over)
    orelse = _clause_body(c, over, _ELSE)
    end = _end(c, node, body, orelse)
    start = node.start_byte - c.base
    return n.For(start, end, expression(c, target), expression(c, over[0]), body, orelse, is_async)


def _while(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    body = _body(c, parts)
    orelse = _clause_body(c, parts, _ELSE)
    end = _end(c, node, body, orelse)
    return n.While(node.start_byte - c.base, end, expression(c, parts[1]), body, orelse)


def _with(c: Context, node: TSNode) -> n.Stmt:
    parts = children(node)
    is_async = parts[0].type == "async"
    clause = parts[2 if is_async else 1]
    items = tuple([_with_item(c, child) for child in named(clause) if child.kind_id == _WITH_ITEM])
    body = _body(c, parts)
    return n.With(node.start_byte - c.base, _end(c, node, body), items, body, is_async)


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
    values = [part for part in parts if part.is_named and part.kind_id != _BLOCK]
    if start in c.headers:
        kind = n.Opaque(start, c.headers[start])
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
        if part.kind_id == _BLOCK:
            cases.extend([_case(c, child) for child in named(part) if child.kind_id == _CASE])
    return n.Match(node.start_byte - c.base, _end(c, node, cases), subject, tuple(cases))


def _case(c: Context, node: TSNode) -> n.Case:
    guard: n.Expr | None = None
    captures: list[str] = []
    body: tuple[n.Stmt, ...] = ()
    start = node.start_byte - c.base
    if start in c.headers:
        guard = n.Opaque(start, c.headers[start])
    for part in named(node):
        if part.kind_id == _BLOCK:
            body = block(c, part)
        elif start in c.headers:
            continue
        elif part.kind_id == _IF_CLAUSE:
            guard = expression(c, named(part)[0])
        else:
            captures += _captures(c, part)
    return n.Case(start, _end(c, node, body), tuple(captures), guard, body)


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


# ---------------------------------------------------------------- definitions


def _decorated(c: Context, node: TSNode) -> n.Stmt:
    *marks, definition = named(node)
    decorators = tuple([expression(c, named(mark)[0]) for mark in marks if mark.kind_id == _DECORATOR])
    start = node.start_byte - c.base
    if definition.kind_id == _FUNCTION:
        return _function(c, definition, start, decorators)
    if definition.kind_id == _CLASS:
        return _class(c, definition, start, decorators)
    return _broken(c, node)


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
        elif kind == _BLOCK:
            body = block(c, part)
    return n.FunctionDef(
        node.start_byte - c.base if start is None else start,
        _end(c, node, body),
        c.identifier(name),
        name.start_byte - c.base,
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
        elif part.kind_id == _BLOCK:
            body = block(c, part)
    header = node.start_byte - c.base
    if header in c.headers:
        name, name_start = _name_in_header(c, header)
        bases = (n.Opaque(header, c.headers[header]),)
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
    """The name of a class whose header does not parse, and where it is."""
    found = _CLASS_NAME.match(c.text, start)
    if found is None:
        return "", start
    return c.slice(*found.span(1)), found.start(1)


_CLASS_NAME = re.compile(r"class\s+([\w\x80-\xff]+)")


def docstring(body: Iterable[n.Stmt]) -> str | None:
    """The docstring of a module, class or function, as written between its quotes."""
    for first in body:
        if isinstance(first, n.ExprStmt):
            value = first.value
            if isinstance(value, n.Constant) and value.kind == "str":
                return str(value.value)
        return None
    return None


# ---------------------------------------------------------------------- table

_HANDLERS: dict[str, LowerStatement] = {
    "expression_statement": _expression_statement,
    "return_statement": _return,
    "if_statement": _if,
    "for_statement": _for,
    "while_statement": _while,
    "with_statement": _with,
    "try_statement": _try,
    "match_statement": _match,
    "function_definition": _function,
    "class_definition": _class,
    "decorated_definition": _decorated,
    "import_statement": _import,
    "import_from_statement": _import_from,
    "future_import_statement": _future_import,
    "raise_statement": _raise,
    "assert_statement": _assert,
    "delete_statement": _delete,
    "pass_statement": _simple("pass"),
    "break_statement": _simple("break"),
    "continue_statement": _simple("continue"),
    "global_statement": _scope("global"),
    "nonlocal_statement": _scope("nonlocal"),
    "type_alias_statement": _type_alias,
}


class _Table(dict[int, LowerStatement]):
    """What is not in the table does not parse as Python 3: errors, and Python 2's print and exec."""

    def __missing__(self, kind: int) -> LowerStatement:
        return _broken


_TABLE = _Table({kind_id(kind): handler for kind, handler in _HANDLERS.items()})
