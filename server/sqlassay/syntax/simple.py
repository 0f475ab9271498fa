"""Lowering of statements that hold no others."""

from __future__ import annotations

from tree_sitter import Node as TSNode
from tree_sitter import Parser as TSParser

from sqlassay.syntax import nodes as n
from sqlassay.syntax.lowering import (
    LANGUAGE,
    Context,
    LowerStatement,
    broken,
    children,
    expression,
    kind_id,
    named,
    statement,
)

_ASSIGNMENT = kind_id("assignment")
_AUGMENTED = kind_id("augmented_assignment")
_EXPRESSION_LIST = kind_id("expression_list")
_COLON = kind_id(":", False)


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
        return broken(c, node)
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
        return broken(c, node)
    base, c.base = c.base, -start
    lowered = statement(c, root.children[0])
    c.base = base
    return lowered


_NOT_TYPE = b"typ_"


HANDLERS: dict[str, LowerStatement] = {
    "expression_statement": _expression_statement,
    "return_statement": _return,
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
