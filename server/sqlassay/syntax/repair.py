"""Damage control: a text that does not parse becomes one that does, of the same length, without the broken lines.

tree-sitter recovers from errors by taking neighbours down with the broken statement. So where a module has errors, it
is cut at its margin into units (a statement with its decorators and clauses), and a unit that does not parse into
logical lines. Each line is parsed alone. A line that fails is replaced by a name or an empty tuple of the same
length, together with the block under it, and the module is parsed again. What was replaced is Broken. Of a header
that fails only the header is replaced: its block is read without it.

All of it is a function of the text: what an editor sees while a person types is what `check` sees in the file.
"""

from __future__ import annotations

import re

import tree_sitter
from msgspec import Struct

from sqlassay.syntax.jumps import jumps_line_end
from sqlassay.syntax.lines import CLAUSE_CONTEXT, Line, LineReader
from sqlassay.syntax.lowering import LANGUAGE
from sqlassay.syntax.reparser import Reparser

_BEFORE_CLAUSE = {
    b"elif": {b"if", b"elif"},
    b"else": {b"if", b"elif", b"for", b"while", b"async", b"except", b"try"},
    b"except": {b"try", b"except"},
    b"finally": {b"try", b"except", b"else"},
    b"case": {b"", b"case"},
}
"""The statement or clause that a clause may follow; nothing where it may be the first of a block."""

_HEADERS = {
    b"elif": b"elif _:",
    b"else": b"else:",
    b"except": b"except:",
    b"finally": b"finally:",
    b"case": b"case _:",
    b"class": b"class _:",
    b"def": b"def _():",
    b"async def": b"async def _():",
    b"for": b"for _ in _:",
    b"async for": b"async for _ in _:",
    b"with": b"with _:",
    b"async with": b"async with _:",
    b"while": b"while _:",
    b"if": b"if _:",
}
"""What stands in for a header that does not parse, where the block under it can go on without it."""

_ASYNC = re.compile(rb"async[ \t]+(def|for|with)\b")

_OPENERS = frozenset({b"if", b"for", b"while", b"try", b"async"})
NARROWING = 300_000
"""How many bytes are parsed at most, for each of the blocks around it, to find an error between lines."""


class Patch(Struct, frozen=True):
    """What makes a unit parse."""

    data: bytes | None
    """The unit with what does not parse replaced by something of the same length; None where nothing is."""
    broken: dict[int, int]
    """Start to end of the statements that were replaced."""
    headers: dict[int, int]
    """Start to end of the headers that were replaced, their blocks kept."""


SOUND = Patch(None, {}, {})
"""What a unit needs that parses as it is."""


class Repairer:
    """Repairs texts. Not thread-safe: one for each thread."""

    def __init__(self) -> None:
        self._parser = tree_sitter.Parser(LANGUAGE)
        self._reader = LineReader()
        # The unit that a person types in comes again and again: as it is, and mended.
        self._units = Reparser()
        self._mended = Reparser()

    def repair(self, data: bytes, odd_quotes: bool) -> Patch:
        """Replace what in a unit does not parse. `odd_quotes`: a string in it is never closed."""
        root = self._units.parse(data).root_node
        if not (root.has_error or any(jumps_line_end(data, node) for node in root.children)):
            return SOUND
        patches = _Patches(data, self._reader.read(data, odd_quotes))
        patches.judge_lines()
        text = patches.patched()
        if self._has_error(text):
            patches.judge_blocks()
            text = patches.patched()
            if self._has_error(text):
                self._narrow(patches, text, 0, len(patches.lines))
                text = patches.patched()
                if self._has_error(text):
                    patches.replaced.append((0, len(patches.lines)))
                    text = patches.patched()
        return Patch(None if text == data else text, patches.broken, patches.headers)

    def _narrow(self, patches: _Patches, text: bytes, first: int, after: int, budget: int = NARROWING) -> bool:
        """Replace the smallest statements among some lines that do not parse alone. True where there were any.

        `budget`: how many bytes may be parsed for it.
        """
        found = False
        while first < after:
            line = patches.lines[first]
            until = patches.statement_end(first)
            if line.word in _BEFORE_CLAUSE:
                until = first + 1
            else:
                # In a block, as it is in its place.
                margin = text.rfind(b"\n", 0, line.start) + 1
                head = b"if 0:\n" if line.width else b""
                statement = head + text[margin : patches.lines[until - 1].end] + b"\n0"
                budget -= len(statement)
                if budget < 0 or not self._is_sound(statement):
                    found = True
                    if budget < 0 or not self._narrow(patches, text, first + 1, until, budget):
                        patches.replaced.append((first, until))
            first = until
        return found

    def _has_error(self, mended: bytes) -> bool:
        return self._mended.parse(mended).root_node.has_error

    def _is_sound(self, data: bytes) -> bool:
        return not self._parser.parse(data).root_node.has_error


