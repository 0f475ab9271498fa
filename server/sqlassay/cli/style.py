"""Colours on a terminal, and paths as a person reads them."""

from __future__ import annotations

import os
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}

SEVERITY_COLOURS = {"error": "red", "warning": "yellow", "info": "blue", "hint": "cyan"}


class Style:
    """Paints text, or leaves it as it is."""

    def __init__(self, coloured: bool) -> None:
        self.coloured = coloured

    def paint(self, text: str, *names: str) -> str:
        """`text` in a colour, bold or dim (the names of `_CODES`)."""
        if not self.coloured or not text:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"


def style_for(stream: TextIO) -> Style:
    """Colours where the stream is a terminal; NO_COLOR turns them off, FORCE_COLOR on."""
    if os.environ.get("NO_COLOR"):
        return Style(False)
    forced = os.environ.get("FORCE_COLOR", "")
    if forced:
        return Style(forced != "0")
    return Style(stream.isatty() and os.environ.get("TERM") != "dumb")


def shown_path(path: str) -> str:
    """An absolute path as every output gives it: from the working folder where it lies below it, with `/`."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        relative = path
    outside = relative == os.pardir or relative.startswith(os.pardir + os.sep)
    return (path if outside else relative).replace(os.sep, "/")


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
