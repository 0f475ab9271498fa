"""A person at work in Neovim: sees findings, reads one, fixes it, saves.

To watch a session in another project, of which only a copy is changed:

    PYTHONPATH=server:tests python -m e2e.test_neovim PROJECT FILE CODE
"""

from __future__ import annotations

import difflib
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import FILE, SHOP, Session, editor, from_docs

SCRIPT = Path(__file__).parent / "neovim.lua"


def run(session: Session, *, fix_on_save: bool) -> dict[str, Any]:
    program = editor("nvim")
    setup = from_docs("lua", "vim.lsp.start_client") + (from_docs("lua", "BufWritePre") if fix_on_save else "")
    session.setup("setup.lua", setup)
    return session.run(program, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {SCRIPT}")


@pytest.fixture
def before() -> str:
    return (SHOP / FILE).read_text("utf-8")


def test_a_session_with_fix_on_save(session: Session, before: str) -> None:
    seen = run(session, fix_on_save=True)
    assert {"ALC551", "ALC552"} <= set(seen["diagnostics"])
    for part in ("is-comparison", "ALC552", "Why", "Use instead"):
        assert part in seen["hover"]
    assert any(title == "Ignore is-comparison on this line" for title in seen["actions"])
    assert any(title == "Open the page of is-comparison" for title in seen["actions"])
    quick = before.replace("Order.note is None", "Order.note.is_(None)")
    assert seen["after_quick_fix"] == quick
    assert "ALC551" in seen["diagnostics_after"]
    saved = session.file.read_text("utf-8")
    assert saved == seen["saved"] != quick
    # docs/editors.md selects those in Neovim; the shop's own configuration selects more.
    assert saved == session.fixed_by_the_command_line(quick, "--select", "recommended")


def test_without_fix_on_save_a_file_is_saved_as_it_is(session: Session, before: str) -> None:
    seen = run(session, fix_on_save=False)
    assert session.file.read_text("utf-8") == before.replace("Order.note is None", "Order.note.is_(None)")
    assert "ALC551" in seen["diagnostics_after"]


def _shown(project: Path, file: str, code: str) -> None:
    """Run the session on a copy of a project, and print what was seen."""
    before = (project / file).read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        seen = run(Session(Path(folder), project, file, code), fix_on_save=True)
    for what, milliseconds in seen["waited"]:
        print(f"waited {milliseconds:5} ms for {what}")
    print(f"diagnostics: {' '.join(seen['diagnostics'])}\nread: {seen['message']}\n\n{seen['hover']}\n")
    print("offered:", *seen["actions"], sep="\n  ")
    for what, old, new in (
        ("the quick fix", before, seen["after_quick_fix"]),
        ("saving", seen["after_quick_fix"], seen["saved"]),
    ):
        print(
            f"\n{what} changed:", *difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1), sep="\n"
        )
    print(f"\nleft: {' '.join(seen['diagnostics_after'])}")


if __name__ == "__main__":
    _shown(Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3])
