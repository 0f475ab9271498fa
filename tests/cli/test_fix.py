"""`sqlassay fix`: what is written, and that nothing is lost."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cli.conftest import Run
from sqlassay.cli import writing
from sqlassay.cli.exits import Failure
from sqlassay.cli.writing import write_atomically


def test_safe_fixes_are_written(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD UGLY WORSE\nBAD\n")
    (project / "b.py").write_text("fine\n")
    ran = sqlassay("fix")
    assert ran.code == 0
    assert ran.out == (
        "a.py: 2 × ALC601 n-plus-one\n"
        "Fixed 2 findings in 1 file; 2 left (1 fixable with --unsafe): see `sqlassay check`.\n"
    )
    assert (project / "a.py").read_text() == "GOOD UGLY WORSE\nGOOD\n"
    assert sqlassay("fix").out.startswith("Fixed 0 findings in 0 files; 2 left")


def test_unsafe_fixes_are_written_when_asked_for(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD UGLY\n")
    ran = sqlassay("fix", "--unsafe")
    assert ran.out == ("a.py: 1 × ALC501 legacy-query-api, 1 × ALC601 n-plus-one\nFixed 2 findings in 1 file.\n")
    assert (project / "a.py").read_text() == "GOOD PRETTY\n"


def test_only_the_rules_selected(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD UGLY\n")
    sqlassay("fix", "--unsafe", "--select", "legacy-query-api")
    assert (project / "a.py").read_text() == "BAD PRETTY\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfBAD\n",
        b"BAD\r\nx\r\n",
        b"BAD\rx",
        b"x\n\x0cBAD",
        b"# coding: latin-1\nBAD = '\xe9'\n",
        b"# coding: cp1252\r\nBAD = '\x80'\r\n",
        "BAD = '日本'\n".encode(),
    ],
)
def test_encoding_newlines_and_the_rest_are_kept(sqlassay: Run, project: Path, data: bytes) -> None:
    (project / "a.py").write_bytes(data)
    assert sqlassay("fix").code == 0
    assert (project / "a.py").read_bytes() == data.replace(b"BAD", b"GOOD")


def test_mode_and_symlinks_are_kept(sqlassay: Run, project: Path) -> None:
    (project / "real").mkdir()
    target = project / "real" / "code.txt"
    target.write_text("BAD\n")
    target.chmod(0o750)
    (project / "a.py").symlink_to(target)
    assert sqlassay("fix").code == 0
    assert (project / "a.py").is_symlink()
    assert target.read_text() == "GOOD\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o750
    assert sorted(path.name for path in (project / "real").iterdir()) == ["code.txt"]


def test_diff_writes_nothing_and_is_1(sqlassay: Run, project: Path) -> None:
    (project / "sub").mkdir()
    (project / "a.py").write_bytes(b"x\r\nBAD")
    (project / "sub" / "b.py").write_bytes(b"one\n\x0ctwo\nBAD\n")
    ran = sqlassay("fix", "--diff")
    assert ran.code == 1
    assert ran.out == (
        "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n x\r\n-BAD\n\\ No newline at end of file\n"
        "+GOOD\n\\ No newline at end of file\n"
        "--- sub/b.py\n+++ sub/b.py\n@@ -1,3 +1,3 @@\n one\n \x0ctwo\n-BAD\n+GOOD\n"
    )
    assert ran.err.endswith("Would fix 2 findings in 2 files.\n")
    assert (project / "a.py").read_bytes() == b"x\r\nBAD"
    sqlassay("fix")
    ran = sqlassay("fix", "--diff")
    assert (ran.code, ran.out) == (0, "")


def test_quiet(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD\n")
    ran = sqlassay("fix", "-q")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


# ---- stdin


def test_stdin_goes_to_stdout(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("other\n")
    ran = sqlassay("fix", "-", "--stdin-filename", "a.py", stdin=b"\xef\xbb\xbfBAD\r\nUGLY")
    assert ran.code == 0
    assert ran.out.encode() == b"\xef\xbb\xbfGOOD\r\nUGLY"
    assert ran.err == (
        "a.py: 1 × ALC601 n-plus-one\n"
        "Fixed 1 finding in 1 file; 1 left (1 fixable with --unsafe): see `sqlassay check`.\n"
    )
    assert (project / "a.py").read_text() == "other\n"


def test_a_name_for_stdin_leaves_the_files_alone(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD\n")
    assert sqlassay("fix", "--stdin-filename", "a.py", stdin=b"x\nBAD\n").out == "x\nGOOD\n"
    assert (project / "a.py").read_text() == "BAD\n"


@pytest.mark.usefixtures("project")
def test_stdin_that_is_clean_or_excluded_comes_back_as_it_was(sqlassay: Run) -> None:
    assert sqlassay("fix", "-", stdin=b"fine").out == "fine"
    excluded = sqlassay("fix", "-", "--stdin-filename", "venv/a.py", "--force-exclude", stdin=b"BAD")
    assert excluded.out == "BAD"


@pytest.mark.usefixtures("project")
def test_stdin_diff(sqlassay: Run) -> None:
    ran = sqlassay("fix", "-", "--diff", "--stdin-filename", "a.py", stdin=b"BAD\n")
    assert (ran.code, ran.out) == (1, "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-BAD\n+GOOD\n")


# ---- nothing is lost


def test_a_file_that_cannot_be_written_is_said_and_the_others_are_fixed(
    sqlassay: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py"):
        (project / name).write_text("BAD\n")
    real = os.replace

    def replace(source: str, target: str) -> None:
        if target.endswith("a.py"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(writing.os, "replace", replace)
    ran = sqlassay("fix")
    assert ran.code == 2
    assert ran.err == "sqlassay: warning: a.py: not written: No space left on device\n"
    assert (project / "a.py").read_text() == "BAD\n"
    assert (project / "b.py").read_text() == "GOOD\n"
    assert sorted(path.name for path in project.iterdir()) == ["a.py", "b.py", "sqlassay.toml"]


def test_a_file_that_changed_meanwhile_is_left_alone(
    sqlassay: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli.fake_workspace import FakeWorkspace

    path = project / "a.py"
    path.write_text("BAD\n")
    real = FakeWorkspace.fix_file

    def fix_file(self: FakeWorkspace, *arguments: str, **options: bool) -> object:
        fixed = real(self, *arguments, **options)
        path.write_text("a person wrote this\n")
        return fixed

    monkeypatch.setattr(FakeWorkspace, "fix_file", fix_file)
    ran = sqlassay("fix")
    assert ran.code == 2
    assert ran.err == "sqlassay: warning: a.py: not written: it changed on disk in the meantime\n"
    assert path.read_text() == "a person wrote this\n"


def test_a_fix_that_the_encoding_cannot_hold_is_not_written(
    sqlassay: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli import fake_workspace

    code, name, severity, fix, _ = fake_workspace.WORDS["BAD"]
    monkeypatch.setitem(fake_workspace.WORDS, "BAD", (code, name, severity, fix, "日本"))
    (project / "a.py").write_bytes(b"# coding: latin-1\nBAD\n")
    ran = sqlassay("fix")
    assert ran.code == 2
    assert ran.err.startswith("sqlassay: warning: a.py: ")
    assert (project / "a.py").read_bytes() == b"# coding: latin-1\nBAD\n"


def test_two_fixes_that_undo_each_other_end(sqlassay: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli import fake_workspace

    code, name, severity, fix, _ = fake_workspace.WORDS["BAD"]
    monkeypatch.setitem(fake_workspace.WORDS, "BAD", (code, name, severity, fix, "BAD BAD"))
    (project / "a.py").write_text("BAD\n")
    assert sqlassay("fix").code == 0


def test_writing_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(str(tmp_path / "new"), b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_file_without_write_permission_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_text("x")
    monkeypatch.setattr(writing.os, "access", lambda *_: False)
    with pytest.raises(Failure, match=r"a\.py: not written: permission denied"):
        write_atomically(str(path), b"y")
    assert path.read_text() == "x"
