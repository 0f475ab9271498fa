"""Text becomes a module: its top-level statements, each lowered when somebody looks and kept while its text stays.

A keystroke pays for the statement it is in: tree-sitter parses again around the edit, and the statements whose bytes
were seen in the previous version are taken over from it, lowered or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from hashlib import blake2b

import tree_sitter
from tree_sitter import Node as TSNode

from sqlassay.syntax import nodes
from sqlassay.syntax.expressions import COMMENT, LANGUAGE, kind_id
from sqlassay.syntax.lower import docstring, lower
from sqlassay.syntax.place import Place
from sqlassay.syntax.source import SourceText

_NAMED = (
    re.compile(rb"(?:async\s+)?(def|class)\s+([\w\x80-\xff]+)"),
    re.compile(rb"^(?:async\s+)?(def|class)\s+([\w\x80-\xff]+)", re.MULTILINE),
)
"""The definition that a statement is, without and with decorators."""

_ASSIGNED = re.compile(rb"(?!(?:try|else|finally|lambda|except)\b)([^\W\d][\w\x80-\xff]*)[ \t]*(?:=(?!=)|:(?!=))")


class Entry:
    """What is known of a top-level statement from its text alone: shared by every version that holds the text."""

    __slots__ = ("base", "broken", "lines", "lowered", "name", "tree")

    def __init__(self, text: bytes, tree: TSNode, base: int, broken: bool, lines: dict[int, int] | None) -> None:
        self.name = anchor_of(text)
        self.tree: TSNode | None = tree
        self.base = base
        self.broken = broken
        self.lines = lines
        self.lowered: nodes.Stmt | None = None


class TopLevel:
    """A top-level statement. `start` and `end` are bytes from the start of the text."""

    __slots__ = ("_entry", "anchor", "end", "start", "text")

    def __init__(self, anchor: str, start: int, text: bytes, entry: Entry) -> None:
        self.anchor = anchor
        self.start = start
        self.end = start + len(text)
        self.text = text
        self._entry = entry

    @property
    def node(self) -> nodes.Stmt:
        """The statement, lowered on first use. Its offsets count from `start`."""
        entry = self._entry
        if entry.lowered is None:
            assert entry.tree is not None
            entry.lowered = lower(entry.tree, self.text, entry.base, entry.lines)
            entry.tree = None  # it keeps a whole tree alive
        return entry.lowered

    @property
    def broken(self) -> bool:
        """Whether something in it does not parse."""
        return self._entry.broken

    def __repr__(self) -> str:
        return f"TopLevel({self.anchor!r}, {self.start}, {self.end})"


class ParsedModule:
    """One version of a module."""

    def __init__(
        self, source: SourceText, tree: tree_sitter.Tree, statements: list[TopLevel], entries: dict[bytes, Entry]
    ) -> None:
        self.source = source
        self.tree = tree
        self.statements = statements
        self.entries = entries

    @cached_property
    def anchor_starts(self) -> dict[str, int]:
        """Where the statement of each anchor starts, in bytes from the start of the text."""
        return {statement.anchor: statement.start for statement in self.statements}

    @cached_property
    def by_anchor(self) -> dict[str, TopLevel]:
        return {statement.anchor: statement for statement in self.statements}

    @cached_property
    def docstring(self) -> str | None:
        """The module's docstring, as written between its quotes."""
        return docstring(statement.node for statement in self.statements[:1])

    @property
    def broken(self) -> bool:
        """Whether something in the module does not parse."""
        return any(statement.broken for statement in self.statements)

    def resolve(self, place: Place) -> tuple[int, int]:
        """Start and end of a place in this version, in bytes from the start of the text.

        Raises KeyError where the module has no statement of that anchor any more.
        """
        start = self.anchor_starts[place.anchor]
        return start + place.start, start + place.end


class Parser:
    """Parses modules. Not thread-safe: one for each thread."""

    def __init__(self) -> None:
        self._parser = tree_sitter.Parser(LANGUAGE)

    def parse(self, source: SourceText, previous: ParsedModule | None = None) -> ParsedModule:
        """Parse a text, taking over from `previous` (another version of the same file) whatever did not change."""
        tree = self._tree(source, previous)
        known = previous.entries if previous is not None else {}
        entries: dict[bytes, Entry] = {}
        statements: list[TopLevel] = []
        counts: dict[str, int] = {}
        data = source.data
        for node in tree.root_node.children:
            if node.kind_id in _SEPARATORS:
                continue
            start = node.start_byte
            text = data[start : node.end_byte]
            entry = entries.get(text) or known.get(text)
            if entry is None:
                entry = Entry(text, node, start, node.has_error, None)
            elif entry.lowered is None:
                entry.tree, entry.base = node, start  # let the previous version's tree go
            entries[text] = entry
            counts[entry.name] = count = counts.get(entry.name, 0) + 1
            anchor = entry.name if count == 1 else f"{entry.name}~{count}"
            statements.append(TopLevel(anchor, start, text, entry))
        return ParsedModule(source, tree, statements, entries)

    def _tree(self, source: SourceText, previous: ParsedModule | None) -> tree_sitter.Tree:
        if previous is None:
            return self._parser.parse(source.data)
        start, old_end, new_end = changed_range(previous.source.data, source.data)
        old = previous.tree.copy()
        old.edit(
            start,
            old_end,
            new_end,
            _point(previous.source, start),
            _point(previous.source, old_end),
            _point(source, new_end),
        )
        return self._parser.parse(source.data, old)


_SEPARATORS = frozenset({COMMENT, kind_id("line_continuation"), kind_id(";", False)})


def _point(source: SourceText, offset: int) -> tuple[int, int]:
    line = source.line_at(offset)
    return line, offset - source.line_starts[line]


def anchor_of(text: bytes) -> str:
    """The name under which a top-level statement is found again: see `TopLevel.anchor`."""
    named = _NAMED[1].search(text) if text.startswith(b"@") else _NAMED[0].match(text)
    if named:
        return f"{named[1].decode()} {named[2].decode('utf-8', 'replace')}"
    assigned = _ASSIGNED.match(text)
    if assigned:
        return f"= {assigned[1].decode('utf-8', 'replace')}"
    return f"# {blake2b(text, digest_size=6).hexdigest()}"


def changed_range(old: bytes, new: bytes) -> tuple[int, int, int]:
    """Where two texts differ: start, end in the old, end in the new."""
    start = _common(old, new, min(len(old), len(new)), lambda data, low, high: data[low:high])
    rest = min(len(old), len(new)) - start
    tail = _common(old, new, rest, lambda data, low, high: data[len(data) - high : len(data) - low])
    return start, len(old) - tail, len(new) - tail


def _common(old: bytes, new: bytes, limit: int, piece: Callable[[bytes, int, int], bytes]) -> int:
    """How many bytes two texts have in common, at most `limit`, where `piece` cuts them. Halves, at memcmp's speed."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if piece(old, low, middle) == piece(new, low, middle):
            low = middle
        else:
            high = middle - 1
    return low
