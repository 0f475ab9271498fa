"""Text becomes a module: its top-level statements, each lowered when somebody looks and kept while its text stays.

A keystroke pays for the statement it is in: tree-sitter parses again around the edit, and statements whose bytes were
seen in the previous version are taken over from it, lowered or not. A module that does not parse is read in pieces
(see `repair`), which are taken over in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from hashlib import blake2b

import tree_sitter
from msgspec import Struct
from tree_sitter import Node as TSNode

from sqlassay.syntax import layout, nodes
from sqlassay.syntax.compound import docstring
from sqlassay.syntax.lower import lower
from sqlassay.syntax.lowering import COMMENT, LANGUAGE, Damage, kind_id
from sqlassay.syntax.members import members
from sqlassay.syntax.place import Place
from sqlassay.syntax.repair import Repaired, Repairer, jumps_line_end
from sqlassay.syntax.source import SourceText

_DEFINED = re.compile(rb"(?:async\s+)?(def|class)\s+([\w\x80-\xff]+)")
_DEFINED_BELOW = re.compile(rb"^(?:async\s+)?(def|class)\s+([\w\x80-\xff]+)", re.MULTILINE)
_ASSIGNED = re.compile(rb"(?!(?:try|else|finally|lambda|except)\b)([^\W\d][\w\x80-\xff]*)[ \t]*(?:=(?!=)|:(?!=))")
_MENTION = re.compile(rb"noqa|sqlassay", re.IGNORECASE)
MAX_REACH = 400
"""How many lines at the margin what is open may run on for in a module that does not parse."""

_SEPARATORS = frozenset({COMMENT, kind_id("line_continuation"), kind_id(";", False)})


class Comment(Struct, frozen=True):
    """A comment. `start` and `end` are bytes from the start of the text; `text` begins with `#`."""

    start: int
    end: int
    text: str


class Entry:
    """What is known of a top-level statement from its text alone: shared by every version that holds the text."""

    __slots__ = ("base", "broken", "damage", "name", "node", "tree")

    def __init__(self, text: bytes, tree: TSNode, base: int, damage: Damage | None = None) -> None:
        """`tree` starts at byte `base` of what was parsed. `damage`: what in it does not parse, as for `lower`."""
        self.name = anchor_of(text)
        self.tree: TSNode | None = tree
        self.base = base
        self.damage = damage
        self.broken = damage is not None
        self.node: nodes.Stmt | None = None

    def lowered(self, text: bytes) -> nodes.Stmt:
        """The statement, lowered on first use."""
        if self.node is None:
            assert self.tree is not None
            self.node, self.broken = lower(self.tree, text, self.base, self.damage)
            self.tree = None  # it keeps a whole tree alive
        return self.node


class TopLevel:
    """A top-level statement. `start` and `end` are bytes from the start of the text; `text` is what lies between.

    `anchor` names it in every version of the module: "def f", "class C", "= x" for an assignment to the name x, and
    for anything else "# " with a hash of the text. A second one of the same name is "def f~2".
    """

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
        return self._entry.lowered(self.text)

    @property
    def broken(self) -> bool:
        """Whether something in it does not parse."""
        self._entry.lowered(self.text)
        return self._entry.broken

    def __repr__(self) -> str:
        return f"TopLevel({self.anchor!r}, {self.start}, {self.end})"


Found = tuple[int, bytes, Entry]
"""A statement: where it starts, its bytes, and what is known of them."""

Unit = tuple[Found, ...]
"""The statements of a piece of a module, starting to count where the piece starts."""


class Memory:
    """What one version of a module leaves to the next: things known from a piece of text alone, by that text."""

    __slots__ = ("entries", "scans", "units")

    def __init__(self) -> None:
        self.entries: dict[bytes, Entry] = {}
        self.units: dict[bytes, Unit] = {}
        self.scans: dict[bytes, layout.State] = {}


class ParsedModule:
    """One version of a module."""

    def __init__(self, source: SourceText, tree: tree_sitter.Tree, found: list[Found], memory: Memory) -> None:
        self.source = source
        self.tree = tree
        self.memory = memory
        self.statements: list[TopLevel] = []
        """The top-level statements in order, those that do not parse included."""
        counts: dict[str, int] = {}
        for start, text, entry in found:
            counts[entry.name] = count = counts.get(entry.name, 0) + 1
            anchor = entry.name if count == 1 else f"{entry.name}~{count}"
            self.statements.append(TopLevel(anchor, start, text, entry))

    @cached_property
    def by_anchor(self) -> dict[str, TopLevel]:
        """The top-level statements by their anchors."""
        return {statement.anchor: statement for statement in self.statements}

    @cached_property
    def anchor_starts(self) -> dict[str, int]:
        """Where the statement (or method: see `members`) of each anchor starts, in bytes from the start of the text."""
        starts: dict[str, int] = {}
        for statement in self.statements:
            starts[statement.anchor] = statement.start
            if statement.anchor.startswith("class "):
                for anchor, method in members(statement.node, statement.anchor):
                    starts[anchor] = statement.start + method.start
        return starts

    @cached_property
    def docstring(self) -> str | None:
        """The module's docstring, as written between its quotes."""
        return docstring(statement.node for statement in self.statements[:1])

    @property
    def broken(self) -> bool:
        """Whether something in the module does not parse. Lowers all of it."""
        return any(statement.broken for statement in self.statements)

    @cached_property
    def comments(self) -> list[Comment]:
        """The comments that mention `noqa` or `sqlassay`, in order: the only ones that can mean something to us."""
        code = self.source.code
        found: dict[int, Comment] = {}
        for mention in _MENTION.finditer(code):
            span = self._comment_at(mention.start())
            if span is not None:
                found[span[0]] = Comment(*span, code[slice(*span)].decode("utf-8", "replace"))
        return list(found.values())

    def comments_between(self, start: int, end: int) -> list[Comment]:
        """All comments that begin between two bytes of the text, in order."""
        code = self.source.code
        found: list[Comment] = []
        at = code.find(b"#", start, end)
        while at >= 0:
            span = self._comment_at(at)
            if span is not None and span[0] == at:
                found.append(Comment(*span, code[slice(*span)].decode("utf-8", "replace")))
            at = code.find(b"#", span[1] if span is not None else at + 1, end)
        return found

    def _comment_at(self, offset: int) -> tuple[int, int] | None:
        node = self.tree.root_node.descendant_for_byte_range(offset, offset + 1)
        if node is not None and node.kind_id == COMMENT:
            return node.start_byte, node.end_byte
        if node is None or not self.tree.root_node.has_error:
            return None
        return layout.comment_around(self.source.code, offset)

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
        self._repairer = Repairer()

    def parse(self, source: SourceText, previous: ParsedModule | None = None) -> ParsedModule:
        """Parse a text, taking over from `previous` (another version of the same file) whatever did not change.

        Never raises: what does not parse is Broken, and what is around it whole.
        """
        tree = self._tree(source, previous)
        memory = Memory()
        known = previous.memory if previous is not None else memory
        if not tree.root_node.has_error:
            found = _statements(tree.root_node, source.code, known)
            if found is not None:
                memory.units, memory.scans = known.units, known.scans
                memory.entries = {text: entry for _, text, entry in found}
                return ParsedModule(source, tree, found, memory)
        found = list(self._in_pieces(source.code, known, memory))
        memory.entries = {text: entry for _, text, entry in found}
        return ParsedModule(source, tree, found, memory)

    def _tree(self, source: SourceText, previous: ParsedModule | None) -> tree_sitter.Tree:
        if previous is None:
            return self._parser.parse(source.code)
        start, old_end, new_end = changed_range(previous.source.code, source.code)
        old = previous.tree.copy()
        old.edit(
            start,
            old_end,
            new_end,
            _point(previous.source, start),
            _point(previous.source, old_end),
            _point(source, new_end),
        )
        return self._parser.parse(source.code, old)

    def _in_pieces(self, code: bytes, known: Memory, memory: Memory) -> Iterator[Found]:
        """The statements of a module that does not parse. Leaves in `memory` what it found out."""
        starts = layout.margin(code)
        after = never_closed = 0
        while after < len(starts):
            first = after
            # Looking for the end of what has none costs: do it less and less.
            reach = MAX_REACH // (1 + never_closed)
            after, state = layout.unit_end(code, starts, first, known.scans, memory.scans, reach)
            never_closed += not state.is_closed
            start = starts[first]
            text = code[start : starts[after]] if after < len(starts) else code[start:]
            unit = known.units.get(text)
            if unit is None:
                unit = self._unit(text, state, known)
            memory.units[text] = unit
            for at, piece, entry in unit:
                yield start + at, piece, entry

    def _unit(self, text: bytes, state: layout.State, known: Memory) -> Unit:
        stripped = text.rstrip()
        entry = known.entries.get(stripped)
        if entry is not None and not entry.damage and state.is_closed:
            return ((0, stripped, entry),)
        root = self._parser.parse(text).root_node
        if state.is_closed and not root.has_error:
            found = _statements(root, text, known)
            if found is not None:
                return tuple(found)
        return tuple(_repaired_statements(self._repairer.repair(text, state), text))


