"""The progress bar: on a terminal, for long runs, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest
from sqlassay.cli import progress
from sqlassay.cli.progress import Progress


class Screen(io.StringIO):
    terminal = True

    def isatty(self) -> bool:
        return self.terminal


def shown(monkeypatch: pytest.MonkeyPatch, *, seconds: float, terminal: bool = True, wanted: bool = True) -> str:
    """What is written to stderr by a run that takes `seconds` between its start and its first report."""
    screen = Screen()
    screen.terminal = terminal
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    clock = iter([0.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock, seconds))
    with Progress(wanted) as bar:
        bar.report(3, 10, "checking")
        bar.report(4, 10, "checking")
    return screen.getvalue()


def test_a_long_run_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    said = shown(monkeypatch, seconds=5.0)
    assert "checking" in said
    assert "4/10" in said


def test_a_short_run_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, seconds=0.1) == ""


def test_no_terminal_or_quiet_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, seconds=5.0, terminal=False) == ""
    assert shown(monkeypatch, seconds=5.0, wanted=False) == ""
