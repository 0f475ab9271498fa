"""A person at work in Helix, in a terminal that tmux keeps: sees findings, reads one, fixes it, saves.

Runs where SQLASSAY_NEWER_EDITORS=1 (newer_editors.sh).
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from e2e.conftest import FILE, SHOP, Session, editor, from_docs, where

ON_SAVE = "code-actions-on-save"
SETTINGS = 'config = { select = ["recommended"] }\n'


class Terminal:
    """A program on a screen of its own."""

    def __init__(self, session: Session, *command: str) -> None:
        # The path of a socket has to be short.
        self.tmux = [editor("tmux"), "-L", f"sqlassay-{os.getpid()}-{time.monotonic_ns()}", "-f", "/dev/null"]
        self.waited: list[tuple[str, int]] = []
        subprocess.run(
            [*self.tmux, "new-session", "-d", "-x", "220", "-y", "60", *command],
            cwd=session.project,
            env=session.environment,
            check=True,
        )

    def screen(self) -> str:
        return subprocess.run(
            [*self.tmux, "capture-pane", "-p"], capture_output=True, text=True, encoding="utf-8", check=True
        ).stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            subprocess.run([*self.tmux, "send-keys", key], check=True)
            time.sleep(0.1)  # an escape and the key after it would be taken for one

    def wait(self, what: str, condition: Callable[[str], bool]) -> str:
        start = time.monotonic()
        while not condition(screen := self.screen()):
            assert time.monotonic() < start + 60, f"timeout: {what}\n{screen}"
            time.sleep(0.05)
        self.waited.append((what, int((time.monotonic() - start) * 1000)))
        return screen

    def close(self) -> None:
        subprocess.run([*self.tmux, "kill-server"], check=False, capture_output=True)


def configure(session: Session, *, fix_on_save: bool = False, settings: bool = True) -> None:
    # Another server that is at hand in place of the page's.
    code = from_docs("toml", "language-server.sqlassay").replace('"basedpyright"', '"pylsp"')
    assert code.count(SETTINGS) == 1
    folder = session.folder / "xdg_config_home" / "helix"
    folder.mkdir(parents=True)
    on_save = from_docs("toml", ON_SAVE) if fix_on_save else ""
    (folder / "languages.toml").write_text((code if settings else code.replace(SETTINGS, "")) + on_save, "utf-8")


def run(session: Session, *, fix_on_save: bool) -> dict[str, Any]:
    program = editor("hx")
    configure(session, fix_on_save=fix_on_save)
    line, column = where(session)
    terminal = Terminal(session, program, f"{session.file}:{line}:{column}")
    try:
        diagnostics = terminal.wait("diagnostics", lambda screen: "Python decides `is` before" in screen)
        terminal.press("Space", "k")
        hover = terminal.wait("hover", lambda screen: "Use instead" in screen)
        terminal.press("Escape", "Space", "a")
        actions = terminal.wait("actions", lambda screen: "Ignore is-comparison" in screen)
        terminal.press("Enter")
        after = terminal.wait("quick fix", lambda screen: session.text not in screen)
        after = terminal.wait("diagnostics after the fix", lambda screen: "Python decides `is` before" not in screen)
        before = session.file.stat().st_mtime_ns
        terminal.press("Escape", ":w", "Enter")
        terminal.wait("saving", lambda screen: session.file.stat().st_mtime_ns != before and "[+]" not in screen)
    finally:
        terminal.close()
    return {
        "waited": terminal.waited,
        "diagnostics": diagnostics,
        "hover": hover,
        "actions": actions,
        "diagnostics_after": after,
        "saved": session.file.read_text("utf-8"),
    }


@pytest.fixture
def quick() -> str:
    """The file after the quick fix."""
    return (SHOP / FILE).read_text("utf-8").replace("Order.note is None", "Order.note.is_(None)")


def test_a_session_with_fix_on_save(session: Session, quick: str) -> None:
    seen = run(session, fix_on_save=True)
    for part in ("is-comparison (ALC552), error", "Why", "Use instead"):
        assert part in seen["hover"]
    for part in ("Write `Order.note.is_(None)`", "Open the page of is-comparison", "Fix all that is safe to fix"):
        assert part in seen["actions"]
    assert seen["saved"] != quick
    assert seen["saved"] == session.fixed_by_the_command_line(quick, "--select", "recommended")


def test_without_fix_on_save_a_file_is_saved_as_it_is(session: Session, quick: str) -> None:
    assert run(session, fix_on_save=False)["saved"] == quick


@pytest.mark.parametrize("settings", [True, False])
def test_settings_win_over_the_projects_own(session: Session, settings: bool) -> None:
    """The shop selects every rule, the page those that are recommended."""
    configure(session, settings=settings)
    terminal = Terminal(session, editor("hx"), f"{session.file}:57:60")
    try:
        screen = terminal.wait("diagnostics", lambda screen: "`yield_per` hands out rows" in screen)
    finally:
        terminal.close()
    assert ("`== None` on a column" in screen) is not settings
