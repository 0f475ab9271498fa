"""What the server writes on stderr, which editors show to people: one line an entry, never a traceback.

`SQLASSAY_LOG=debug` in the environment asks for everything, tracebacks too.
"""

from __future__ import annotations

import logging
import os
import sys

LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}
VARIABLE = "SQLASSAY_LOG"


class OneLine(logging.Formatter):
    """An entry cut to its first line, with the exception's type and text in place of its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage().partition("\n")[0]
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            message += f": {type(error).__name__}: {error}".partition("\n")[0]
        return f"sqlassay: {record.levelname.lower()}: {message}"


def set_up() -> None:
    """Log to stderr at the level that the environment asks for (warnings where it is silent)."""
    level = LEVELS.get(os.environ.get(VARIABLE, "").lower(), logging.WARNING)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter() if level == logging.DEBUG else OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    if level != logging.DEBUG:
        # What it warns of (a cancelled request that was answered already ...) is nothing that a person can act on.
        logging.getLogger("pygls").setLevel(logging.ERROR)
