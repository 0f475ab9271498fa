"""A person at work in Neovim: sees findings, reads one, fixes it, saves."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import FILE, SHOP, Session, editor, from_docs

SCRIPT = Path(__file__).parent / "neovim.lua"


def old_setup(fix_on_save: bool) -> str:
    return from_docs("lua", "vim.lsp.start_client") + (from_docs("lua", "BufWritePre") if fix_on_save else "")


def new_setup(fix_on_save: bool) -> str:
    """The one for Neovim 0.11, which sends `willSaveWaitUntil`."""
    said = subprocess.run([editor("nvim"), "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"NVIM v(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < (0, 11):
        pytest.skip("this Neovim is older than 0.11")
    setup, found = from_docs("lua", "vim.lsp.config"), "init_options = { "
    assert setup.count(found) == 1
    return setup.replace(found, f"{found}fixOnSave = true, ") if fix_on_save else setup


def run(session: Session, *, fix_on_save: bool, setup: Callable[[bool], str] = old_setup) -> dict[str, Any]:
    program = editor("nvim")
    session.setup("setup.lua", setup(fix_on_save))
    return session.run(program, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {SCRIPT}")


@pytest.fixture
def before() -> str:
    return (SHOP / FILE).read_text("utf-8")


SETUPS = pytest.mark.parametrize("setup", [old_setup, new_setup])


@SETUPS
def test_a_session_with_fix_on_save(session: Session, before: str, setup: Callable[[bool], str]) -> None:
    seen = run(session, fix_on_save=True, setup=setup)
    assert {"ALC551", "ALC552"} <= set(seen["diagnostics"])
    # On in the shop, and not among those that the settings on the page select.
    assert "ALC501" not in seen["diagnostics"]
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


@SETUPS
def test_without_fix_on_save_a_file_is_saved_as_it_is(
    session: Session, before: str, setup: Callable[[bool], str]
) -> None:
    seen = run(session, fix_on_save=False, setup=setup)
    assert session.file.read_text("utf-8") == before.replace("Order.note is None", "Order.note.is_(None)")
    assert "ALC551" in seen["diagnostics_after"]
