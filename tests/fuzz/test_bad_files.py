"""Files that are no proper files: each gives a report with a clear message, and its neighbours are looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlassay.config import Config
from sqlassay.linter import Report, Workspace

FLAGGED = """\
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase): ...


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship()


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


def count(session: Session) -> int:
    return sum(len(user.posts) for user in session.scalars(select(User)))
"""
CODE = "ALC601"
"""What is found in it, on its last line."""

BRACKETS = 2000
LARGE = 5 * 1024 * 1024


def check(root: Path, *files: Path) -> list[Report]:
    workspace = Workspace(root, Config.load(root, isolated=True))
    return [workspace.check(str(path)) for path in files]


def codes(report: Report) -> list[str]:
    assert [problem for problem in report.problems if problem.internal] == []
    return [finding.code for finding in report.findings]


UNREADABLE = {
    "binary": b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\xff\xfe",
    "utf-16": FLAGGED.encode("utf-16"),
    "utf-8 cut in a character": "x = 'é'".encode()[:-2],
    "unknown encoding": b"# -*- coding: klingon -*-\nx = 1\n",
    "not what its cookie says": b"# -*- coding: ascii -*-\nx = '\xe9'\n",
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_says_so_and_neighbours_are_checked(tmp_path: Path, data: bytes) -> None:
    bad, good = tmp_path / "bad.py", tmp_path / "good.py"
    bad.write_bytes(data)
    good.write_text(FLAGGED)
    broken, fine = check(tmp_path, bad, good)
    assert codes(broken) == []
    assert broken.source is None
    assert len(broken.problems) == 1
    assert broken.problems[0].message
    assert CODE in codes(fine)


def test_a_deleted_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    path.write_text(FLAGGED)
    workspace = Workspace(tmp_path, Config.load(tmp_path, isolated=True))
    workspace.index()
    path.unlink()
    workspace.disk_changed([str(path)])
    report = workspace.check(str(path))
    assert codes(report) == []
    assert report.source is None
    assert len(report.problems) == 1


def test_a_folder_called_like_a_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "folder.py"
    path.mkdir()
    (report,) = check(tmp_path, path)
    assert report.source is None
    assert len(report.problems) == 1


def test_an_empty_file_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "empty.py"
    path.touch()
    (report,) = check(tmp_path, path)
    assert codes(report) == []
    assert report.problems == ()


def test_latin_1_is_read_as_its_cookie_says(tmp_path: Path) -> None:
    path = tmp_path / "old.py"
    path.write_bytes(b"# -*- coding: latin-1 -*-\nname = '\xe9'\n" + FLAGGED.encode())
    (report,) = check(tmp_path, path)
    assert report.problems == ()
    assert CODE in codes(report)
    assert report.source is not None
    assert "name = 'é'" in report.source.text


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + FLAGGED.encode(), FLAGGED.replace("\n", "\r\n").encode()])
def test_bom_and_crlf_move_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "windows.py"
    path.write_bytes(data)
    (report,) = check(tmp_path, path)
    assert report.source is not None
    (found,) = [finding for finding in report.findings if finding.code == CODE]
    assert report.source.position(found.start)[0] == FLAGGED.count("\n") - 1


def test_a_symlink_loop_ends(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(FLAGGED)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.py").symlink_to(tmp_path / "self.py")
    workspace = Workspace(tmp_path, Config.load(tmp_path, isolated=True))
    found = {os.path.relpath(report.path, tmp_path): report for report in workspace.check_all(jobs=1)}
    assert CODE in codes(found["main.py"])
    assert all(os.path.dirname(path) == "" for path in found)


@pytest.mark.parametrize("bracket", ["()", "[]", "{}"])
@pytest.mark.parametrize("closed", [True, False])
def test_deep_nesting_silences_only_itself(tmp_path: Path, bracket: str, closed: bool) -> None:
    path = tmp_path / "deep.py"
    deep = bracket[0] * BRACKETS + (bracket[1] * BRACKETS if closed else "")
    path.write_text(f"{FLAGGED}\n\nx = {deep}\n")
    (report,) = check(tmp_path, path)
    assert CODE in codes(report)


@pytest.mark.parametrize(
    "code",
    [
        "x = " + "1 + " * 3000 + "1\n",
        "x = a" + ".b()" * 3000 + "\n",
        "x = " + "-" * 3000 + "1\n",
        "x = " + "not " * 3000 + "1\n",
    ],
    ids=["sum", "chain", "minus", "not"],
)
def test_long_chains_silence_only_themselves(tmp_path: Path, code: str) -> None:
    path = tmp_path / "long.py"
    path.write_text(f"{FLAGGED}\n\n{code}")
    (report,) = check(tmp_path, path)
    assert CODE in codes(report)


def test_deep_blocks_end(tmp_path: Path) -> None:
    path = tmp_path / "blocks.py"
    path.write_text(FLAGGED + "".join("    " * level + "if x:\n" for level in range(300)) + "    " * 300 + "pass\n")
    (report,) = check(tmp_path, path)
    assert CODE in codes(report)


def test_five_megabytes_are_refused_with_a_message(tmp_path: Path) -> None:
    path = tmp_path / "large.py"
    row = "    {'id': 12345, 'name': 'somebody', 'tags': ['a', 'b', 'c']},\n"
    path.write_text("ROWS = [\n" + row * (LARGE // len(row)) + "]\n")
    (report,) = check(tmp_path, path)
    assert codes(report) == []
    assert "too large" in report.problems[0].message


@settings(max_examples=100, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_random_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "random.py"
    path.write_bytes(data)
    (report,) = check(tmp_path, path)
    assert (report.source is None) == bool(report.problems)
    codes(report)
