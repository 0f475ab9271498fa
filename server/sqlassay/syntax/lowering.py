"""What lowering stands on: the grammar, the context, and the tables in which the kinds of nodes find their functions.

Lowering is the hottest code of the server: it runs once for every node of every file. Hence one small function for
each kind of tree-sitter node, found by the kind's number, and offsets instead of node texts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import tree_sitter
import tree_sitter_python
from tree_sitter import Node as TSNode

from sqlassay.syntax import nodes as n

LANGUAGE = tree_sitter.Language(tree_sitter_python.language())

MAX_DEPTH = 150
"""How deep an expression may nest before its inside is Opaque. Readers recurse over trees: this bounds them all."""

MAX_BLOCKS = 60
"""How deep blocks may nest before their inside is Broken. CPython stops at 100 indents, and at 20 loops."""


def kind_id(kind: str, named: bool = True) -> int:
    """The number of a node kind in the grammar; -1 where this version of the grammar does not have it."""
    found = LANGUAGE.id_for_node_kind(kind, named)
    return -1 if found is None else found


def kind_ids(*kinds: str) -> frozenset[int]:
    """All numbers of some named kinds: one kind may have several."""
    return frozenset(
        number
        for number in range(LANGUAGE.node_kind_count)
        if LANGUAGE.node_kind_for_id(number) in kinds and LANGUAGE.node_kind_is_named(number)
    )


COMMENT = kind_id("comment")
EXTRAS = frozenset({COMMENT, kind_id("line_continuation")})
"""The kinds of nodes that may stand anywhere."""


class Damage(NamedTuple):
    """What in a statement was replaced because it does not parse. Start to end, from the start of the statement."""

    statements: dict[int, int]
    headers: dict[int, int]
    """Of statements and clauses whose blocks were kept."""

    def __bool__(self) -> bool:
        return bool(self.statements or self.headers)


class Context:
    """What lowering knows besides the node: the text that offsets speak of, and how deep it is."""

    __slots__ = ("base", "blocks", "broken", "damaged", "depth", "headers", "is_ascii", "text", "tolerant")

    def __init__(self, data: bytes, base: int, damage: Damage | None = None, tolerant: bool = False) -> None:
        """`data`: the bytes of the statement, which starts at byte `base` of what tree-sitter parsed.

        `tolerant`: the tree may hold errors.
        """
        # One character a byte: offsets into bytes are then offsets into a str, which is quicker to slice.
        self.text = data.decode("latin-1")
        self.is_ascii = self.text.isascii()
        self.base = base
        self.broken, self.headers = damage or ({}, {})
        self.tolerant = tolerant
        self.depth = 0
        self.blocks = 0
        self.damaged = damage is not None
        """Something was found that does not parse."""

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets of the statement."""
        found = self.text[start:end]
        return found if self.is_ascii or found.isascii() else found.encode("latin-1").decode("utf-8", "replace")

    def identifier(self, node: TSNode) -> str:
        """A name as Python compares it (PEP 3131)."""
        base = self.base
        found = self.text[node.start_byte - base : node.end_byte - base]
        if self.is_ascii or found.isascii():
            return found
        return unicodedata.normalize("NFKC", found.encode("latin-1").decode("utf-8", "replace"))


BLOCK = kind_id("block")
LowerExpression = Callable[[Context, TSNode], n.Expr]
LowerStatement = Callable[[Context, TSNode], n.Stmt]


def opaque(c: Context, node: TSNode) -> n.Expr:
    """An expression that is not looked into."""
    return n.Opaque(node.start_byte - c.base, node.end_byte - c.base)


def broken(c: Context, node: TSNode) -> n.Stmt:
    """A statement that does not parse as Python 3."""
    c.damaged = True
    return n.Broken(node.start_byte - c.base, node.end_byte - c.base)


class _Expressions(dict[int, LowerExpression]):
    """Kinds that no reader needs, and errors (whose number is none of the grammar's), are Opaque."""

    def __missing__(self, kind: int) -> LowerExpression:
        return opaque


class _Statements(dict[int, LowerStatement]):
    """What is not in the table does not parse as Python 3: errors, and Python 2's print and exec."""

    def __missing__(self, kind: int) -> LowerStatement:
        return broken


EXPRESSIONS = _Expressions()
STATEMENTS = _Statements()

T = TypeVar("T")


def register(table: dict[int, T], handlers: Mapping[str, T]) -> None:
    """Enter the functions for some kinds, given by their names, into a table."""
    for kind, handler in handlers.items():
        table.update(dict.fromkeys(kind_ids(kind), handler))


def children(node: TSNode) -> list[TSNode]:
    """The children of a node without comments and line continuations, which may stand anywhere."""
    return [child for child in node.children if child.kind_id not in EXTRAS]


def named(node: TSNode) -> list[TSNode]:
    """The named children of a node without comments and line continuations."""
    return [child for child in node.named_children if child.kind_id not in EXTRAS]


def expression(c: Context, node: TSNode) -> n.Expr:
    """Lower one expression. Never raises: what is too deep or unknown is Opaque."""
    depth = c.depth
    if depth > MAX_DEPTH:
        return opaque(c, node)
    c.depth = depth + 1
    lowered = EXPRESSIONS[node.kind_id](c, node)
    c.depth = depth
    return lowered


def sequence(c: Context, parts: list[TSNode]) -> n.Expr:
    """What `a` or `a, b` without brackets means: the expression itself, or a tuple. `parts` holds the commas too."""
    items = [part for part in parts if part.is_named]
    if len(parts) == 1:
        return expression(c, items[0])
    elements = tuple([expression(c, item) for item in items])
    return n.TupleExpr(parts[0].start_byte - c.base, parts[-1].end_byte - c.base, elements)


def statement(c: Context, node: TSNode) -> n.Stmt:
    """Lower one statement of any kind."""
    start = node.start_byte - c.base
    if start in c.broken:
        return n.Broken(start, c.broken[start])
    if c.tolerant and node.has_error:
        return _damaged(c, node)
    return STATEMENTS[node.kind_id](c, node)


def _damaged(c: Context, node: TSNode) -> n.Stmt:
    """A statement with an error in it: Broken, or a whole compound statement around smaller Broken ones."""
    if any(
        child.is_error or child.is_missing or (child.has_error and not _holds_blocks(child)) for child in node.children
    ):
        return broken(c, node)
    try:
        return STATEMENTS[node.kind_id](c, node)
    except (ValueError, IndexError):  # it lacks a part that its kind always has
        return broken(c, node)


def _holds_blocks(node: TSNode) -> bool:
    return node.kind_id == BLOCK or any(child.kind_id == BLOCK for child in node.children)


def block(c: Context, node: TSNode) -> tuple[n.Stmt, ...]:
    """Lower the statements of a block."""
    if c.blocks >= MAX_BLOCKS:
        return (n.Broken(node.start_byte - c.base, node.end_byte - c.base),)
    c.blocks += 1
    lowered = tuple([statement(c, child) for child in node.named_children if child.kind_id not in EXTRAS])
    c.blocks -= 1
    c.damaged = c.damaged or not lowered
    return lowered
