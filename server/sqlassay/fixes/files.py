"""What fixes need of the outside: trees by path, and a way to say no."""

from __future__ import annotations

from typing import Protocol

from sqlassay.syntax.parser import ParsedModule

TOO_DEEP = "the code is nested too deeply"


class CannotFix(Exception):
    """This fix cannot be made here without changing what the code means or losing something. Nothing was changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """For a person: what stood in the way."""


class Files(Protocol):
    """The project's modules as they are now, with the texts that they were parsed from."""

    def module(self, path: str) -> ParsedModule:
        """The tree of the file at `path`, as in `Place.path`. Raises CannotFix where it cannot be read."""
