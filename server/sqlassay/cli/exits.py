"""How a command ends."""

from __future__ import annotations

CLEAN = 0
FINDINGS = 1
FAILED = 2
INTERRUPTED = 130


class Failure(Exception):
    """The command could not do what was asked. The message is the one line that a person reads."""
