"""A person at work in Kate, on a screen that nobody sees: sees findings, reads one, fixes it, saves.

Runs where SQLASSAY_NEWER_EDITORS=1 (newer_editors.sh). What the server told Kate is in the session's `told`, what Kate
made of it in the file, and what it showed in the screenshots, which go to SQLASSAY_SCREENSHOTS where that is a folder.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import FILE, SHOP, Session, editor, from_docs, where

FINDING = "Python decides `is` before"


class Screen:
    """A display with a window manager, and Kate on it."""

    def __init__(self, session: Session, display: str) -> None:
        self.environment = {**session.environment, "DISPLAY": display}
        self.told = session.folder / "told"
        self.shots = Path(os.environ.get("SQLASSAY_SCREENSHOTS") or session.folder)
        self.waited: list[tuple[str, int]] = []

    def do(self, *command: str) -> str:
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False).stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            self.do("xdotool", "key", key)
            time.sleep(0.3)

    def shot(self, name: str) -> None:
        time.sleep(1)  # until it is drawn
        self.do("import", "-window", "root", str(self.shots / f"kate-{name}.png"))

    def wait(self, what: str, condition: Callable[[], bool]) -> None:
        start = time.monotonic()
        while not condition():
            if time.monotonic() > start + 60:
                self.shot("timeout")
                pytest.fail(f"timeout: {what}")
            time.sleep(0.1)
        self.waited.append((what, int((time.monotonic() - start) * 1000)))

    def wait_for_word(self, what: str, words: str, after: int = 0) -> str:
        """Wait until the server says these words; gives all that it has said since it had said `after` bytes."""
        self.wait(what, lambda: words.encode() in self.told.read_bytes()[after:])
        return self.told.read_bytes()[after:].decode("utf-8", "replace")

    def pick(self, key: str) -> None:
        """Pick the code action that this key leads to in the menu, and wait until the server has looked at the edit."""
        time.sleep(1)  # the menu comes up
        said = self.told.stat().st_size
        self.press(key, "Return")
        self.wait_for_word("the edit", "publishDiagnostics", said)

    def wait_for_window(self, words: str) -> str:
        self.wait(f"the window {words}", lambda: bool(self.do("xdotool", "search", "--onlyvisible", "--name", words)))
        return self.do("xdotool", "search", "--onlyvisible", "--name", words).split()[-1]


@contextlib.contextmanager
def kate(session: Session) -> Iterator[Screen]:
    """Kate with the file of the session, at the finding."""
    settings = session.folder / "xdg_config_home" / "kate" / "lspclient" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(from_docs("json", "highlightingModeRegex"), "utf-8")
    session.environment["XDG_RUNTIME_DIR"] = str(session.folder)
    session.folder.chmod(0o700)
    told = session.folder / "told"
    told.touch()
    (session.folder / "bin" / "sqlassay").write_text(
        f'#!/bin/sh\n"{sys.executable}" -m sqlassay "$@" | tee {told}\n', "utf-8"
    )
    line, column = where(session)
    programs = [editor(name) for name in ("Xvfb", "openbox", "kate")]
    reading, writing = os.pipe()
    started = []

    def start(*command: str, **options: Any) -> None:
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options))

    try:
        start(programs[0], "-displayfd", str(writing), "-screen", "0", "1400x900x24", pass_fds=[writing])
        screen = Screen(session, f":{os.read(reading, 16).decode().strip()}")
        start(programs[1], env=screen.environment)
        place = ["-l", str(line), "-c", str(column + 1), str(session.file)]
        start(programs[2], "-b", *place, env=screen.environment, cwd=session.project)
        screen.wait_for_window("LSP server start requested")
        screen.shot("question")
        screen.press("alt+y")
        window = screen.wait_for_window(session.file.name)
        screen.do("xdotool", "windowmove", window, "0", "20", "windowsize", window, "1390", "860")
        yield screen
    finally:
        for process in reversed(started):
            process.kill()  # asked to end, Kate would ask what to do with what is not saved
            process.wait()
        os.close(reading)
        os.close(writing)


def run(session: Session, *, fix_on_save: bool) -> dict[str, Any]:
    """Kate fixes nothing on save: fix all is picked from its menu before."""
    with kate(session) as screen:
        diagnostics = screen.wait_for_word("diagnostics", FINDING)
        screen.shot("diagnostics")
        said = screen.told.stat().st_size
        screen.press("alt+l", "y")  # LSP Client, Symbol Info
        hover = screen.wait_for_word("hover", "Use instead", said)
        screen.shot("hover")
        said = screen.told.stat().st_size
        screen.press("Escape", "alt+Return")
        actions = screen.wait_for_word("actions", "Ignore is-comparison", said)
        screen.shot("actions")
        screen.pick("Down")
        if fix_on_save:
            said = screen.told.stat().st_size
            screen.press("alt+Return")
            screen.wait_for_word("fix all", "Fix all that is safe", said)
            screen.pick("Up")
        before = session.file.stat().st_mtime_ns
        screen.press("ctrl+s")
        screen.wait("saving", lambda: session.file.stat().st_mtime_ns != before)
        screen.shot("saved")
    return {
        "waited": screen.waited,
        "diagnostics": diagnostics,
        "hover": hover,
        "actions": actions,
        "saved": session.file.read_text("utf-8"),
    }


@pytest.fixture
def quick() -> str:
    """The file after the quick fix."""
    return (SHOP / FILE).read_text("utf-8").replace("Order.note is None", "Order.note.is_(None)")


def test_a_session_with_all_fixed(session: Session, quick: str) -> None:
    seen = run(session, fix_on_save=True)
    # On in the shop, and not among those that the settings on the page select.
    assert "ALC551" in seen["diagnostics"]
    assert "ALC501" not in seen["diagnostics"]
    assert seen["saved"] != quick
    assert seen["saved"] == session.fixed_by_the_command_line(quick, "--select", "recommended")


def test_the_quick_fix_alone(session: Session, quick: str) -> None:
    assert run(session, fix_on_save=False)["saved"] == quick
