"""A person at work in Emacs with lsp-mode: sees findings, reads one, fixes it, saves."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import FILE, SHOP, Session, editor, from_docs, missing

SCRIPT = Path(__file__).parent / "lsp_mode.el"
INSTALLED = '(progn (package-initialize) (kill-emacs (if (locate-library "lsp-mode") 0 1)))'


def run(session: Session, *, fix_on_save: bool) -> dict[str, Any]:
    program = editor("emacs")
    if subprocess.run([program, "--batch", "-q", "--eval", INSTALLED], capture_output=True, check=False).returncode:
        missing("lsp-mode")
    setup = from_docs("elisp", "lsp-register-client")
    session.setup("setup.el", setup + (from_docs("elisp", "lsp-execute-code-action-by-kind") if fix_on_save else ""))
    return session.run(program, "--batch", "-q", "-l", str(SCRIPT))


@pytest.fixture
def before() -> str:
    return (SHOP / FILE).read_text("utf-8")


def test_a_session_with_fix_on_save(session: Session, before: str) -> None:
    seen = run(session, fix_on_save=True)
    assert any("Write `and_(...)`" in text for text in seen["diagnostics"])
    # ALC501 is on in the shop, and not among those that the settings on the page select.
    assert not any("legacy way to SELECT" in text for text in seen["diagnostics"])
    for part in ("is-comparison", "ALC552", "Why", "Use instead"):
        assert part in seen["hover"]
    assert "Ignore is-comparison on this line" in seen["actions"]
    quick = before.replace("Order.note is None", "Order.note.is_(None)")
    assert seen["after_quick_fix"] == quick
    saved = session.file.read_text("utf-8")
    assert saved == seen["saved"] != quick
    assert saved == session.fixed_by_the_command_line(quick, "--select", "recommended")


def test_without_fix_on_save_a_file_is_saved_as_it_is(session: Session, before: str) -> None:
    seen = run(session, fix_on_save=False)
    assert session.file.read_text("utf-8") == before.replace("Order.note is None", "Order.note.is_(None)")
    assert any("Write `and_(...)`" in text for text in seen["diagnostics_after"])
