"""Real editors, set up as docs/editors.md tells people to, on a copy of examples/shop or of another project.

A missing editor skips its tests, loudly; with CI=true or SQLASSAY_REQUIRE_EDITORS=1 it fails them. Those that only
newer systems have are driven where SQLASSAY_NEWER_EDITORS=1 (newer_editors.sh).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop"
FILE = "app/repositories/orders.py"
"""In the shop: several findings, safe fixes among them."""
CODE = "ALC552"
"""The rule whose finding is read and fixed."""
TEXT = "Order.note is None"
"""What it finds fault with there."""
PATIENCE = 120
"""Seconds until a session that hangs is given up."""

NEWER = os.environ.get("SQLASSAY_NEWER_EDITORS") == "1"
collect_ignore = [] if NEWER else ["test_helix.py", "test_kate.py"]

REQUIRED = os.environ.get("CI") == "true" or os.environ.get("SQLASSAY_REQUIRE_EDITORS") == "1"


class Session:
    """A folder of its own with a copy of a project in it, and a `sqlassay` on the PATH that is the code here."""

    def __init__(self, folder: Path, project: Path = SHOP, file: str = FILE, text: str = TEXT) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.file = self.project / file
        self.text = text
        self.result = folder / "result.json"
        shutil.copytree(project, self.project, ignore=shutil.ignore_patterns("__pycache__", ".git"))
        # Emacs takes a repository for the project; without one it would be the file's own folder.
        subprocess.run(["git", "init", "--quiet", str(self.project)], check=True)
        binaries = folder / "bin"
        binaries.mkdir()
        command = binaries / "sqlassay"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sqlassay "$@"\n')
        command.chmod(0o755)
        paths = filter(None, [os.environ.get("PYTHONPATH"), str(ROOT / "server")])
        homes = {name: str(folder / name.lower()) for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        self.environment = {
            **os.environ,
            **homes,
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "xdg_data_home"),
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(paths),
            "E2E_FILE": str(self.file),
            "E2E_CODE": CODE,
            "E2E_TEXT": text,
            "E2E_RESULT": str(self.result),
        }

    def setup(self, name: str, code: str) -> None:
        """Put editor configuration where the session's script finds it."""
        path = self.folder / name
        path.write_text(code, "utf-8")
        self.environment["E2E_SETUP"] = str(path)

    def run(self, *command: str) -> dict[str, Any]:
        """Run an editor with a script that writes what it saw to E2E_RESULT; gives that."""
        done = subprocess.run(
            command,
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
        said = f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        assert self.result.is_file(), said
        result: dict[str, Any] = json.loads(self.result.read_text("utf-8"))
        return result

    def fixed_by_the_command_line(self, text: str, *options: str) -> str:
        """What `sqlassay fix` makes of that text of the file."""
        self.file.write_text(text, "utf-8")
        command = [sys.executable, "-m", "sqlassay", "fix", *options, str(self.file)]
        subprocess.run(
            command, cwd=self.project, env=self.environment, capture_output=True, timeout=PATIENCE, check=False
        )
        return self.file.read_text("utf-8")


def where(session: Session) -> tuple[int, int]:
    """Line and column, both from 1, of the place that the finding is about."""
    before, found, _ = session.file.read_text("utf-8").partition(session.text)
    assert found, f"{session.text} is not in {session.file}"
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)


def editor(name: str) -> str:
    """The path of an editor's program; skips or fails the test where there is none."""
    return shutil.which(name) or missing(name)


def missing(name: str) -> NoReturn:
    """Skip or fail the test: what it is about is not installed."""
    message = f"{name} is not installed: this session did not run"
    if REQUIRED:
        pytest.fail(message)
    print(message, file=sys.__stderr__)
    pytest.skip(message)


def from_docs(language: str, marker: str) -> str:
    """The code block of docs/editors.md in that language which holds `marker`."""
    text = (ROOT / "docs" / "editors.md").read_text("utf-8")
    blocks = [block for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if marker in block]
    assert len(blocks) == 1, f"docs/editors.md: {len(blocks)} blocks of {language} with {marker}"
    return blocks[0]
