"""Statements put beside others, in the place of others, or taken away: only the lines in question are touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.layout import (
    after_statement,
    blank_lines,
    indentation,
    line_start,
    next_line,
    on_own_lines,
    own_indentation,
    step,
)
from sqlassay.fixes.locate import COMPOUND, NO_SIBLINGS, Spot, held_spot
from sqlassay.fixes.region import Region, comments, parse
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule
from sqlassay.syntax.source import SourceText, TextEdit

BLOCK_PREFIX = "if 0:"
"""Makes indented lines a module. Its body starts on the next line."""


# ------------------------------------------------------------------ inserting


def insert(module: ParsedModule, spot: Spot, code: str, where: str) -> list[TextEdit]:
    """Insert the statements of `code` before or after a statement, or first or last in its body. Raises CannotFix."""
    return _WHERE[where](module, spot, code)


def _before(module: ParsedModule, spot: Spot, code: str) -> list[TextEdit]:
    _check_has_neighbours(module.source, spot)
    indent = indentation(module.source, spot.start)
    if indent is None:
        return [TextEdit(spot.start, spot.start, f"{_beside(spot, code)}; ")]
    return [line_edit(module, above_comments(module.source, spot), rendered(module, spot, code, indent))]


def _after(module: ParsedModule, spot: Spot, code: str) -> list[TextEdit]:
    source = module.source
    _check_has_neighbours(source, spot)
    indent = indentation(source, spot.start)
    if indent is None or (after_statement(source, spot.end).startswith(";") and not isinstance(spot.node, COMPOUND)):
        return [TextEdit(spot.end, spot.end, f"; {_beside(spot, code)}")]
    return [line_edit(module, below(source, spot, indent), rendered(module, spot, code, indent))]


def _first(module: ParsedModule, spot: Spot, code: str) -> list[TextEdit]:
    body = _body(spot)
    if _is_pass(body):
        return replace(module, held_spot(spot, "body", 0), code)
    if isinstance(spot.node, (n.FunctionDef, n.ClassDef)) and _is_docstring(body[0]):
        return _after(module, held_spot(spot, "body", 0), code)
    return _before(module, held_spot(spot, "body", 0), code)


def _last(module: ParsedModule, spot: Spot, code: str) -> list[TextEdit]:
    if _is_pass(_body(spot)):
        return replace(module, held_spot(spot, "body", 0), code)
    return _after(module, held_spot(spot, "body", -1), code)


_WHERE: dict[str, Callable[[ParsedModule, Spot, str], list[TextEdit]]] = {
    "before": _before,
    "after": _after,
    "first": _first,
    "last": _last,
}


def _body(spot: Spot) -> tuple[n.Stmt, ...]:
    body: tuple[n.Stmt, ...] = getattr(spot.node, "body", ())
    if not body:
        raise CannotFix("the statement has no body")
    return body


def _is_pass(body: Sequence[n.Stmt]) -> bool:
    return len(body) == 1 and isinstance(body[0], n.Simple) and body[0].kind == "pass"


def _is_docstring(statement: n.Stmt) -> bool:
    value = statement.value if isinstance(statement, n.ExprStmt) else None
    return isinstance(value, n.Constant) and value.kind == "str"


def _check_has_neighbours(source: SourceText, spot: Spot) -> None:
    if isinstance(spot.node, NO_SIBLINGS) or is_elif(source, spot):
        raise CannotFix("nothing can be put beside a clause of a statement")


def is_elif(source: SourceText, spot: Spot) -> bool:
    return isinstance(spot.node, n.If) and source.data.startswith(b"elif", spot.start)


def _beside(spot: Spot, code: str) -> str:
    """The code as it can stand on a line with other statements."""
    parsed = parse(code)
    line = parsed.body[0] if len(parsed.body) == 1 else None
    if isinstance(spot.node, COMPOUND) or not isinstance(line, cst.SimpleStatementLine) or comments(parsed):
        raise CannotFix("the statement shares its line with others")
    return "; ".join(parsed.code_for_node(each.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)) for each in line.body)


def above_comments(source: SourceText, spot: Spot) -> int:
    """Where a line before a statement goes: before the comments that speak of it, but never before the file's own."""
    own = line = source.line_at(spot.start)
    indent = source.data[line_start(source, spot.start) : spot.start]
    floor = source.line_at(spot.siblings[spot.index - 1][1]) if spot.index else -1
    while line - 1 > floor and source.data.startswith(indent + b"#", source.line_starts[line - 1]):
        line -= 1
    return source.line_starts[line if line else own]


def below(source: SourceText, spot: Spot, indent: str) -> int:
    """Where a line after a statement goes: behind the comments that still stand in its body."""
    place = next_line(source, spot.end)
    if not isinstance(spot.node, COMPOUND):
        return place
    line = source.line_at(spot.end) + 1
    while line < source.line_count:
        text = source.line_text(line)
        stripped = text.lstrip(" \t\f")
        deeper = text.startswith(indent) and len(text) - len(stripped) > len(indent)
        if stripped and not (deeper and stripped.startswith("#")):
            break
        if stripped:
            place = next_line(source, source.line_starts[line])
        line += 1
    return place


