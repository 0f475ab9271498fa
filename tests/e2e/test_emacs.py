"""A person at work in Emacs with eglot: sees findings, reads one, fixes it, saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import FILE, SHOP, Session, editor, from_docs

SCRIPT = Path(__file__).parent / "emacs.el"


def run(session: Session, *, fix_on_save: bool, settings: bool = False) -> dict[str, Any]:
    program = editor("emacs")
    setup = from_docs("elisp", "eglot-server-programs")
    session.setup("setup.el", setup + (from_docs("elisp", "eglot-code-actions") if fix_on_save else ""))
    if settings:
        (session.project / ".dir-locals.el").write_text(from_docs("elisp", "eglot-workspace-configuration"), "utf-8")
    return session.run(program, "--batch", "-q", "-l", str(SCRIPT))


@pytest.fixture
def before() -> str:
    return (SHOP / FILE).read_text("utf-8")


def test_a_session_with_fix_on_save(session: Session, before: str) -> None:
    seen = run(session, fix_on_save=True)
    assert all(any(code in text for text in seen["diagnostics"]) for code in ("ALC501", "ALC551"))
    for part in ("is-comparison", "ALC552", "Why", "Use instead"):
        assert part in seen["hover"]
    assert "Ignore is-comparison on this line" in seen["actions"]
    quick = before.replace("Order.note is None", "Order.note.is_(None)")
    assert seen["after_quick_fix"] == quick
    assert any("ALC551" in text for text in seen["diagnostics_after"])
    saved = session.file.read_text("utf-8")
    assert saved == seen["saved"] != quick
    assert saved == session.fixed_by_the_command_line(quick)


def test_without_fix_on_save_a_file_is_saved_as_it_is(session: Session, before: str) -> None:
    seen = run(session, fix_on_save=False, settings=True)
    assert session.file.read_text("utf-8") == before.replace("Order.note is None", "Order.note.is_(None)")
    assert any("ALC551" in text for text in seen["diagnostics_after"])
    # On in the shop, and not among those that the settings on the page select.
    assert not any("ALC501" in text for text in seen["diagnostics_after"])
