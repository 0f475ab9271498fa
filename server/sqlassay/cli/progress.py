"""A progress bar on a terminal, for runs that take long enough to wonder about."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Any

from sqlassay.cli.style import shown_path

_PATIENCE = 1.0
"""Seconds before a bar shows."""

_WIDEST = 50
"""How much of a path is shown, its end."""


class Progress:
    """A context manager; its `report` is a `linter.Progress`. Nothing is shown, or imported, for a short run."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def report(self, done: int, total: int, what: str) -> None:
        """`done` of `total`; `what` is a word, or the absolute path of the file just done."""
        if not self._wanted or (self._bar is None and time.monotonic() - self._started < _PATIENCE):
            return
        if self._bar is None:
            self._show()
        shown = shown_path(what) if os.path.isabs(what) else what
        self._bar.update(self._task, completed=done, total=total or None, description=shown[-_WIDEST:])

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("")
        self._bar.start()
