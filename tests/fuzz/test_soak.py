"""The scripted person of benchmarks/soak.py stays able to work, and sees what is wrong. Hours of it are `make soak`."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop"
BENCHMARKS = ROOT / "benchmarks"

sys.path.insert(0, str(BENCHMARKS))

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="the person switches branches"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="a replay forks"),
]


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT / "server")]))
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500, check=False)


def test_a_few_minutes(tmp_path: Path) -> None:
    work = str(tmp_path / "work")
    done = run("soak.py", "--project", str(SHOP), "--acts", "40", "--speed", "200", "--seed", "6", "--work", work)
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(re.findall(r"^(\w[\w ]*?)  +(\d+)", done.stdout, re.MULTILINE))
    assert int(said["edits"]) > 100
    assert int(said["pauses compared"]) > 1
    assert said["errors"] == said["differences"] == "0"
    again = run("soak_replay.py", str(SHOP), work)
    assert again.returncode == 0, again.stderr
    assert again.stdout == "nothing differs\n"


def test_what_the_editor_lacks_is_a_difference(tmp_path: Path) -> None:
    from soaking.desk import Desk
    from soaking.document import Edit
    from soaking.folder import Folder
    from soaking.fresh import Check

    editor = SimpleNamespace(
        held={}, uri=str, path=str, open=lambda *_: None, change=lambda *_: None, close=lambda *_: None
    )
    desk = Desk(editor, Folder(SHOP, tmp_path, ""), random.Random(1), tmp_path / "acts.jsonl", 1000)
    doc = desk.open("app/models/customer.py")
    assert doc is not None
    desk.edit(doc, Edit(0, 0, "# not saved\n"))
    found = {each.finding[:2] for each in Check(desk, whole=False).differences() if not each.shown}
    assert len(found) > 2
    desk.close(doc)
    assert Check(desk, whole=True).differences() == []


@pytest.mark.parametrize("text", ["", "a = 'é𝄞'\nb\n", "no end"])
def test_positions(text: str) -> None:
    from soaking.document import Document

    doc = Document("a.py", text, text)
    for offset in range(len(text) + 1):
        assert doc.offset(doc.position(offset)) == offset


def test_what_a_watcher_tells_of_folders() -> None:
    from soaking.desk import CREATED, DELETED, told

    moved = [("new/in/a.py", CREATED), ("old/in/a.py", DELETED), ("b.py", DELETED)]
    folders = {"gone": {"old", "old/in"}, "new": {"new", "new/in"}}
    assert told(moved, **folders, alone=True) == [("new", CREATED), ("old", DELETED), ("b.py", DELETED)]
    assert ("new/in/a.py", CREATED) in told(moved, **folders, alone=False)
