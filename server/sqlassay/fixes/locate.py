"""Which statement holds a range of bytes, and what stands around it. Offsets are bytes from the file's start."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Union

from msgspec import Struct

from sqlassay.fixes.files import CannotFix
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule, TopLevel

BODIES = ("body", "handlers", "cases", "orelse", "finalbody")
"""The fields in which a statement, a handler or a case holds statements (or handlers, or cases)."""

COMPOUND = (n.If, n.For, n.While, n.With, n.Try, n.Match, n.FunctionDef, n.ClassDef, n.Handler, n.Case)
NO_SIBLINGS = (n.Handler, n.Case)
"""Held in a row by a statement, but not statements: nothing can be put between them."""

Held = Union[n.Stmt, n.Handler, n.Case]


class Spot(Struct, frozen=True):
    """A statement (or handler, or case) where it stands."""

    node: Held
    base: int
    """What to add to the node's offsets to count from the file's start."""
    siblings: tuple[tuple[int, int], ...]
    """The spans of the statements of its body, itself among them, from the file's start."""
    index: int
    """Its place among `siblings`."""
    parent: Spot | None
    """None at the top of the module."""
    field: str = "body"
    """The field of `parent` that holds it."""

    @property
    def start(self) -> int:
        return self.siblings[self.index][0]

    @property
    def end(self) -> int:
        return self.siblings[self.index][1]

    @property
    def chain(self) -> Iterator[Spot]:
        """Itself and what holds it, inside out."""
        spot: Spot | None = self
        while spot is not None:
            yield spot
            spot = spot.parent

    @property
    def top(self) -> Spot:
        """The top-level statement that holds it."""
        return [*self.chain][-1]

    def inside(self, field: str = "body") -> tuple[tuple[int, int], ...]:
        """The spans of the statements that it holds in `field`."""
        return _spans(getattr(self.node, field, ()), self.base)


def spot_at(module: ParsedModule, start: int, end: int) -> Spot:
    """The innermost statement (or handler, or case) that holds the bytes from `start` to `end`. Raises CannotFix."""
    tops = module.statements
    index = bisect_right(tops, start, key=lambda top: top.start) - 1
    if index < 0 or end > tops[index].end:
        raise CannotFix("the code is not inside one statement")
    spot = top_spot(tops, index)
    while True:
        inner = _child_at(spot, start, end)
        if inner is None:
            return spot
        spot = inner


def top_spot(tops: list[TopLevel], index: int) -> Spot:
    """The spot of a top-level statement."""
    top = tops[index]
    # Only the neighbours matter to anyone: a row of all top-level statements for each place would be long.
    before = [(each.start, each.end) for each in tops[max(index - 1, 0) : index]]
    after = [(each.start, each.end) for each in tops[index + 1 : index + 2]]
    # A top-level statement's own end may lie behind a comment that follows its body.
    own = (top.start, top.start + top.node.end)
    return Spot(top.node, top.start, (*before, own, *after), len(before), None)


def _child_at(spot: Spot, start: int, end: int) -> Spot | None:
    for field in BODIES:
        held = getattr(spot.node, field, ())
        for index, child in enumerate(held):
            if spot.base + child.start <= start and end <= spot.base + child.end:
                return Spot(child, spot.base, _spans(held, spot.base), index, spot, field)
    return None


def _spans(held: tuple[Held, ...], base: int) -> tuple[tuple[int, int], ...]:
    return tuple((base + each.start, base + each.end) for each in held)


def header_expression(spot: Spot, start: int, end: int) -> tuple[int, int] | None:
    """The span of the outermost expression in the header of a compound statement that holds `start` to `end`."""
    found: list[tuple[int, int]] = []
    for field in spot.node.__struct_fields__:
        if field not in BODIES:
            _outermost(getattr(spot.node, field), start - spot.base, end - spot.base, found)
    return None if not found else (spot.base + found[0][0], spot.base + found[0][1])


HOLDERS = (n.Param, n.Keyword, n.WithItem, n.Starred)
"""What stands between a header and its expressions."""


def _outermost(value: object, start: int, end: int, found: list[tuple[int, int]]) -> None:
    if isinstance(value, tuple):
        for each in value:
            _outermost(each, start, end, found)
    elif isinstance(value, HOLDERS):
        for field in value.__struct_fields__:
            _outermost(getattr(value, field), start, end, found)
    elif isinstance(value, n.Node) and value.start <= start and end <= value.end:
        found.append((value.start, value.end))


def statement_at(module: ParsedModule, start: int, end: int) -> Spot:
    """The statement (or handler, or case) that is the bytes from `start` to `end`, else the innermost around them."""
    innermost = spot_at(module, start, end)
    return next((spot for spot in innermost.chain if (spot.start, spot.end) == (start, end)), innermost)


def held_spot(spot: Spot, field: str, index: int) -> Spot:
    """The spot of a statement that `spot` holds; `index` may count from the end."""
    held = getattr(spot.node, field)
    return Spot(held[index], spot.base, _spans(held, spot.base), index % len(held), spot, field)
