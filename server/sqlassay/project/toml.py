"""Reading TOML on every supported Python, with the line of what is wrong."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

_tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

_WHERE = re.compile(r"\s*\((?:at line (\d+), column \d+|at end of document)\)$")


class TomlError(ValueError):
    """A text that is not TOML. `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def parse(text: str) -> dict[str, Any]:
    """The document as plain Python values; raises `TomlError`."""
    try:
        document: dict[str, Any] = _tomllib.loads(text)
    except _tomllib.TOMLDecodeError as error:
        said = str(error)
        where = _WHERE.search(said)
        line = int(where[1]) if where and where[1] else text.count("\n") + (not text.endswith("\n"))
        raise TomlError(_WHERE.sub("", said), max(line, 1)) from None
    except RecursionError:
        raise TomlError("nested too deeply", 1) from None
    return document


def table(value: object) -> dict[str, Any]:
    """`value` if it is a table, else an empty one: for reading files that are somebody else's to check."""
    return value if isinstance(value, dict) else {}
