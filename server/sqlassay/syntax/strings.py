"""String literals: from the way they are written to the value that Python gives them."""

from __future__ import annotations

import re
import unicodedata

_SIMPLE = {
    "\n": "",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_ESCAPE = re.compile(
    r"""\\(?:([\n\\'"abfnrtv])|([0-7]{1,3})|(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|N\{([^}]+)\})"""
)
_BRACES = re.compile(r"\{\{|\}\}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PREFIXED = re.compile(r"""([A-Za-z]{0,2})('''|\"""|'|")""")


def split_literal(literal: str) -> tuple[str, int, int]:
    """Take a whole literal apart: its prefix in lower case, and where the text between its quotes starts and ends."""
    match = _PREFIXED.match(literal)
    if match is None:
        return "", 0, len(literal)
    quote = len(match[2])
    if len(literal) < match.end() + quote:  # `""` looks like the start of a triple quote only where more follows
        quote = 1
    start = len(match[1]) + quote
    return match[1].lower(), start, len(literal) - quote


def string_value(text: str, *, raw: bool, formatted: bool = False) -> str:
    r"""The value of the text between quotes.

    `formatted`: it is the text between the holes of an f-string, where `{{` stands for `{`.
    A lone surrogate (`"\ud800"`) becomes U+FFFD, so that every value can be written as UTF-8.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if raw or "\\" not in text:
        return _BRACES.sub(_one_brace, text) if formatted else text
    if not formatted:
        value = _ESCAPE.sub(_unescape, text)
        return _SURROGATE.sub("\ufffd", value) if _SURROGATE.search(value) else value
    # A named escape holds braces of its own, and an escaped brace is a brace: never look at a piece twice.
    pieces: list[str] = []
    done = 0
    for match in _ESCAPE.finditer(text):
        pieces += _BRACES.sub(_one_brace, text[done : match.start()]), _unescape(match)
        done = match.end()
    pieces.append(_BRACES.sub(_one_brace, text[done:]))
    return _SURROGATE.sub("\ufffd", "".join(pieces))


def _one_brace(match: re.Match[str]) -> str:
    return match[0][0]


def _unescape(match: re.Match[str]) -> str:
    simple, octal, *hexes, name = match.groups()
    if simple is not None:
        return _SIMPLE[simple]
    if octal is not None:
        return chr(int(octal, 8))
    if name is not None:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return match[0]
    code = int(next(digits for digits in hexes if digits is not None), 16)
    return chr(code) if code <= 0x10FFFF else match[0]
