"""The doors to lowering: tree-sitter's tree becomes the nodes of `syntax.nodes`, one top-level statement at a time."""

from __future__ import annotations

from functools import lru_cache

from tree_sitter import Node as TSNode
from tree_sitter import Parser as TSParser

from sqlassay.syntax import compound, expressions, literals, nodes, signatures, simple
from sqlassay.syntax.lowering import EXPRESSIONS, LANGUAGE, STATEMENTS, Context, Damage, expression, register, statement

for _module in (expressions, literals, signatures):
    register(EXPRESSIONS, _module.HANDLERS)
for _statements in (simple, compound):
    register(STATEMENTS, _statements.HANDLERS)


def lower(node: TSNode, data: bytes, base: int, damage: Damage | None = None) -> tuple[nodes.Stmt, bool]:
    """Lower one top-level statement; say, too, whether something in it does not parse.

    `data`: its bytes as the user wrote them; `base`: the offset at which tree-sitter saw it.
    `damage`: what was replaced in it because it does not parse.
    Never raises; offsets of the result count from `base`.
    """
    context = Context(data, base, damage, node.has_error)
    return statement(context, node), context.damaged


@lru_cache(maxsize=4096)
def expression_from(text: str) -> nodes.Expr | None:
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
