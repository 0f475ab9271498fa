"""Damage control: a text that does not parse becomes one that does, of the same length, without the broken lines.

tree-sitter recovers from errors by taking neighbours down with the broken statement. So where a module has errors, it
is cut at its margin into units (a statement with its decorators and clauses), and a unit that does not parse into
logical lines. Each line is parsed alone. A line that fails is replaced by a name or an empty tuple of the same
length, together with the block under it, and the unit is parsed again. What was replaced is Broken.

All of it is a function of the text: what an editor sees while a person types is what `check` sees in the file.
"""

from __future__ import annotations

import re

import tree_sitter
from msgspec import Struct
from tree_sitter import Node as TSNode

from sqlassay.syntax.layout import Extent, State, extent, indent_width, next_line
from sqlassay.syntax.lowering import LANGUAGE

_WORD = re.compile(rb"[A-Za-z_]\w*|@")
_CLAUSE_CONTEXT = {
    b"elif": b"if 0:\n 0\n",
    b"else": b"if 0:\n 0\n",
    b"except": b"try:\n 0\n",
    b"finally": b"try:\n 0\n",
}
"""What makes a clause parse alone."""

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
}
"""What stands in for a header that does not parse, where the block under it can go on without it."""

_OPENERS = frozenset({b"if", b"for", b"while", b"try", b"async"})
_FIRST = b""
MAX_REMEMBERED = 20_000
NARROWING = 300_000
"""How many bytes are parsed at most, for each of the blocks around it, to find an error between lines."""


class Repaired(Struct, frozen=True):
    """The tree of a text in which what does not parse was replaced by something of the same length."""

    root: TSNode
    broken: dict[int, int]
    """Start to end of the statements that were replaced."""
    headers: dict[int, int]
    """Start to end of the headers of clauses and classes that were replaced, their blocks kept."""


class _Line(Struct):
    """A logical line. `start` and `end` are bytes of its code; `word` is what it begins with."""

    start: int
    end: int
    width: int
    word: bytes
    parses: bool
    opens: bool
    """It ends with a colon: a block belongs under it."""


class Repairer:
    """Repairs texts. Not thread-safe: one for each thread."""

    def __init__(self) -> None:
        self._parser = tree_sitter.Parser(LANGUAGE)
        self._verdicts: dict[bytes, bool] = {}

    def repair(self, data: bytes, state: State) -> Repaired:
        """Replace the lines of a unit that do not parse. `state`: what is open at its end."""
        lines = self._lines(data, bool(state.quote))
        patches = _Patches(data, lines)
        root = self._parser.parse(patches.patched()).root_node
        if root.has_error:
            # Every line is whole, so something is wrong between them.
            self._narrow(patches, patches.patched(), 0, len(lines))
            root = self._parser.parse(patches.patched()).root_node
        return Repaired(root, patches.broken, patches.headers)

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
                statement = text[line.start : patches.lines[until - 1].end]
                budget -= len(statement)
                if budget < 0 or not self._is_sound(statement):
                    found = True
                    if budget < 0 or not self._narrow(patches, text, first + 1, until, budget):
                        patches.replaced.append((first, until))
            first = until
        return found

    def _lines(self, data: bytes, odd_quotes: bool) -> list[_Line]:
        lines: list[_Line] = []
        start = next_line(data, 0)
        while start < len(data):
            width = indent_width(data, data.rfind(b"\n", 0, start) + 1)
            found: Extent | None = extent(data, start, width, odd_quotes)
            assert found is not None
            parses = self._parses(data[start : found.end])
            if not parses and found.shorter is not None:
                found = found.shorter
                parses = self._parses(data[start : found.end])
            word = _WORD.match(data, start)
            text = word[0] if word else b""
            lines.append(_Line(start, found.end, width, text, parses, data[found.end - 1] == ord(":")))
            start = next_line(data, found.next)
        return lines

    def _parses(self, line: bytes) -> bool:
        """Whether a logical line is whole, if the block or the definition that it needs is there."""
        verdict = self._verdicts.get(line)
        if verdict is None:
            if len(self._verdicts) > MAX_REMEMBERED:
                self._verdicts.clear()
            verdict = self._verdicts[line] = self._parse_line(line)
        return verdict

    def _parse_line(self, line: bytes) -> bool:
        word = _WORD.match(line)
        context = _CLAUSE_CONTEXT.get(word[0]) if word else None
        if context is not None:
            return self._is_one_statement(context + line)
        if line.startswith(b"@"):
            return self._is_one_statement(line + b"\ndef _(): 0")
        if self._is_sound(line):
            return True
        return line.startswith(b"case") and self._is_one_statement(b"match 0:\n " + line)

    def _is_one_statement(self, data: bytes) -> bool:
        root = self._parser.parse(data).root_node
        return not root.has_error and root.named_child_count == 1

    def _is_sound(self, data: bytes) -> bool:
        return not self._parser.parse(data).root_node.has_error


