"""Line ends that tree-sitter reads past, where Python does not."""

from __future__ import annotations

from tree_sitter import Node as TSNode

_UNFINISHED = tuple(
    b". : = + - * / % & | ^ < > ~ @ and or not in is if else elif await lambda import from as del assert for".split()
)
"""With what a line ends that is not over: tree-sitter then reads on in the next, in brackets or not."""


_BRACKETS = frozenset("([{")
_WITH_COLON = frozenset(("assignment", "lambda"))
"""What goes on after a colon without being a block."""


def jumps_line_end(code: bytes, node: TSNode, first: int, last: int) -> bool:
    """Whether a line end of the statement, outside brackets, is one that Python would not read past.

    tree-sitter takes `x = a.` and the line `y = 1` under it for `x = a.y = 1`, without an error.
    `first` and `last`: only lines that end between these bytes are looked at.
    """
    start = max(node.start_byte, code.rfind(b"\n", 0, first) + 1)
    at = start
    for line in code[start : min(node.end_byte, last)].split(b"\n")[:-1]:
        ended = line.rstrip()
        if ended.endswith(_UNFINISHED) and _is_jump(node, at + len(ended) - 1):
            return True
        at += len(line) + 1
    return False


def _is_jump(statement: TSNode, at: int) -> bool:
    """Whether the token at `at` is an operator or keyword of the statement with no bracket open around it."""
    token = statement.descendant_for_byte_range(at, at + 1)
    if token is None or token.is_named:
        return False
    node = token.parent
    if token.type == ":" and (node is None or node.type not in _WITH_COLON):
        return False
    while node is not None and node.type != "block":
        if any(child.start_byte < at and child.type in _BRACKETS for child in node.children):
            return False
        node = node.parent
    return True
