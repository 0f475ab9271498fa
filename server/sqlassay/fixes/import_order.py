"""Where a new import goes among those of a file, and where a new name goes among those of an import."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

from msgspec import Struct

from sqlassay.fixes.layout import indentation, next_line
from sqlassay.fixes.locate import top_spot
from sqlassay.fixes.statements import above_comments
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule, TopLevel
from sqlassay.syntax.source import SourceText

FUTURE, STANDARD, THIRD_PARTY, FIRST_PARTY, RELATIVE = range(5)
"""The sections that isort and Ruff put imports in, in their order."""

Key = tuple[Any, ...]


class Line(Struct, frozen=True):
    """An import statement as it is sorted."""

    module: str
    level: int
    is_from: bool
    index: int = -1
    """Among the module's statements; -1 for a new one."""

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


class Placement(Struct, frozen=True):
    """A line start at which to insert import lines, and how many empty lines they need around them."""

    offset: int
    before: int = 0
    after: int = 0


def _kinds_apart(line: Line) -> Key:
    return (line.is_from, line.module.lower())


def _by_module(line: Line) -> Key:
    return (line.module.lower(), line.is_from)


_LINE_ORDERS: tuple[Callable[[Line], Key], ...] = (_kinds_apart, _by_module)


def _constants_classes_others(name: str) -> Key:
    """isort's order_by_type, which is its default and Ruff's."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (kind, name.lower(), name)


_NAME_ORDERS: tuple[Callable[[str], Key], ...] = (
    _constants_classes_others,
    lambda name: (name,),
    lambda name: (name.lower(),),
)


def name_index(names: Sequence[str], name: str) -> int:
    """Where `name` goes among the names of an import: by their order if they have one, else last."""
    return _sorted_index(names, name, _NAME_ORDERS, len(names))


def sorted_names(names: Sequence[str]) -> list[str]:
    return sorted(names, key=_constants_classes_others)


def sorted_lines(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=_kinds_apart)


def _sorted_index(items: Sequence[Any], item: Any, orders: Sequence[Callable[[Any], Key]], otherwise: int) -> int:
    for order in orders:
        keys = [order(each) for each in items]
        if keys == sorted(keys):
            return bisect_right(keys, order(item))
    return otherwise


def section(line: Line, path: str) -> int:
    """The section of an import in the file at `path`, whose folders tell the project's own packages."""
    if line.level:
        return RELATIVE
    if line.package == "__future__":
        return FUTURE
    if line.package in sys.stdlib_module_names:
        return STANDARD
    parts = PurePath(path).with_suffix("").parts
    return FIRST_PARTY if line.package in parts else THIRD_PARTY


def runs(module: ParsedModule, limit: int) -> list[list[Line]]:
    """The import lines at the top of the module that start before `limit`, in runs without blank lines or other code.

    None of a `try`, an `if TYPE_CHECKING` or a function; none after the first function or class.
    """
    found: list[list[Line]] = []
    previous: TopLevel | None = None
    for index, top in enumerate(module.statements):
        if top.start >= limit or top.anchor.startswith(("def ", "class ")):
            break
        line = _line(module.source, top, index)
        if line is not None:
            if previous is None or _blank_between(module.source, previous.end, top.start):
                found.append([])
            found[-1].append(line)
        previous = top if line is not None else None
    return found


def _line(source: SourceText, top: TopLevel, index: int) -> Line | None:
    if not top.text.startswith((b"import", b"from")) or indentation(source, top.start) is None:
        return None
    node = top.node
    if isinstance(node, n.Import):
        return Line(node.names[0][0], 0, False, index)
    return Line(node.module, node.level, True, index) if isinstance(node, n.ImportFrom) else None


def _blank_between(source: SourceText, start: int, end: int) -> bool:
    lines = range(source.line_at(start) + 1, source.line_at(end))
    return any(not source.line_text(line).strip() for line in lines)


def place(module: ParsedModule, line: Line, path: str, limit: int) -> Placement:
    """Where a new import line goes; above `limit`."""
    found = runs(module, limit)
    wanted = section(line, path)
    same_package = [run for run in found if any(each.package == line.package and not each.level for each in run)]
    same_section = [run for run in found if any(section(each, path) == wanted for each in run)]
    for run in (same_package or same_section)[:1]:
        return _in_run(module, run, line, path)
    above = [run for run in found if section(run[0], path) < wanted]
    if above:
        return _below(module, module.statements[above[-1][-1].index])
    if found:
        return _above(module, found[0][0].index)
    if module.docstring is not None:
        return _below(module, module.statements[0])
    return _above(module, 0) if module.statements else Placement(len(module.source.data))


def _in_run(module: ParsedModule, run: list[Line], line: Line, path: str) -> Placement:
    akin = [at for at, each in enumerate(run) if each.package == line.package]
    before = [at for at, each in enumerate(run) if section(each, path) <= section(line, path)]
    otherwise = (akin or before or [-1])[-1] + 1
    index = _sorted_index(run, line, _LINE_ORDERS, otherwise)
    if index == len(run):
        return Placement(next_line(module.source, module.statements[run[-1].index].end))
    return Placement(above_comments(module.source, top_spot(module.statements, run[index].index)))


def _below(module: ParsedModule, top: TopLevel) -> Placement:
    offset = next_line(module.source, top.end)
    return Placement(offset, 1, _needed_after(module, offset))


def _above(module: ParsedModule, index: int) -> Placement:
    source = module.source
    offset = above_comments(source, top_spot(module.statements, index))
    line = source.line_at(offset)
    return Placement(offset, int(line > 0 and bool(source.line_text(line - 1).strip())), _needed_after(module, offset))


def _needed_after(module: ParsedModule, offset: int) -> int:
    """Empty lines between an import and what stands at `offset`: two before a definition, else one, unless there."""
    source = module.source
    line = source.line_at(offset)
    if offset >= len(source.data) or not source.line_text(line).strip():
        return 0
    following = next((top for top in module.statements if top.start >= offset), None)
    return 2 if following is not None and following.anchor.startswith(("def ", "class ")) else 1
