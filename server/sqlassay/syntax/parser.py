"""Text becomes a module: its top-level statements, each lowered when somebody looks and kept while its text stays.

A keystroke pays for the statement it is in: tree-sitter parses again around the edit, and statements whose bytes were
seen in the previous version are taken over from it, lowered or not. A module that does not parse is read in pieces
(see `repair`), which are taken over in the same way.

What comes out is a function of the text, whatever versions came before: every text is first parsed as it is, and what
is taken over is known by the bytes that it was made from, and by nothing that is around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from hashlib import blake2b

import tree_sitter
from msgspec import Struct
from tree_sitter import Node as TSNode

from sqlassay.syntax import layout, nodes
from sqlassay.syntax.changes import changed_range
from sqlassay.syntax.compound import docstring
from sqlassay.syntax.jumps import jumps_line_end
from sqlassay.syntax.lower import lower
from sqlassay.syntax.lowering import COMMENT, LANGUAGE, STATEMENTS, Damage, kind_id
from sqlassay.syntax.members import members
from sqlassay.syntax.pieces import Memory, Patched, Pieces
from sqlassay.syntax.place import Place
from sqlassay.syntax.source import SourceText

_DEFINED = re.compile(rb"(?:async\s+)?(def|class)\s+([\w\x80-\xff]+)")
_DEFINED_BELOW = re.compile(rb"^(?:async\s+)?(def|class)\s+([\w\x80-\xff]+)", re.MULTILINE)
_ASSIGNED = re.compile(rb"(?!(?:try|else|finally|lambda|except)\b)((?!\d)[\w\x80-\xff]+)[ \t]*(?:=(?!=)|:(?!=))")
_MENTIONED = (b"noqa", b"sqlassay")
_MENTION = re.compile(b"|".join(_MENTIONED))
_SEPARATORS = frozenset({COMMENT, kind_id("line_continuation"), kind_id(";", False)})


class Comment(Struct, frozen=True):
    """A comment. `start` and `end` are bytes from the start of the text; `text` begins with `#`."""

    start: int
    end: int
    text: str


class Entry:
    """What is known of a top-level statement from its text alone: shared by every version that holds the text."""

    __slots__ = ("base", "broken", "damage", "jumps", "name", "node", "sound", "tree")

    def __init__(self, text: bytes, tree: TSNode, base: int, damage: Damage | None = None) -> None:
        """`tree` starts at byte `base` of what was parsed. `damage`: what in it does not parse, as for `lower`."""
        self.name = anchor_of(text)
        self.tree: TSNode | None = tree
        self.base = base
        self.damage = damage
        self.broken = damage is not None
        # Under a root that is itself an error, what stands there may be a mere token.
        self.sound = damage is None and not tree.has_error and tree.kind_id in STATEMENTS
        self.jumps: bool | None = None
        """Whether it reads past a line end that Python would not read past; None where nobody looked."""
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


class ParsedModule:
    """One version of a module."""

    def __init__(
        self,
        source: SourceText,
        found: list[Found],
        as_it_is: tree_sitter.Tree,
        tree: tree_sitter.Tree,
        parsed: bytes,
        memory: Memory,
    ) -> None:
        """`as_it_is` is the tree of the source's code, `tree` of `parsed`: the code, less what in it does not parse.

        `memory`: for the next version.
        """
        self.source = source
        self.as_it_is = as_it_is
        self.tree = tree
        self.parsed = parsed
        self.memory = memory
        self.entries = {text: entry for _, text, entry in found}
        self.statements: list[TopLevel] = []
        """The top-level statements in order, those that do not parse included."""
        counts: dict[str, int] = {}
        for start, text, entry in found:
            counts[entry.name] = count = counts.get(entry.name, 0) + 1
            anchor = entry.name if count == 1 else f"{entry.name}~{count}"
            self.statements.append(TopLevel(anchor, start, text, entry))

    @property
    def damaged(self) -> bool:
        """Whether the module as it is does not parse. Unlike `broken`, lowers nothing; knows nothing of Python 2."""
        return self.parsed != self.source.code or self.tree.root_node.has_error

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
    def sound(self) -> frozenset[bytes]:
        """The texts of the statements in which nothing was replaced and that hold no error."""
        return frozenset(text for text, entry in self.entries.items() if entry.sound)

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
        lower = code.lower()
        if not any(word in lower for word in _MENTIONED):  # much quicker than the pattern
            return []
        found: dict[int, Comment] = {}
        for mention in _MENTION.finditer(lower):
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
        if node is None or not self.damaged or node.type.startswith("string"):
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
        self._pieces = Pieces()

    def parse(self, source: SourceText, previous: ParsedModule | None = None) -> ParsedModule:
        """Parse a text, taking over from `previous` (another version of the same file) whatever did not change.

        Never raises: what does not parse is Broken, and what is around it whole.
        """
        code = source.code
        tree = self._tree(source, code, previous)
        known = previous.entries if previous is not None else {}
        remembered = previous.memory if previous is not None else Memory()
        found = list(_statements(tree.root_node, code, known))
        if not (tree.root_node.has_error or any(entry.jumps for _, _, entry in found)):
            return ParsedModule(source, found, tree, tree, code, remembered)
        # Most units parse as they stand, in a tree with errors too: those need no look at their lines.
        sound = frozenset(text for _, text, entry in found if entry.sound and not entry.jumps)
        if previous is None or not tree.root_node.has_error:
            known = {text: entry for _, text, entry in found}
        else:
            sound |= previous.sound
        memory = Memory()
        patched = self._pieces.patched(code, sound, remembered, memory)
        mended = self._tree(source, patched.data, previous, mended=True)
        found = list(_statements(mended.root_node, code, known, patched))
        return ParsedModule(source, found, tree, mended, patched.data, memory)

    def _tree(
        self, source: SourceText, data: bytes, previous: ParsedModule | None, mended: bool = False
    ) -> tree_sitter.Tree:
        """The tree of `data`, which has its line ends where `source` has them.

        `mended`: `data` is rather like what was mended of the previous version than like that version as it is.
        """
        if previous is None:
            return self._parser.parse(data)
        tree, parsed = (previous.tree, previous.parsed) if mended else (previous.as_it_is, previous.source.code)
        start, old_end, new_end = changed_range(parsed, data)
        old = tree.copy()
        old.edit(
            start,
            old_end,
            new_end,
            _point(previous.source, start),
            _point(previous.source, old_end),
            _point(source, new_end),
        )
        return self._parser.parse(data, old)


def _statements(
    root: TSNode, code: bytes, known: dict[bytes, Entry], patched: Patched | None = None
) -> Iterator[Found]:
    """The statements of a tree. `patched`: what was parsed, where that is not the code as it is."""
    for node in root.children:
        if node.kind_id in _SEPARATORS:
            continue
        start, end = node.start_byte, node.end_byte
        text = code[start:end]
        damage = patched.damage(start, end) if patched is not None else None
        entry = known.get(text)
        if entry is None or entry.damage != damage or node.has_error or (damage is None and not entry.sound):
            entry = Entry(text, node, start, damage)
        elif entry.node is None:
            entry.tree, entry.base = node, start  # the previous version's tree can go
        if patched is None and entry.jumps is None and entry.sound:
            entry.jumps = b"\n" in text and jumps_line_end(code, node)
        yield start, text, entry


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
