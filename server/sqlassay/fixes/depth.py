"""Keeps code away from libcst that nests deeper than its parser's stack reaches: it would end the process."""

from __future__ import annotations

from tree_sitter import Parser

from sqlassay.syntax.lowering import LANGUAGE

STACK = 400
"""Kilobytes that a parse may use. Threads have 1,024 at the least where Python runs."""

# Kilobytes that libcst's parser was seen to use for a level of each kind, with some to spare.
_USUAL = 1.7
_COSTS = {
    "argument_list": 7.0,
    "block": 32.0,
    "dictionary": 4.0,
    "list": 7.0,
    "set": 7.0,
    "tuple": 7.0,
    "parenthesized_expression": 7.0,
    "generator_expression": 7.0,
    "list_comprehension": 7.0,
    "set_comprehension": 7.0,
    "dictionary_comprehension": 7.0,
    "lambda": 2.5,
    "subscript": 5.0,
    "interpolation": 7.0,
}
_NESTED_BY_LIBCST = frozenset(("concatenated_string", "if_statement"))
"""Rows of strings and of elifs, which libcst nests."""


def too_deep(text: str) -> bool:
    """Whether the code nests deeper than libcst can be trusted with."""
    stack = [(Parser(LANGUAGE).parse(text.encode("utf-8")).root_node, 0.0)]
    while stack:
        node, used = stack.pop()
        children = node.named_children
        used += _COSTS.get(node.type, _USUAL)
        if node.type in _NESTED_BY_LIBCST:
            used += _USUAL * len(children)
        if used > STACK:
            return True
        stack.extend((child, used) for child in children)
    return False
