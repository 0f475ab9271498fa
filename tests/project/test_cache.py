"""Facts kept on disk: the same answers, from whatever state the file is in."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlassay.config import Config
from sqlassay.linter import Workspace
from sqlassay.project import cache as caching
from sqlassay.project.cache import FactsCache
from sqlassay.project.files import Files

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(caching.FOLDER, str(tmp_path / "cache"))
    return tmp_path / "cache" / "facts"


def workspace(root: Path, *, live: bool = True) -> Workspace:
    return Workspace(root, Config.load(str(root)), live=live, cached=True)


def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are parsed from now on."""
    seen: list[str] = []
    parse = Files._parse

    def watched(self: Files, path: str, *rest: object) -> object:
        seen.append(path)
        return parse(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Files, "_parse", watched)
    return seen


def test_the_second_run_parses_nothing_and_knows_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = workspace(SHOP)
    first.index()
    seen = parses(monkeypatch)
    second = workspace(SHOP)
    second.index()
    assert seen == []
    states, again = first._project.files.states, second._project.files.states
    assert len(again) > 5
    for path, state in again.items():
        assert state.facts == states[path].facts
        assert state.texts == states[path].texts
        assert state.anchor_starts == states[path].anchor_starts
    for path in second.discover():
        assert second.check(path).findings == first.check(path).findings


def test_a_file_with_another_text_is_read_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("")
    changed, same = project / "changed.py", project / "same.py"
    changed.write_text("x = 1\n")
    same.write_text("y = 1\n")
    workspace(project).index()
    changed.write_text("z = 1\n")
    (project / "new.py").write_text("n = 1\n")
    seen = parses(monkeypatch)
    second = workspace(project)
    second.index()
    assert sorted(Path(path).name for path in seen) == ["changed.py", "new.py"]
    facts = second._project.facts(str(changed))
    assert facts is not None
    assert set(facts.variables) == {"z"}


def test_what_changes_after_the_index_is_seen(folder: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("")
    path = project / "models.py"
    path.write_text("def f():\n    return 1\n")
    workspace(project).index()
    second = workspace(project)
    second.index()
    path.write_text("def f():\n    return 2\n")
    assert second._project.files.refresh(str(path)) == {("facts", str(path)), ("body", str(path), "def f")}


def test_files_that_are_gone_are_forgotten(folder: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("")
    for name in ("a.py", "b.py"):
        (project / name).write_text("x = 1\n")
    workspace(project).index()
    (project / "b.py").unlink()
    workspace(project).index()
    (file,) = folder.glob("*.sqlite")
    assert [Path(path).name for path, _ in caching._rows(file)] == ["a.py"]


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    workspace(SHOP).index()
    (file,) = folder.glob("*.sqlite")
    file.write_bytes(content)
    damaged = workspace(SHOP)
    damaged.index()
    assert damaged._project.files.states
    seen = parses(monkeypatch)
    workspace(SHOP).index()
    assert seen == []


def test_rows_that_cannot_be_read_are_read_off_the_text(folder: Path) -> None:
    keeper = FactsCache("root")
    caching._write(keeper._file(), [("a.py", caching._digest(b"x = 1\n"), b"\xc1nonsense")], set())
    assert FactsCache("root").get("a.py", b"x = 1\n") is None


def test_where_nothing_can_be_written_there_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv(caching.FOLDER, str(blocked))
    one = workspace(SHOP)
    one.index()
    assert one._project.files.states


def test_what_another_version_kept_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "_reader", lambda: "older")
    workspace(SHOP).index()
    (old,) = folder.glob("*.sqlite")
    monkeypatch.setattr(caching, "_reader", lambda: "newer")
    workspace(SHOP).index()
    (new,) = folder.glob("*.sqlite")
    assert new != old
