"""What a run of `check` has to show, with positions in the units that each output wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from sqlassay.cli.style import shown_path
from sqlassay.findings import Finding
from sqlassay.linter import Report
from sqlassay.syntax.source import SourceText, Unit

Position = tuple[int, int]
"""Line and character, both from 0."""


class Spot(Struct, frozen=True):
    """A place in a file. `source` is None where the file cannot be read any more."""

    path: str
    """As shown."""
    source: SourceText | None
    start: int
    end: int

    def range(self, unit: Unit = "utf-16") -> tuple[Position, Position]:
        """Start and end, characters counted in `unit`."""
        if self.source is None:
            return (0, 0), (0, 0)
        return self.source.position(self.start, unit), self.source.position(self.end, unit)

    def head(self) -> str:
        """`path:line:column`, from 1, columns in characters."""
        line, column = self.range("utf-32")[0]
        return f"{self.path}:{line + 1}:{column + 1}"

    def line_text(self) -> str:
        """The line on which it starts."""
        return "" if self.source is None else self.source.line_text(self.source.line_at(self.start))


class Entry(Struct, frozen=True):
    """A finding with its places."""

    finding: Finding
    spot: Spot
    related: tuple[tuple[Spot, str], ...]


class Outcome(Struct):
    """All that a run found."""

    entries: list[Entry]
    files: int
    """How many files were checked."""
    summary: bool = True
    """Whether a person wants a closing line."""

    @property
    def safe(self) -> int:
        return sum(entry.finding.fix is not None and entry.finding.fix.safe for entry in self.entries)

    @property
    def unsafe(self) -> int:
        return sum(entry.finding.fix is not None and not entry.finding.fix.safe for entry in self.entries)


def entries_of(report: Report, source_of: Callable[[str], SourceText | None]) -> Iterable[Entry]:
    """The findings of a report; `source_of` gives the text of the related places in other files."""

    def spot(path: str, start: int, end: int) -> Spot:
        return Spot(shown_path(path), report.source if path == report.path else source_of(path), start, end)

    for finding in report.findings:
        related = tuple((spot(each.path, each.start, each.end), each.message) for each in finding.related)
        yield Entry(finding, spot(finding.path, finding.start, finding.end), related)
