"""The one error of configuration: where it is, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ConfigError(Exception):
    """Configuration that is refused. `line` counts from 1; None where the place has no lines (a command line)."""

    def __init__(self, path: str, line: int | None, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"

    def __reduce__(self) -> tuple[type[ConfigError], tuple[str, int | None, str]]:
        # It crosses processes, and the default would call __init__ with the message alone.
        return ConfigError, (self.path, self.line, self.message)


class Refused(Exception):
    """A value that is refused. `keys` lead to it, below the table being read; `element` is the string at fault."""

    def __init__(self, message: str, keys: tuple[str, ...] = (), element: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.keys = keys
        self.element = element


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "..."?`, or nothing where no known word is near."""
    by_folded = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f'; did you mean "{by_folded[close[0]]}"?' if close else ""
