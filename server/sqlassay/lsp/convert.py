"""Between our terms and the protocol's. Pure: nothing here asks the client or the linter anything.

Ours: absolute paths, and bytes of a `SourceText`. The protocol's: URIs, and lines and characters from 0 in the unit
that client and server agreed on ('utf-8', 'utf-16' or 'utf-32').
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from urllib.parse import quote, unquote, urlsplit

from lsprotocol import types

from sqlassay.findings import Severity
from sqlassay.syntax.source import SourceText, TextEdit, Unit

SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}
TAGS = {"unnecessary": types.DiagnosticTag.Unnecessary, "deprecated": types.DiagnosticTag.Deprecated}

DRIVE = re.compile(r"/[A-Za-z]:(?:/|$)")
LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
"""A line with its end, as the protocol splits a text: a form feed or U+2028 ends none."""


def scheme_of(uri: str) -> str:
    """The scheme of a URI in small letters; empty where it has none."""
    head, colon, _ = uri.partition(":")
    return head.lower() if colon else ""


def path_of(uri: str) -> str | None:
    """The absolute path of a `file:` URI; None for any other and for one that cannot be read."""
    if scheme_of(uri) != "file":
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    path = unquote(parts.path, errors="surrogateescape")
    if "\0" in path or not path:
        return None
    if parts.netloc and parts.netloc != "localhost":
        path = f"//{unquote(parts.netloc)}{path}"
    elif DRIVE.match(path):
        path = path[1].lower() + path[2:]
    return os.path.abspath(path)


def uri_of(path: str) -> str:
    """The `file:` URI of an absolute path."""
    path = path.replace(os.sep, "/")
    if re.match(r"[A-Za-z]:", path):
        return f"file:///{path[0].lower()}:{quote(path[2:])}"
    if path.startswith("//"):
        return f"file:{quote(path)}"
    return f"file://{quote(path.encode('utf-8', 'surrogateescape'))}"


def position(source: SourceText, offset: int, unit: Unit) -> types.Position:
    """The protocol's position of a byte offset."""
    line, character = source.position(offset, unit)
    return types.Position(line, character)


def offset(source: SourceText, place: types.Position, unit: Unit) -> int:
    """The byte offset of a position; the nearest one in the text where the position lies outside."""
    return source.offset(place.line, place.character, unit)


def range_of(source: SourceText, start: int, end: int, unit: Unit) -> types.Range:
    """The protocol's range of the bytes from `start` to `end`."""
    return types.Range(position(source, start, unit), position(source, end, unit))


def text_edits(source: SourceText, edits: Iterable[TextEdit], unit: Unit) -> list[types.TextEdit]:
    """Edits of `source` in the protocol's terms."""
    return [types.TextEdit(range_of(source, each.start, each.end, unit), each.text) for each in edits]


def difference(source: SourceText, after: str) -> list[TextEdit]:
    """The edits, whole lines where lines changed, that make `after` of `source`: in order, not overlapping.

    An editor keeps the cursor, folds and bookmarks of the lines that no edit touches.
    """
    old, new = LINE.findall(source.text), LINE.findall(after)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = old[head : len(old) - tail]
    starts = [_size(old[:head])]
    for line in middle:
        starts.append(starts[-1] + len(line.encode("utf-8", "surrogatepass")))
    new = new[head : len(new) - tail]
    changes = SequenceMatcher(None, middle, new, autojunk=False).get_opcodes()
    return [
        TextEdit(starts[first], starts[last], "".join(new[begin:stop]))
        for kind, first, last, begin, stop in changes
        if kind != "equal"
    ]


def _size(lines: list[str]) -> int:
    return len("".join(lines).encode("utf-8", "surrogatepass"))


def text_edit(source: SourceText, change: types.TextDocumentContentChangeEvent, unit: Unit) -> TextEdit:
    """One change of a document, in bytes of `source`; what lies outside the text is brought inside."""
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return TextEdit(0, len(source.data), change.text)
    start = offset(source, change.range.start, unit)
    end = offset(source, change.range.end, unit)
    return TextEdit(min(start, end), max(start, end), change.text)


def overlaps(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges share a place; touching is enough, so that a cursor at a word's end is on the word."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(place: types.Position) -> tuple[int, int]:
    return place.line, place.character


def asks_for(kind: str, only: Iterable[str] | None) -> bool:
    """Whether a client that asks for these kinds of code action (None: any) wants one of `kind`."""
    return only is None or any(not each or kind == each or kind.startswith(each + ".") for each in only)
