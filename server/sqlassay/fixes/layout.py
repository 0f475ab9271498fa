"""Lines and indentation around statements. Offsets are bytes from the file's start."""

from __future__ import annotations

from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.locate import BODIES, Spot
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule
from sqlassay.syntax.source import SourceText

FOUR_SPACES = "    "
_MOST_LOOKED_AT = 20
"""How many definitions of a file are asked for its step of indentation."""


def line_start(source: SourceText, offset: int) -> int:
    return source.line_starts[source.line_at(offset)]


def next_line(source: SourceText, offset: int) -> int:
    """The start of the line after the one that holds `offset`; the end of the text after the last."""
    line = source.line_at(offset) + 1
    return source.line_starts[line] if line < source.line_count else len(source.data)


def indentation(source: SourceText, start: int) -> str | None:
    """The blanks before the statement that starts at `start`; None where something else stands before it."""
    before = source.data[line_start(source, start) : start]
    first = source.line_at(start)
    if before.strip(b" \t\f") or (first and _continues(source.line_text(first - 1))):
        return None
    return before.decode("ascii")


def after_statement(source: SourceText, end: int) -> str:
    """What stands between the end of a statement and the end of its line, without the blanks around it."""
    return source.data[end : source.line_span(source.line_at(end))[1]].decode("utf-8").strip(" \t\f")


def on_own_lines(source: SourceText, start: int, end: int) -> bool:
    """Whether a statement shares its lines with comments at most."""
    after = after_statement(source, end)
    return indentation(source, start) is not None and (not after or after.startswith("#"))


def own_indentation(source: SourceText, spot: Spot) -> str:
    """The indentation of a statement on lines of its own. Raises CannotFix for one that shares them."""
    found = indentation(source, spot.start)
    if found is None or not on_own_lines(source, spot.start, spot.end):
        raise CannotFix("the statement shares its line with others")
    return found


def blank_lines(source: SourceText, line: int, direction: int) -> int:
    """How many blank lines follow a line (or come before it, where `direction` is -1)."""
    count = 0
    while 0 <= (at := line + direction * (count + 1)) < source.line_count and not source.line_text(at).strip(" \t\f"):
        count += 1
    return count


def step(module: ParsedModule, spot: Spot) -> str:
    """One step of indentation as it is around a statement, else as the file's definitions have it."""
    source = module.source
    for around in spot.chain:
        found = _step_in(source, around.node, around.base)
        if found is not None:
            return found
    defined = [top for top in module.statements if top.anchor.startswith(("def ", "class "))]
    for top in defined[:_MOST_LOOKED_AT]:
        found = _step_in(source, top.node, top.start)
        if found is not None:
            return found
    return FOUR_SPACES


def _step_in(source: SourceText, node: n.Node, base: int) -> str | None:
    """How much deeper than the statement its first body on lines of its own is."""
    outer = indentation(source, base + node.start)
    for field in BODIES:
        held = getattr(node, field, ())
        if outer is None or not held or isinstance(held[0], (n.Handler, n.Case)):
            continue
        inner = indentation(source, base + held[0].start)
        if inner is not None and inner.startswith(outer) and len(inner) > len(outer):
            return inner[len(outer) :]
    return None


def _continues(line: str) -> bool:
    """Whether a line goes on in the next. A comment that ends in a backslash does not."""
    return line.endswith("\\") and "#" not in line