class _Patches:
    """Which lines of a unit to replace, decided from their verdicts and their indentation."""

    def __init__(self, data: bytes, lines: list[_Line]) -> None:
        self.data = data
        self.lines = lines
        self.replaced: list[tuple[int, int]] = []
        """First line and the one after the last."""
        self.kept: list[int] = []
        """The lines of headers to replace alone."""
        self.before: list[int] = []
        """For each line the line before it in the same block, or -1."""
        self.broken: dict[int, int] = {}
        self.headers: dict[int, int] = {}
        self._find_neighbours()
        index = 0
        while index < len(lines):
            index = self._judge(index)

    def statement_end(self, index: int) -> int:
        """The index after the statement that starts in a line, with its clauses, or the definition it decorates."""
        while self.lines[index].word == b"@" and self._is_decorator(index):
            index += 1
        return self._with_clauses(index, self._under(index))

    def _find_neighbours(self) -> None:
        block: list[int] = []
        for index, line in enumerate(self.lines):
            while block and self.lines[block[-1]].width > line.width:
                block.pop()
            if block and self.lines[block[-1]].width == line.width:
                self.before.append(block.pop())
            else:
                self.before.append(-1)
            block.append(index)

    def _judge(self, index: int) -> int:
        """Decide about a line, and give the next one to look at."""
        line = self.lines[index]
        under = self._under(index)
        if line.word in _BEFORE_CLAUSE and (line.word != b"case" or not line.parses or line.opens):
            return self._judge_clause(index, under)
        if line.parses:
            return self._replace(index, under) if line.word == b"@" and not self._is_decorator(index) else index + 1
        if line.word == b"class" and under > index + 1 and self._keep_block(index):
            return index + 1
        return self._replace(index, self._with_clauses(index, under))

    def _judge_clause(self, index: int, under: int) -> int:
        line = self.lines[index]
        before = self.before[index]
        word = self.lines[before].word if before >= 0 else _FIRST
        if word not in _BEFORE_CLAUSE[line.word]:
            return index + 1 if line.word == b"case" and line.parses else self._replace(index, under)
        if line.parses or self._keep_block(index):
            return index + 1
        opener = index
        while self.lines[opener].word in _BEFORE_CLAUSE and self.before[opener] >= 0:
            opener = self.before[opener]
        return self._replace(opener, self._with_clauses(opener, self._under(opener)))

    def _keep_block(self, index: int) -> bool:
        """Replace a header alone, if what stands in for it is short enough."""
        line = self.lines[index]
        if line.end - line.start < len(_HEADERS[line.word]):
            return False
        self.kept.append(index)
        return True

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
        while (
            after < len(self.lines) and self.lines[after].width == width and self.lines[after].word in _CLAUSE_CONTEXT
        ):
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
        while self.before[first] == first - 1 >= 0 and self.lines[first - 1].word == b"@":
            first -= 1
        while self.lines[after - 1].word == b"@" and self._is_decorator(after - 1):
            after = self._under(after)
        self.replaced.append((first, after))
        return after

    def patched(self) -> bytes:
        """The text with everything replaced that is to be."""
        patched = bytearray(self.data)
        self.broken.clear()
        self.headers.clear()
        for index in self.kept:
            line = self.lines[index]
            header = _HEADERS[line.word]
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


# ------------------------------------------------------- line ends jumped over

_UNFINISHED = tuple(
    b". = + - * / % & | ^ < > ~ @ and or not in is if else elif await lambda import from as del assert for".split()
)
"""With what a line ends that is not over: tree-sitter then reads on in the next, in brackets or not."""


_BRACKETS = frozenset("([{")


def jumps_line_end(code: bytes, node: TSNode) -> bool:
    """Whether the statement holds a line end, outside brackets, that Python would not read past.

    tree-sitter takes `x = a.` and the line `y = 1` under it for `x = a.y = 1`, without an error.
    """
    start = node.start_byte
    at = start
    for line in code[start : node.end_byte].split(b"\n")[:-1]:
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
    while node is not None and node.type != "block":
        if any(child.start_byte < at and child.type in _BRACKETS for child in node.children):
            return False
        node = node.parent
    return True
