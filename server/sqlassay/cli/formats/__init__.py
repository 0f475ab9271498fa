"""One module an output format. Each has `write(outcome, out, style)`; `cli.options` lists them."""

from __future__ import annotations

import importlib
from typing import Protocol, TextIO

from sqlassay.cli.outcome import Outcome
from sqlassay.cli.style import Style


class Format(Protocol):
    """What a module of this folder looks like."""

    def write(self, outcome: Outcome, out: TextIO, style: Style, /) -> None:
        """Write all that was found, with what a reader of the format expects around it."""


def load(name: str) -> Format:
    """The module of a format by its name."""
    module: Format = importlib.import_module(f"{__name__}.{name}")
    return module
