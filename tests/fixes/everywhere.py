"""Tries operations at every expression and statement of a program, and compares with what `ast` says they must do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from fixing import PATH, Program, check_promises
from sqlassay.fixes.apply import CannotFix, edits_for
from sqlassay.fixes.locate import Spot, held_spot, top_spot
from sqlassay.fixes.names import children
from sqlassay.fixes.ops import AnyOp, Fix
from sqlassay.syntax import nodes as n
from sqlassay.syntax.source import apply_edits

Span = tuple[int, int]


def expressions(program: Program) -> Iterator[Span]:
    """The spans of all expressions, in bytes of the file."""
    for top in program.modules[PATH].statements:
        stack: list[n.Node] = [top.node]
        while stack:
            node = stack.pop()
            stack.extend(children(node))
            if isinstance(node, n.Expr.__args__) and not isinstance(node, (n.Opaque, n.Starred)):
                yield top.start + node.start, top.start + node.end


def statements(program: Program) -> Iterator[Spot]:
    """All statements, where they stand."""
    tops = program.modules[PATH].statements
    stack = [top_spot(tops, index) for index in range(len(tops))]
    while stack:
        spot = stack.pop()
        if not isinstance(spot.node, (n.Handler, n.Case)):
            yield spot
        for field in ("body", "handlers", "cases", "orelse", "finalbody"):
            stack.extend(held_spot(spot, field, index) for index in range(len(getattr(spot.node, field, ()))))


def fixed(program: Program, *ops: AnyOp) -> str | None:
    """The text after a fix; None where it is refused."""
    source = program.sources[PATH]
    try:
        edits = edits_for(Fix("", True, ops), program).get(PATH, [])
    except CannotFix:
        return None
    for edit in edits:
        source.data[: edit.start].decode()
        source.data[edit.start : edit.end].decode()
    after = apply_edits(source, edits)
    check_promises(source, after)
    return after.text


class Tree:
    """What `ast` makes of a program, by spans in bytes of the file."""

    def __init__(self, program: Program) -> None:
        self.source = program.sources[PATH]
        # Form feeds and the like apart, ast's lines are ours.
        self.root = ast.parse(self.source.text)

    def span(self, node: ast.expr | ast.stmt) -> Span:
        starts = self.source.line_starts
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        for decorator in getattr(node, "decorator_list", []):
            # The statement starts at the @ of its first decorator, of which ast keeps no place.
            first = starts[decorator.lineno - 1] + decorator.col_offset
            start = min(start, self.source.data.rindex(b"@", 0, first))
        return start, starts[node.end_lineno - 1] + node.end_col_offset

    def wrapped(self, span: Span, name: str) -> str | None:
        """The program with the expression at `span` as the argument of a call; None where ast has no value there."""
        for node, field, index in self.places:
            row = getattr(node, field) if index is not None else [getattr(node, field)]
            each = row[index or 0]
            if not isinstance(each, ast.expr) or self.span(each) != span:
                continue
            if not isinstance(getattr(each, "ctx", ast.Load()), ast.Load):
                return None
            call = ast.Call(ast.Name(name, ast.Load()), [each], [])
            new = call if index is None else [*row[:index], call, *row[index + 1 :]]
            return self._dumped(node, field, new)
        return None

    def with_statement(self, span: Span, offset: int, code: str) -> str | None:
        """The program with statements before (`offset` 0) or after (1) the one at `span`, or instead of it (-1)."""
        for node, field, index in self.places:
            row = getattr(node, field)
            if index is None or not isinstance(row[index], ast.stmt) or self.span(row[index]) != span:
                continue
            first = index + max(offset, 0)
            last = first + (offset < 0)
            return self._dumped(node, field, [*row[:first], *ast.parse(code).body, *row[last:]] or [ast.Pass()])
        return None

    @cached_property
    def places(self) -> list[tuple[ast.AST, str, int | None]]:
        """Where nodes are held: by what, in which field, and at which index of a list."""
        found: list[tuple[ast.AST, str, int | None]] = []
        for node in ast.walk(self.root):
            for field, value in ast.iter_fields(node):
                if isinstance(value, list):
                    found += [(node, field, index) for index, each in enumerate(value) if isinstance(each, ast.AST)]
                elif isinstance(value, ast.AST):
                    found.append((node, field, None))
        return found

    def _dumped(self, node: ast.AST, field: str, value: object) -> str:
        """The whole program with another value in one place."""
        before = getattr(node, field)
        setattr(node, field, value)
        text = dump(self.root)
        setattr(node, field, before)
        return text


def dump(tree: ast.AST) -> str:
    return _CONTEXT.sub("", ast.dump(tree))


_CONTEXT = re.compile(r", ctx=\w+\(\)")
