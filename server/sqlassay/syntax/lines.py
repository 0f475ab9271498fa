"""The logical lines of a text that does not parse, each parsed for itself.

A text that differs a little from one seen before is read only where it differs.
"""

from __future__ import annotations

import re
from bisect import bisect_left

import tree_sitter
from msgspec import Struct

from sqlassay.syntax.changes import changed_range
from sqlassay.syntax.layout import extent, indent_width, next_line
from sqlassay.syntax.lowering import LANGUAGE

_WORD = re.compile(rb"[A-Za-z_]\w*|@")

CLAUSE_CONTEXT = {
    b"elif": b"if 0:\n 0\n",
    b"else": b"if 0:\n 0\n",
    b"except": b"try:\n 0\n",
    b"finally": b"try:\n 0\n",
}
"""The words that clauses begin with, and what makes a clause parse alone."""

MAX_VERDICTS = 20_000
MAX_RECENT = 8
_SIGNATURE = 80
"""How many bytes at the start of two texts make them versions of one."""


class Line(Struct):
    """A logical line. Offsets are bytes."""

    start: int
    end: int
    """Without its comment and line end."""
    next: int
    """Where the line after it starts."""
    seen: int
    """How far the text was looked at to find its end."""
    width: int
    """Its indentation."""
    word: bytes
    """What it begins with, if that is a word or an @."""
    parses: bool
    opens: bool
    """It ends with a colon: a block belongs under it."""
    plainer: bytes | None = None
    """The line as tree-sitter's grammar knows it, where Python knows more: what it cannot read is blank."""

    def moved(self, by: int) -> Line:
        return Line(
            self.start + by,
            self.end + by,
            self.next + by,
            self.seen + by,
            self.width,
            self.word,
            self.parses,
            self.opens,
            self.plainer,
        )


class LineReader:
    """Reads logical lines. Not thread-safe: one for each thread."""

    def __init__(self) -> None:
        self._parser = tree_sitter.Parser(LANGUAGE)
        self._verdicts: dict[bytes, bytes | None] = {}
        self._recent: dict[tuple[bytes, bool], tuple[bytes, list[Line]]] = {}

    def read(self, data: bytes, odd_quotes: bool) -> list[Line]:
        """The logical lines of a text. `odd_quotes`: see `layout.extent`."""
        signature = data[:_SIGNATURE], odd_quotes
        recent = self._recent.pop(signature, None)
        lines = self._again(data, odd_quotes, *recent) if recent is not None else self._read(data, odd_quotes, [])
        if len(self._recent) >= MAX_RECENT:
            del self._recent[next(iter(self._recent))]
        self._recent[signature] = data, lines
        return lines

    def _again(self, data: bytes, odd_quotes: bool, before: bytes, lines: list[Line]) -> list[Line]:
        start, old_end, new_end = changed_range(before, data)
        kept = 0
        # Less, not equal: a line that was looked at to the end of the text saw that the text ends there.
        while kept < len(lines) and lines[kept].seen < start:
            kept += 1
        return self._read(data, odd_quotes, lines[:kept], lines, new_end, new_end - old_end)

    def _read(
        self,
        data: bytes,
        odd_quotes: bool,
        lines: list[Line],
        old: list[Line] | None = None,
        changed: int = 0,
        moved: int = 0,
    ) -> list[Line]:
        """Go on after `lines`, until after byte `changed` a line starts where one of `old` did, `moved` bytes on."""
        start = next_line(data, lines[-1].next if lines else 0)
        while start < len(data):
            margin = data.rfind(b"\n", 0, start) + 1
            width = indent_width(data, margin)
            if old is not None and margin >= changed:
                index = bisect_left(old, start - moved, key=lambda line: line.start)
                if index < len(old) and (old[index].start, old[index].width) == (start - moved, width):
                    return lines + [line.moved(moved) for line in old[index:]]
            line = self._line(data, start, width, odd_quotes)
            lines.append(line)
            start = next_line(data, line.next)
        return lines

    def _line(self, data: bytes, start: int, width: int, odd_quotes: bool) -> Line:
        found = extent(data, start, width, odd_quotes)
        end, after = found.end, found.next
        read = self._readable(data[start:end])
        if read is None and found.shorter is not None:
            end, after = found.shorter
            read = self._readable(data[start:end])
        word = _WORD.match(data, start)
        return Line(
            start,
            end,
            after,
            found.seen,
            width,
            word[0] if word else b"",
            read is not None,
            data[end - 1] == _COLON,
            None if read == data[start:end] else read,
        )

    def _readable(self, line: bytes) -> bytes | None:
        """A logical line as tree-sitter can read it, if what it needs around it is there; None if it does not parse."""
        if line not in self._verdicts:
            if len(self._verdicts) > MAX_VERDICTS:
                self._verdicts.clear()
            self._verdicts[line] = next(filter(self._parses, dict.fromkeys((line, _without_defaults(line)))), None)
        return self._verdicts[line]

    def _parses(self, line: bytes) -> bool:
        word = _WORD.match(line)
        context = CLAUSE_CONTEXT.get(word[0]) if word else None
        if context is not None:
            return self._is_one_statement(context + line)
        if line.startswith(b"@"):
            return self._is_one_statement(line + b"\ndef _(): 0")
        if not self._parser.parse(line).root_node.has_error:
            return True
        return line.startswith(b"case") and self._is_one_statement(b"match 0:\n " + line)

    def _is_one_statement(self, data: bytes) -> bool:
        root = self._parser.parse(data).root_node
        return not root.has_error and root.named_child_count == 1


_COLON = ord(":")
_TYPE_PARAMETERS = re.compile(rb"(?:(?:async[ \t]+)?def|class|type)[ \t]+[\w\x80-\xff]+[ \t]*\[")
_DEFAULT = re.compile(rb"[\[\](){},=]")


def _without_defaults(line: bytes) -> bytes:
    """`class A[T = int]:` as `class A[T      ]:`: the grammar knows no defaults of type parameters (PEP 696)."""
    head = _TYPE_PARAMETERS.match(line)
    if head is None:
        return line
    plainer = bytearray(line)
    depth, default = 1, -1
    for mark in _DEFAULT.finditer(line, head.end()):
        at = mark.start()
        if mark[0] in b"[({":
            depth += 1
        elif mark[0] in b"])}":
            depth -= 1
        if default >= 0 and (depth == 0 or (depth == 1 and mark[0] == b",")):
            plainer[default:at] = b" " * (at - default)
            default = -1
        if depth == 0:
            break
        if depth == 1 and mark[0] == b"=":
            default = at
    return bytes(plainer)
