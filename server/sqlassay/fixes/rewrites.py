"""The libcst side of a fix: each operation on nodes asks for a piece of the file; pieces that overlap become one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Union

import libcst as cst
from msgspec import Struct
from msgspec.structs import replace

from sqlassay.fixes.assignments import as_statements
from sqlassay.fixes.chains import chained
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.layout import blank_lines, indentation, line_start, next_line, on_own_lines, step
from sqlassay.fixes.locate import COMPOUND, Spot, header_expression, spot_at, statement_at
from sqlassay.fixes.ops import ChainCall
from sqlassay.fixes.region import Change, Changes, HeaderExpression, Region, Updated
from sqlassay.fixes.statements import BLOCK_PREFIX
from sqlassay.fixes.templates import check_string_around, replacement, settled
from sqlassay.fixes.transforms import Args, Lines, OfExpression, OfLines, OfStatement, transforms
from sqlassay.syntax.parser import ParsedModule
from sqlassay.syntax.source import TextEdit

Span = tuple[int, int]
Wish = Callable[[Region], tuple[cst.CSTNode, Change]]
"""Finds the node to change in the piece of the file that holds it."""


class _Piece(Struct, frozen=True):
    """Bytes of the file to parse as one region."""

    start: int
    end: int
    spot: Spot
    kind: type[Region] = Region
    lines: bool = False
    """Whole lines of a body."""


class Rewrites:
    """Collects what the operations of one fix ask of one file's nodes. Offsets are bytes from the file's start."""

    def __init__(self, module: ParsedModule) -> None:
        self.module = module
        self.source = module.source
        self._wishes: list[tuple[_Piece, Wish]] = []
        self.blocks: list[Span] = []
        """Lines whose place in the code changes as a whole: no other change may be in them or next to them."""

    # ---- asking

    def call(self, start: int, end: int, make: Callable[[cst.Call], cst.Call]) -> None:
        """Make another call of the one at these bytes."""

        def wish(region: Region) -> tuple[cst.CSTNode, Change]:
            node = region.expression(start, end)
            if not isinstance(node, cst.Call):
                raise CannotFix("there is no call at this place")

            def change(current: cst.CSTNode, updated: Updated, parentheses: bool) -> cst.CSTNode:
                del updated, parentheses
                if not isinstance(current, cst.Call):
                    raise CannotFix("another change leaves no call at this place")
                made = make(current)
                check_string_around(region, node, made)
                return made

            return node, change

        self._wishes.append((self._piece(start, end), wish))

    def replace(self, start: int, end: int, template: str, parts: tuple[Span, ...]) -> None:
        """Put a template in the place of the expression at these bytes, with those at `parts` in its holes."""

        def wish(region: Region) -> tuple[cst.CSTNode, Change]:
            node = region.expression(start, end)
            found = tuple(self._part(region, *span) for span in parts)
            return node, replacement(region, node, template, found)

        self._wishes.append((self._piece(start, end), wish))

    def chain(self, start: int, end: int, op: ChainCall) -> None:
        """Call a method on the expression at these bytes, in the chain that it begins."""
        piece = self._piece(start, end)
        self._wishes.append((piece, lambda region: chained(region, region.expression(start, end), op)))

    def transform(self, start: int, end: int, name: str, args: Args) -> None:
        """Apply a rewrite of `fixes.transforms` at these bytes."""
        rewriting = transforms().get(name)
        if rewriting is None:
            raise ValueError(f"no such transform: {name}")
        if isinstance(rewriting, OfLines):
            self._wishes.append(self._lines(start, end, rewriting, args))
        else:
            self._wishes.append((self._piece(start, end), _on_node(start, end, rewriting, args)))

    # ---- answering

    def edits(self) -> list[TextEdit]:
        """All that was asked for, as edits. Raises CannotFix."""
        groups: list[tuple[_Piece, list[Wish]]] = []
        # The widest piece comes first, and takes in those that it holds.
        for piece, wish in sorted(self._wishes, key=lambda each: (each[0].start, -each[0].end)):
            if groups and piece.end <= groups[-1][0].end:
                groups[-1][1].append(wish)
            elif groups and piece.start < groups[-1][0].end:
                raise CannotFix("two changes of the same code")
            else:
                groups.append((piece, [wish]))
        return [edit for piece, wishes in groups for edit in self._edits(piece, wishes)]

    def _edits(self, piece: _Piece, wishes: list[Wish]) -> list[TextEdit]:
        region = self._region(piece)
        changes: Changes = {}
        for wish in wishes:
            node, change = wish(region)
            if node in changes and isinstance(node, (cst.Module, cst.IndentedBlock)):
                raise CannotFix("two changes of the same code")
            changes.setdefault(node, []).append(change)
        return region.rewrite(changes)

    def _region(self, piece: _Piece) -> Region:
        if piece.kind is HeaderExpression:
            return HeaderExpression(self.source, piece.start, piece.end)
        prefix = self._lines_prefix(piece.spot) if piece.lines else ""
        return Region(self.source, piece.start, piece.end, prefix)

    def _lines_prefix(self, spot: Spot) -> str:
        """Makes lines of a body a module, in which new blocks are indented by the step of the file."""
        newline = self.source.newline
        shows_step = f"{BLOCK_PREFIX}{newline}{step(self.module, spot)}0{newline}"
        return shows_step + (BLOCK_PREFIX + newline if indentation(self.source, spot.start) else "")

    def _piece(self, start: int, end: int) -> _Piece:
        """The simple statement, or the expression of a header, that holds these bytes."""
        spot = spot_at(self.module, start, end)
        if not isinstance(spot.node, COMPOUND):
            return _Piece(spot.start, spot.end, spot)
        outer = header_expression(spot, start, end)
        if outer is None:
            raise CannotFix("there is no expression at this place")
        return _Piece(*outer, spot, HeaderExpression)

    def _part(self, region: Region, start: int, end: int) -> cst.BaseExpression:
        if region.start <= start and end <= region.end:
            return region.expression(start, end)
        other = self._region(self._piece(start, end))
        node = other.expression(start, end)
        own = other.parentheses(node)
        return node.with_changes(lpar=node.lpar[len(node.lpar) - own :], rpar=node.rpar[:own])

    def _lines(self, start: int, end: int, rewriting: OfLines, args: Args) -> tuple[_Piece, Wish]:
        spot = statement_at(self.module, start, end)
        if rewriting.reach == "owner":
            spot = _owner(spot)
        elif rewriting.reach == "rest" and spot.parent is None:
            raise CannotFix("the rest of a module is not one body")
        reached = (
            spot.siblings[spot.index :] if rewriting.reach == "rest" else spot.siblings[spot.index : spot.index + 1]
        )
        if not all(on_own_lines(self.source, *span) for span in reached):
            raise CannotFix("the statement shares its line with others")
        last = reached[-1][1]
        first = (
            next_line(self.source, spot.siblings[spot.index - 1][1])
            if spot.index
            else line_start(self.source, spot.start)
        )
        piece = _Piece(
            first,
            self.source.line_span(self.source.line_at(last))[1],
            spot,
            lines=True,
        )
        self.blocks.append((first, next_line(self.source, last)))
        is_last = len(spot.siblings) == spot.index + len(reached)
        blank_after = None if is_last else blank_lines(self.source, self.source.line_at(last), 1)

        def wish(region: Region) -> tuple[cst.CSTNode, Change]:
            body, index = region.body_with(spot.start, spot.end)
            around = Lines((), spot.index > 0, blank_after, spot.parent is None)
            return body, _on_lines(index, len(reached), around, rewriting, args)

        return piece, wish


def _owner(spot: Spot) -> Spot:
    if spot.parent is None or spot.field != "body" or spot.index != len(spot.siblings) - 1:
        raise CannotFix("the statement is not the last of a body")
    return spot.parent


def _on_node(start: int, end: int, rewriting: Union[OfExpression, OfStatement], args: Args) -> Wish:
    def on_expression(region: Region) -> tuple[cst.CSTNode, Change]:
        node = region.expression(start, end)

        def change(current: cst.CSTNode, updated: Updated, parentheses: bool) -> cst.CSTNode:
            del updated
            assert isinstance(rewriting, OfExpression)
            assert isinstance(current, cst.BaseExpression)
            made = rewriting.run(current.with_changes(lpar=[], rpar=[]), args)
            return settled(region, node, current, made, parentheses)

        return node, change

    def on_statement(region: Region) -> tuple[cst.CSTNode, Change]:
        def change(current: cst.CSTNode, updated: Updated, parentheses: bool) -> cst.CSTNode:
            del updated, parentheses
            assert isinstance(rewriting, OfStatement)
            assert isinstance(current, cst.BaseSmallStatement)
            return rewriting.run(current, args)

        return region.simple_statement(start, end), change

    return on_expression if isinstance(rewriting, OfExpression) else on_statement


def _on_lines(index: int, count: int, around: Lines, rewriting: OfLines, args: Args) -> Change:
    def change(current: cst.CSTNode, updated: Updated, parentheses: bool) -> cst.CSTNode:
        del updated, parentheses
        assert isinstance(current, (cst.Module, cst.IndentedBlock))
        statements = as_statements(current.body)
        lines = replace(around, statements=tuple(statements[index : index + count]))
        return current.with_changes(
            body=[*statements[:index], *rewriting.run(lines, args), *statements[index + count :]]
        )

    return change
