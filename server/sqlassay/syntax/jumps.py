"""Line ends that tree-sitter reads past, where Python does not."""

from __future__ import annotations

import re

from tree_sitter import Node as TSNode

_UNFINISHED = tuple(
    b". : = + - * / % & | ^ < > ~ @ and or not in is if else elif await lambda import from as del assert for while with"
    b" def class async global nonlocal".split()
)
"""With what a line ends that is not over: tree-sitter then reads on in the next, in brackets or not."""

_UNFINISHED_BY_LAST = {
    last: tuple(ending for ending in _UNFINISHED if ending[-1] == last) for last in {each[-1] for each in _UNFINISHED}
}

_BLOCK_FOLLOWS = re.compile(rb"[ \t\f]*(?:async|def|class|if|elif|else|for|while|with|try|except|finally|case)\b.*:")
"""A line that ends with the colon of a block, if it ends with a colon."""

_GOES_ON = re.compile(rb"\n[ \t\f]*(?::|in\b|as\b|->|import\b)")
"""What a line begins with that is not the first of its statement."""

_MARK = re.compile(
    rb'""("[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*""")'
    rb"|''('[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*''')"
    rb'|"([^"\\\n]*(?:\\.[^"\\\n]*)*")'
    rb"|'([^'\\\n]*(?:\\.[^'\\\n]*)*')"
    rb"|#(?P<comment>[^\n]*)"
    rb'|"(?P<double>[^\n]*)'
    rb"|'(?P<single>[^\n]*)"
    # It starts with the line end, which `re` finds quickest, and looks back from there.
    rb"|\n(?P<suspect>(?<=[" + re.escape(bytes(_UNFINISHED_BY_LAST)) + rb" \t\f\r]\n)|" + _GOES_ON.pattern[2:] + rb")",
    re.DOTALL,
)
"""What may tell of a line end that is read past. The group says what it is: none for a string that is closed."""

_BRACKETS = frozenset("([{")
_WITH_COLON = frozenset(("assignment", "constrained_type", "lambda"))
"""What goes on after a colon without being a block."""


def jumps_line_end(code: bytes, node: TSNode) -> bool:
    """Whether the statement holds a line end that Python would not read past.

    tree-sitter takes `x = a.` and the line `y = 1` under it for `x = a.y = 1`, and a string that is not closed in its
    line for one that goes on to the next quote, both without an error. `code` is what was parsed.
    """
    start = node.start_byte
    text = code[start : node.end_byte]
    for mark in _MARK.finditer(text):
        kind = mark.lastgroup
        if kind is None:
            continue
        if kind == "suspect":
            jumps = _is_unfinished(node, text, mark.start()) or _goes_on(node, text, mark.start())
        elif kind == "comment":
            jumps = _is_unfinished(node, text, mark.start())
        else:
            jumps = _is_in_short_string(node, start + mark.end())
        if jumps:
            return True
    return False


def _is_unfinished(statement: TSNode, text: bytes, end: int) -> bool:
    """Whether the line whose code ends at `end` of the statement's text is to go on, with no bracket open."""
    first = text.rfind(b"\n", 0, end) + 1
    line = text[first:end].rstrip()
    endings = _UNFINISHED_BY_LAST.get(line[-1]) if line else None
    if endings is None or not line.endswith(endings) or (line.endswith(b":") and _BLOCK_FOLLOWS.fullmatch(line)):
        return False
    at = statement.start_byte + first + len(line) - 1
    token = statement.descendant_for_byte_range(at, at + 1)
    if token is None or token.is_named or token.parent is None:
        return False
    if token.end_byte == token.parent.end_byte:  # the star of `import *`
        return False
    if token.type == ":" and token.parent.type not in _WITH_COLON:
        return False
    return not _is_bracketed(token)


def _goes_on(statement: TSNode, text: bytes, newline: int) -> bool:
    """Whether the line after a line end of the statement's text goes on with what was before, with no bracket open."""
    found = _GOES_ON.match(text, newline)
    if found is None:
        return False
    at = statement.start_byte + found.end() - 1
    token = statement.descendant_for_byte_range(at, at + 1)
    if token is None or token.is_named or token.parent is None:
        return False
    return token.parent.start_byte < statement.start_byte + newline and not _is_bracketed(token)


def _is_bracketed(token: TSNode) -> bool:
    node = token.parent
    while node is not None and node.type != "block":
        if any(child.start_byte < token.start_byte and child.type in _BRACKETS for child in node.children):
            return True
        node = node.parent
    return False


def _is_in_short_string(statement: TSNode, newline: int) -> bool:
    """Whether the line end at `newline` is in a string of one quote, and not in a hole of an f-string."""
    node = statement.descendant_for_byte_range(newline, newline + 1)
    while node is not None and node.type not in ("string", "interpolation"):
        node = node.parent
    if node is None or node.type == "interpolation":
        return False
    opening = node.children[0]
    return not (opening.text or b"").endswith((b'"""', b"'''"))
