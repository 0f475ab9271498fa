"""One module a format of `sqlassay schema`. Each has `write(schema, out, style)`; `cli.options` lists them."""

from __future__ import annotations

import importlib
from typing import Protocol, TextIO

from sqlassay.cli.style import Style
from sqlassay.linter import Schema


class Format(Protocol):
    """What a module of this folder looks like."""

    def write(self, schema: Schema, out: TextIO, style: Style, /) -> None:
        """Write the models and tables, with what a reader of the format expects around them."""


def load(name: str) -> Format:
    """The module of a format by its name."""
    module: Format = importlib.import_module(f"{__name__}.{name}")
    return module
