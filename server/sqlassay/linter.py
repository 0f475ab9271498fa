"""The only door for the fronts: files in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from sqlassay.config import Config
from sqlassay.findings import Finding
from sqlassay.fixes.ops import Fix
from sqlassay.syntax.source import SourceText, TextEdit


class Problem(Struct, frozen=True):
    """Something about a file that kept us from looking at all of it: unreadable, a rule that crashed ..."""

    path: str
    message: str
    internal: bool
    """True where the fault is ours (a rule raised)."""


class Report(Struct):
    """What was found in one file, against exactly `source`. Findings are sorted by position, suppressed ones gone."""

    path: str
    source: SourceText | None
    """None where the file could not be read."""
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    suppressed: int = 0


class Fixed(Struct):
    """A file after fixing. `changes` counts the fixes applied by rule code."""

    path: str
    before: SourceText
    text: str
    changes: dict[str, int]


Progress = Callable[[int, int, str], None]
"""done, total, what is being done"""


class Workspace:
    """A project root with its configuration, its index and the files that an editor holds open.

    Not thread-safe: one owner at a time. Paths are absolute strings (`os.path.abspath`).
    An open file wins over the disk.
    """

    def __init__(self, root: Path, config: Config) -> None: ...

    @classmethod
    def from_sources(cls, files: dict[str, str], config: Config | None = None) -> Workspace:
        """An in-memory project for tests: relative path to text. Nothing is read from the disk."""

    # ---- files

    def open(self, path: str, text: str) -> None:
        """An editor opened the file (or a test gives it): this text wins over the disk."""

    def edit(self, path: str, edits: Iterable[TextEdit]) -> None:
        """Apply incremental edits, one after the other, each against the text that the one before left."""

    def close(self, path: str) -> None:
        """The editor let go: the disk speaks again."""

    def disk_changed(self, paths: Iterable[str]) -> set[str]:
        """Files were created, changed or deleted on disk. Gives the open files whose findings may differ now."""

    def source(self, path: str) -> SourceText | None:
        """The text as it is now, open or on disk; None where it cannot be read."""

    def discover(self, paths: Iterable[str] | None = None) -> list[str]:
        """The Python files to check under `paths` (default: the root), excludes and .gitignore respected."""

    # ---- findings

    def index(self, progress: Progress | None = None) -> None:
        """Read the facts of every file of the project. `check` does this when it has not been done."""

    def check(self, path: str) -> Report:
        """The findings of one file."""

    def check_all(
        self, paths: Iterable[str] | None = None, *, jobs: int = 0, progress: Progress | None = None
    ) -> Iterator[Report]:
        """The findings of many files, in path order, over `jobs` processes (0: as many as there are cores)."""

    # ---- fixes

    def edits(self, fix: Fix) -> dict[str, list[TextEdit]] | None:
        """The text edits of one fix, by path, in order and not overlapping; None where it cannot be done now."""

    def fix_file(self, path: str, *, unsafe: bool = False, select: frozenset[str] | None = None) -> Fixed:
        """Apply fixes to one file (rule codes in `select`, default all that are on) until nothing changes.

        Nothing is written: the caller writes. A file that does not parse comes back as it was.
        """
