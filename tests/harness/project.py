"""The harness's view of the engine: files in, findings and fixed texts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct


class Found(Struct, frozen=True):
    """A finding as a test sees it. `line` counts from 1 in the file at `path`."""

    path: str
    line: int
    code: str
    name: str
    message: str
    safe: bool | None = None
    """Whether its fix is safe; None where it has none."""
    fix: Any = None
    """What `Project.fixed_by` takes; the harness does not look inside."""


class Project(Protocol):
    """An in-memory project. Paths are as the test writes them, relative."""

    def findings(self) -> list[Found]:
        """The findings of every file."""

    def problems(self) -> list[str]:
        """What the engine says went wrong; a test fails where there is any."""

    def fixed_by(self, found: Found) -> dict[str, str] | None:
        """The new texts of the files that one fix changes; None where it cannot be done."""

    def fix_all(self, *, unsafe: bool) -> dict[str, str]:
        """Every file's text, changed or not, after fixing all that can be fixed at this level."""

    def revealed(self) -> dict[str, dict[int, str]]:
        """What each expression statement is, by path and by line (from 1)."""


Opener = Callable[[Mapping[str, str], Mapping[str, Any]], Project]
"""Opens a project of these files (relative path to text) under these settings (the keys of `sqlassay.toml`)."""