class _Patches:
    """Which lines of a unit to replace, decided from their verdicts and their indentation."""

    def __init__(self, data: bytes, lines: list[Line]) -> None:
        self.data = data
        self.lines = lines
        self.replaced: list[tuple[int, int]] = []
        """First line and the one after the last."""
        self.kept: list[int] = []
        """The lines of headers to replace alone."""
        self.broken: dict[int, int] = {}
        self.headers: dict[int, int] = {}

    def judge_lines(self) -> None:
        """Replace the lines that do not parse."""
        after = 0
        for index, line in enumerate(self.lines):
            if not line.parses and index >= after:
                after = self._give_up(index)

    def judge_blocks(self) -> None:
        """Replace clauses of nothing, decorators of nothing, and blocks of nothing with the line above them."""
        after = 0
        for index, line in enumerate(self.lines):
            if not line.parses or index < after:
                continue
            if line.word in CLAUSE_CONTEXT and not self._has_opener(index):
                after = self._replace(index, self._under(index))
            elif line.word == b"@" and not self._is_decorator(index):
                after = self._replace(index, index + 1)
            elif not line.opens and (under := self._under(index)) > index + 1:
                after = self._replace(index, under)

    def statement_end(self, index: int) -> int:
        """The index after the statement that starts in a line, with its clauses, or the definition it decorates."""
        while self.lines[index].word == b"@" and self._is_decorator(index):
            index += 1
        return self._with_clauses(index, self._under(index))

    def _give_up(self, index: int) -> int:
        """Replace a line that does not parse with what belongs to it, and give the index after that."""
        line = self.lines[index]
        under = self._under(index)
        if line.word not in _BEFORE_CLAUSE:
            if under > index + 1 and self._keep_block(index):
                return index + 1
            return self._replace(index, self._with_clauses(index, under))
        if not self._has_opener(index):
            return self._replace(index, under)
        if self._keep_block(index):
            return index + 1
        opener, before = index, self._before(index)
        while self.lines[opener].word in _BEFORE_CLAUSE and before >= 0:
            opener, before = before, self._before(before)
        if self.lines[opener].word == b"case":
            opener = self._above(opener)
        return self._replace(opener, self._with_clauses(opener, self._under(opener)))

    def _before(self, index: int) -> int:
        """The line before a line in the same block, or -1."""
        width = self.lines[index].width
        index -= 1
        while index >= 0 and self.lines[index].width > width:
            index -= 1
        return index if index >= 0 and self.lines[index].width == width else -1

    def _above(self, index: int) -> int:
        """The line that the block of a line is under; the line itself at the margin."""
        width = self.lines[index].width
        above = index - 1
        while above >= 0 and self.lines[above].width >= width:
            above -= 1
        return above if above >= 0 else index

    def _has_opener(self, index: int) -> bool:
        """Whether a clause comes after what it is a clause of."""
        before = self._before(index)
        return (self.lines[before].word if before >= 0 else b"") in _BEFORE_CLAUSE[self.lines[index].word]

    def _keep_block(self, index: int) -> bool:
        """Replace a header alone, if there is what can stand in for it and is short enough."""
        line = self.lines[index]
        header = self._header(line)
        if header is None or line.end - line.start < len(header):
            return False
        self.kept.append(index)
        return True

    def _header(self, line: Line) -> bytes | None:
        """What can stand in for a header."""
        found = _ASYNC.match(self.data, line.start)
        return _HEADERS.get(line.word if found is None else b"async " + found[1])

    def _under(self, index: int) -> int:
        """The index after the block under a line."""
        width = self.lines[index].width
        after = index + 1
        while after < len(self.lines) and self.lines[after].width > width:
            after += 1
        return after

    def _with_clauses(self, index: int, after: int) -> int:
        """The index after the clauses that follow the block of a line."""
        if after == index + 1 and self.lines[index].word not in _OPENERS:
            return after
        width = self.lines[index].width
        while after < len(self.lines) and self.lines[after].width == width and self.lines[after].word in CLAUSE_CONTEXT:
            after = self._under(after)
        return after

    def _is_decorator(self, index: int) -> bool:
        """Whether a definition comes after a line that starts with @."""
        after = index + 1
        if after >= len(self.lines) or self.lines[after].width != self.lines[index].width:
            return False
        return self.lines[after].word in (b"@", b"def", b"class", b"async")

    def _replace(self, first: int, after: int) -> int:
        """Replace lines; with a definition its decorators, and with a decorator its definition."""
        while self._before(first) == first - 1 >= 0 and self.lines[first - 1].word == b"@":
            first -= 1
        while self.lines[after - 1].word == b"@" and self._is_decorator(after - 1):
            after = self._under(after)
        self.replaced.append((first, after))
        return after

    def patched(self) -> bytes:
        """The text with everything replaced that is to be."""
        patched = bytearray(self.data)
        for line in self.lines:
            if line.plainer is not None:
                patched[line.start : line.end] = line.plainer
        self.broken.clear()
        self.headers.clear()
        for index in self.kept:
            line = self.lines[index]
            header = self._header(line) or b""
            rest = _NOT_NEWLINE.sub(b" ", self.data[line.start + len(header) : line.end])
            patched[line.start : line.end] = header + rest
            self.headers[line.start] = line.end
        covered = 0
        for first, after in sorted(self.replaced, key=lambda span: (span[0], -span[1])):
            if after <= covered:
                continue
            start, end = self.lines[max(first, covered)].start, self.lines[after - 1].end
            covered = after
            for inner in [offset for offset in self.headers if start <= offset < end]:
                del self.headers[inner]
            patched[start:end] = _stand_in(self.data[start:end])
            self.broken[start] = end
        return bytes(patched)


_NOT_NEWLINE = re.compile(rb"[^\r\n]")


def _stand_in(text: bytes) -> bytes:
    """An expression as long as `text`, with line ends where it has them."""
    if b"\n" not in text and b"\r" not in text:
        return b"_" * len(text)
    return b"(" + _NOT_NEWLINE.sub(b" ", text[1:-1]) + b")"