def line_edit(module: ParsedModule, offset: int, lines: str) -> TextEdit:
    """Insert lines at a line start, which at the end of the text may still lack its line end."""
    newline = module.source.newline
    data = module.source.data
    if offset == len(data) and data and not data.endswith((b"\n", b"\r")):
        return TextEdit(offset, offset, newline + lines.removesuffix(newline))
    return TextEdit(offset, offset, lines)


def rendered(module: ParsedModule, spot: Spot, code: str, indent: str) -> str:
    """`code` as lines of the file: with its line ends, indented as wanted, by the file's step. Raises CannotFix."""
    newline = module.source.newline
    parsed = parse(code.replace("\n", newline))
    if not parsed.body:
        raise CannotFix("there is no statement to put there")
    # What the code's own step and line ends were, are the file's from here on.
    parsed = parsed.with_changes(default_indent=step(module, spot), default_newline=newline)
    parsed = parsed.visit(_TightBlankLines())
    if not indent:
        return parsed.with_changes(has_trailing_newline=True).code
    first = parsed.body[0]
    body = [first.with_changes(leading_lines=[*parsed.header, *first.leading_lines]), *parsed.body[1:]]
    block = cst.IndentedBlock(body, indent=indent, footer=parsed.footer)
    holder = parsed.with_changes(
        body=[cst.If(cst.Integer("0"), block)], header=[], footer=[], has_trailing_newline=True
    )
    return holder.code.removeprefix(BLOCK_PREFIX + newline)


class _TightBlankLines(cst.CSTTransformer):
    """Blank lines stay empty where the code is indented."""

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:
        return updated_node if original_node.comment is not None else updated_node.with_changes(indent=False)


# ------------------------------------------------------- replacing and removing


def replace(module: ParsedModule, spot: Spot, code: str) -> list[TextEdit]:
    """Put the statements of `code` in the place of one; none (empty code) takes it away. Raises CannotFix."""
    if not code.strip():
        return remove(module, spot)
    _check_has_neighbours(module.source, spot)
    if not on_own_lines(module.source, spot.start, spot.end):
        new = _beside(spot, code)
    else:
        indent = own_indentation(module.source, spot)
        lines = rendered(module, spot, code, indent)
        new = lines.removeprefix(indent).removesuffix(module.source.newline)
    _check_comments(module, spot, code)
    return [TextEdit(spot.start, spot.end, new)]


def remove(module: ParsedModule, spot: Spot) -> list[TextEdit]:
    """Take a statement away, with `pass` where it was the only one. Comments above it stay. Raises CannotFix."""
    source = module.source
    _check_has_neighbours(source, spot)
    _check_comments(module, spot, "")
    if len(spot.siblings) == 1 and spot.parent is not None:
        return [TextEdit(spot.start, spot.end, "pass")]
    after = after_statement(source, spot.end)
    own_line = indentation(source, spot.start) is not None
    follower = spot.siblings[spot.index + 1][0] if spot.index + 1 < len(spot.siblings) else None
    if after.startswith(";") and follower is not None and source.line_at(follower) == source.line_at(spot.end):
        return [TextEdit(spot.start, follower, "")]
    if not own_line and spot.index:
        return [TextEdit(spot.siblings[spot.index - 1][1], spot.end, "")]
    comment = after.removeprefix(";").strip()
    if comment or not own_line:
        raise CannotFix(f"a comment would be lost: {comment}" if comment else "the statement shares its line")
    return [TextEdit(*_lines_to_remove(source, spot), "")]


def _lines_to_remove(source: SourceText, spot: Spot) -> tuple[int, int]:
    """The statement's lines, with the blank lines on one side of them where there are some on both."""
    first, last = source.line_at(spot.start), source.line_at(spot.end)
    above, below_it = blank_lines(source, first, -1), blank_lines(source, last, 1)
    opens = first == 0 or (spot.parent is not None and spot.index == 0)
    ends_file = last + below_it + 1 >= source.line_count
    if opens or (below_it <= above and not ends_file):
        last += below_it
    else:
        first -= above
    return source.line_starts[first], next_line(source, source.line_starts[last])


def _check_comments(module: ParsedModule, spot: Spot, code: str) -> None:
    """Raises CannotFix where a comment inside the statement is not in the new code."""
    source = module.source
    if b"#" not in source.data[spot.start : spot.end]:
        return
    indent = indentation(source, spot.start)
    start = spot.start if indent is None else line_start(source, spot.start)
    prefix = BLOCK_PREFIX + source.newline if indent else ""
    held = comments(Region(source, start, spot.end, prefix).tree)
    lost = held - comments(parse(code))
    if lost:
        raise CannotFix(f"a comment would be lost: {next(iter(lost))}")