def _statements(root: TSNode, code: bytes, known: Memory) -> list[Found] | None:
    """The statements of a tree without errors; None where one runs on into the next line unnoticed."""
    found: list[Found] = []
    entries = known.entries
    for node in root.children:
        if node.kind_id in _SEPARATORS:
            continue
        start = node.start_byte
        text = code[start : node.end_byte]
        entry = entries.get(text)
        if entry is None or entry.damage:
            if b"\n" in text and jumps_line_end(code, node):
                return None
            entry = Entry(text, node, start)
        elif entry.node is None:
            entry.tree, entry.base = node, start  # the previous version's tree can go
        found.append((start, text, entry))
    return found


def _repaired_statements(repaired: Repaired, text: bytes) -> Iterator[Found]:
    for node in repaired.root.children:
        if node.kind_id in _SEPARATORS:
            continue
        start, end = node.start_byte, node.end_byte
        damage = Damage(_within(repaired.broken, start, end), _within(repaired.headers, start, end))
        yield start, text[start:end], Entry(text[start:end], node, start, damage if damage else None)


def _within(spans: dict[int, int], start: int, end: int) -> dict[int, int]:
    return {at - start: until - start for at, until in spans.items() if start <= at < end}


def _point(source: SourceText, offset: int) -> tuple[int, int]:
    line = source.line_at(offset)
    return line, offset - source.line_starts[line]


def anchor_of(text: bytes) -> str:
    """The name under which a top-level statement is found again, before doubles are told apart: see `TopLevel`."""
    defined = _DEFINED_BELOW.search(text) if text.startswith(b"@") else _DEFINED.match(text)
    if defined:
        return f"{defined[1].decode()} {defined[2].decode('utf-8', 'replace')}"
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
