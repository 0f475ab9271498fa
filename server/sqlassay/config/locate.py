"""The line of a key in a TOML text: the reader gives values only, and a person needs the line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_TOKEN = re.compile(
    rf'''(?P<string>"""(?:[^\\]|\\.)*?"{{3,5}}|\'\'\'.*?'{{3,5}})'''
    r"""|(?P<comment>\#[^\n]*)"""
    rf"""|(?P<header>(?<=\n)[ \t]*(?P<array>\[)?\[[ \t]*(?P<table>{_KEY})[ \t]*\](?(array)\]))"""
    rf"""|(?P<assign>(?P<key>{_KEY})[ \t]*=)"""
    r"""|(?P<open>[\[{])|(?P<close>[\]}])|(?P<text>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')""",
    re.DOTALL,
)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _keys(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Each key with its full path and its offset, and each string inside an array under the path of its key."""
    table: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    above: list[tuple[str, ...]] = []
    """The prefix that keys have inside each open bracket: an array's elements, an inline table's keys."""
    text = "\n" + text
    for match in _TOKEN.finditer(text):
        kind, at = match.lastgroup, match.start() - 1
        if kind == "header":
            if not above:  # else it is a row of an array of arrays
                table = path = _parts(match["table"])
                yield path, match.start("table") - 1
        elif kind == "assign":
            path = (*(above[-1] if above else table), *_parts(match["key"]))
            yield path, match.start("key") - 1
        elif kind == "open":
            above.append(path)
        elif kind == "close" and above:
            path = above.pop()
        elif kind == "text":
            yield (*path, match["text"][1:-1]), at


def line_of(text: str, keys: Sequence[str], element: str | None = None) -> int:
    """The line, from 1, of the key at the path `keys`, or of the string `element` in its value.

    Where that is not found, the line of the nearest key above it on the path; at worst the first line.
    """
    wanted = (*keys, element) if element is not None else tuple(keys)
    found: dict[tuple[str, ...], int] = {}
    for path, offset in _keys(text):
        for depth in range(1, len(path) + 1):
            found.setdefault(path[:depth], offset)
    for depth in range(len(wanted), 0, -1):
        if wanted[:depth] in found:
            return text.count("\n", 0, found[wanted[:depth]]) + 1
    return 1
