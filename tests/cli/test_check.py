"""`sqlassay check`: what is checked, what is said, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlassay
from cli.conftest import Run

SERVER = str(Path(sqlassay.__file__).parent.parent)


def test_clean_is_0_and_says_so(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("fine\n")
    ran = sqlassay("check")
    assert (ran.code, ran.out, ran.err) == (0, "No findings (1 file checked).\n", "")


def test_findings_are_1(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD\n")
    (project / "b.py").write_text("BAD UGLY\n")
    ran = sqlassay("check", "--output-format", "concise")
    assert ran.code == 1
    assert ran.out == (
        "a.py:1:1: ALC601 n-plus-one: [*] BAD is said\n"
        "b.py:1:1: ALC601 n-plus-one: [*] BAD is said\n"
        "b.py:1:5: ALC501 legacy-query-api: UGLY is said\n"
        "Found 3 findings (2 files checked): 2 fixable with `sqlassay fix`, 1 more with `sqlassay fix --unsafe`.\n"
    )
    assert sqlassay("check", "--exit-zero").code == 0


def test_quiet_says_nothing_but_findings(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD\n")
    assert sqlassay("check", "-q", "--output-format", "concise").out == "a.py:1:1: ALC601 n-plus-one: [*] BAD is said\n"
    (project / "a.py").write_text("fine\n")
    assert sqlassay("check", "-q").out == ""


def test_paths_that_are_named(sqlassay: Run, project: Path) -> None:
    for name in ("a.py", "sub/b.py", "venv/c.py", "script"):
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("BAD\n")

    def checked(*arguments: str) -> list[str]:
        return [each["path"] for each in json.loads(sqlassay("check", "--output-format=json", *arguments).out)]

    assert checked() == ["a.py", "sub/b.py"]
    assert checked("sub", "script", "venv/c.py") == ["script", "sub/b.py", "venv/c.py"]
    assert checked("--force-exclude", "a.py", "venv/c.py", "venv") == ["a.py"]
    assert checked("--force-exclude", "venv/c.py") == []


def test_paths_outside_the_working_folder_are_absolute(
    sqlassay: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "a.py").write_text("BAD\n")
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")
    ran = sqlassay("check", "--output-format=json", "..")
    assert [each["path"] for each in json.loads(ran.out)] == [(project / "a.py").as_posix()]


def test_each_path_is_checked_in_its_own_project(sqlassay: Run, project: Path) -> None:
    for name, config in (("one", 'select = ["ALC601"]'), ("two", 'select = ["ALC501"]')):
        (project / name).mkdir()
        (project / name / "sqlassay.toml").write_text(config)
        (project / name / "a.py").write_text("BAD UGLY\n")
    ran = sqlassay("check", "-q", "--output-format=concise", "two", "one")
    assert ran.out.splitlines() == [
        "one/a.py:1:1: ALC601 n-plus-one: [*] BAD is said",
        "two/a.py:1:5: ALC501 legacy-query-api: UGLY is said",
    ]


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (["--select", "ALC501"], ["ALC501"]),
        (["--select", "ALC501,n-plus-one"], ["ALC501", "ALC601"]),
        (["--select", "ALC501", "--select", "ALC601"], ["ALC501", "ALC601"]),
        (["--ignore", "loading, ALC301"], ["ALC501"]),
        (["--isolated"], ["ALC301", "ALC601"]),
        (["--isolated", "--extend-select", "legacy"], ["ALC301", "ALC501", "ALC601"]),
        (["--config", "conf/other.toml"], ["ALC301"]),
    ],
)
def test_which_rules(sqlassay: Run, project: Path, arguments: list[str], codes: list[str]) -> None:
    (project / "a.py").write_text("BAD UGLY WORSE\n")
    (project / "conf").mkdir()
    (project / "conf" / "other.toml").write_text('select = ["models"]\n')
    ran = sqlassay("check", "--output-format=json", *arguments)
    assert sorted(each["code"] for each in json.loads(ran.out)) == codes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope.py"], "sqlassay: nope.py: no such file or folder\n"),
        (["--select", "n-plus-on"], "did you mean"),
        (["--config", "nope.toml"], "nope.toml: no such file\n"),
        (["--statistics", "--output-format", "sarif"], "--statistics goes with the formats text, concise, json\n"),
        (["--output-format", "xml"], "invalid choice: 'xml'"),
        (["--baseline", "nope.json"], "no such baseline; write one with --write-baseline nope.json\n"),
        (["-j", "-3"], "must not be negative"),
        (["-j", "two"], "argument -j/--jobs: must be a number, not 'two'"),
        (["-", "a.py"], "- and --stdin-filename stand for stdin, and go with no other path\n"),
        (["a.py", "--stdin-filename", "b.py"], "stand for stdin, and go with no other path\n"),
        (["--add-noqa", "--stdin-filename", "b.py"], "--add-noqa writes to files and cannot write to stdin\n"),
        (["-", "--add-noqa"], "--add-noqa writes to files and cannot write to stdin\n"),
        (["--output-file", "no/such/folder.json"], "not written: No such file or directory\n"),
        (["--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_what_cannot_be_done_is_2_and_one_line(sqlassay: Run, project: Path, arguments: list[str], said: str) -> None:
    (project / "a.py").write_text("BAD\n")
    ran = sqlassay("check", *arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert said in ran.err
    assert ran.err.startswith("sqlassay: ")
    assert ran.err.count("\n") == 1


def test_a_configuration_that_is_refused_is_2_with_file_and_line(sqlassay: Run, project: Path) -> None:
    (project / "sqlassay.toml").write_text('# ours\nselct = ["ALL"]\n')
    ran = sqlassay("check")
    assert ran.code == 2
    assert ran.err == f'sqlassay: {project / "sqlassay.toml"}:2: unknown key "selct"; did you mean "select"?\n'


@pytest.mark.usefixtures("project")
def test_nothing_to_check_is_said(sqlassay: Run) -> None:
    ran = sqlassay("check")
    assert (ran.code, ran.err) == (0, "sqlassay: warning: there is no Python file to check\n")


def test_a_file_that_cannot_be_read_is_a_warning(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_bytes(b"\xff\xfe")
    (project / "b.py").write_text("fine\n")
    ran = sqlassay("check")
    assert ran.code == 0
    assert ran.err.startswith("sqlassay: warning: a.py: ")


def test_a_file_that_was_named_and_cannot_be_read_is_2(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_bytes(b"\xff\xfe")
    (project / "b.py").write_text("BAD\n")
    assert sqlassay("check", "a.py").code == 2
    assert sqlassay("check", "a.py", "b.py").code == 1


def test_a_rule_that_crashed_is_a_warning_and_2_where_nothing_was_found(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("CRASH\n")
    ran = sqlassay("check", "--exit-zero")
    assert ran.code == 2
    assert ran.err == "sqlassay: warning: a.py: rule n-plus-one crashed: boom\n"
    (project / "b.py").write_text("BAD\n")
    assert sqlassay("check").code == 1


def test_ctrl_c_is_130(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("INTERRUPT\n")
    ran = sqlassay("check")
    assert ran.code == 130
    assert "Traceback" not in ran.err


@pytest.mark.usefixtures("project")
def test_a_fault_of_ours_is_2_and_one_line(sqlassay: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlassay import linter

    def broken(*_: object, **_options: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(linter, "Workspace", broken)
    ran = sqlassay("check")
    assert ran.code == 2
    assert ran.err == "sqlassay: internal error: RuntimeError: two lines (set SQLASSAY_TRACEBACK=1 to see where)\n"
    monkeypatch.setenv("SQLASSAY_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        sqlassay("check")


# ---- stdin


def test_stdin_is_checked_under_the_name_given(sqlassay: Run, project: Path) -> None:
    (project / "sqlassay.toml").write_text('select = ["ALL"]\n[per-file-ignores]\n"tests/*" = ["ALC601"]\n')
    ran = sqlassay("check", "-", "--stdin-filename", "app/a.py", "--output-format=concise", stdin=b"x\nBAD\n")
    assert ran.code == 1
    assert ran.out.startswith("app/a.py:2:1: ALC601")
    assert sqlassay("check", "-", "--stdin-filename", "tests/a.py", stdin=b"BAD\n").code == 0


def test_a_name_for_stdin_says_to_read_it(sqlassay: Run, project: Path) -> None:
    (project / "b.py").write_text("BAD\n")
    ran = sqlassay("check", "--stdin-filename", "a.py", "--output-format=concise", stdin=b"x\nBAD\n")
    assert ran.out.splitlines()[0].startswith("a.py:2:1: ALC601")
    assert "1 file checked" in ran.out


def test_stdin_wins_over_the_file_of_that_name(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD\n")
    assert sqlassay("check", "-", "--stdin-filename", "a.py", stdin=b"fine\n").code == 0


@pytest.mark.usefixtures("project")
def test_stdin_that_is_excluded(sqlassay: Run) -> None:
    arguments = ("check", "-", "--stdin-filename", "venv/a.py")
    assert sqlassay(*arguments, stdin=b"BAD\n").code == 1
    assert sqlassay(*arguments, "--force-exclude", stdin=b"BAD\n").code == 0


@pytest.mark.usefixtures("project")
def test_stdin_that_is_no_text_is_2(sqlassay: Run) -> None:
    ran = sqlassay("check", "-", stdin=b"\xff\xfe\x00")
    assert ran.code == 2
    assert ran.err.startswith("sqlassay: stdin.py: ")


# ---- other outputs


def test_statistics(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD BAD WORSE\n" + "BAD\n" * 8)
    ran = sqlassay("check", "--statistics")
    assert ran.code == 1
    assert ran.out == (
        "10  ALC601  n-plus-one (10 fixable)\n"
        " 1  ALC301  mutable-column-default\n"
        "Found 11 findings (1 file checked): 10 fixable with `sqlassay fix`.\n"
    )
    counted = json.loads(sqlassay("check", "--statistics", "--output-format", "json").out)
    assert counted == [
        {"code": "ALC601", "name": "n-plus-one", "count": 10, "fixable": 10},
        {"code": "ALC301", "name": "mutable-column-default", "count": 1, "fixable": 0},
    ]


def test_output_file(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD\n")
    ran = sqlassay("check", "--output-format=json", "--output-file", "out.json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "sqlassay: wrote 1 finding to out.json\n"
    assert len(json.loads((project / "out.json").read_text())) == 1


# ---- processes of their own


def run_process(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": SERVER, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"]])
def test_simple_questions_load_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    code = (
        "import sys\nfrom sqlassay.cli.main import main\n"
        f"code = main({arguments!r})\n"
        "heavy = {'libcst', 'pygls', 'rich', 'tree_sitter', 'pathspec', 'msgspec', 'packaging'} & set(sys.modules)\n"
        "print('loaded:', sorted(heavy), code)"
    )
    ran = run_process("-c", code, cwd=tmp_path)
    assert ran.stdout.endswith("loaded: [] 0\n"), ran.stderr


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom sqlassay.cli import main as module\n"
        "def run(options):\n    print('x' * 1_000_000)\n    return 0\n"
        "import sqlassay.cli.commands.rule as rule\nrule.run = run\n"
        "sys.exit(module.main(['rule']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": SERVER},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert said == b""


def test_a_poor_terminal_encoding_is_no_error(tmp_path: Path) -> None:
    code = "import sys\nfrom sqlassay.cli.main import main\nmain(['rule', '\\u2192', '--output-format', 'json'])"
    ran = run_process("-c", code, cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ran.stderr == 'sqlassay: no rule is called "→"\n'


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("options", "cached"), [((), True), (("--no-cache",), False)])
def test_no_cache_is_said_to_the_workspace(
    sqlassay: Run, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], cached: bool
) -> None:
    from cli.fake_workspace import FakeWorkspace
    from sqlassay import linter

    made: list[FakeWorkspace] = []

    class Watched(FakeWorkspace):
        def __init__(self, *args: Any, **keywords: Any) -> None:
            super().__init__(*args, **keywords)
            made.append(self)

    monkeypatch.setattr(linter, "Workspace", Watched)
    sqlassay("check", *options)
    assert [each.cached for each in made] == [cached]
