"""Findings that are known do not count, wherever their lines move."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.conftest import Ran, Run


@pytest.fixture
def known(sqlassay: Run, project: Path) -> Path:
    """A project of three findings in two files, with its baseline."""
    (project / "a.py").write_text("one BAD\n\ntwo BAD\n")
    (project / "sub").mkdir()
    (project / "sub" / "b.py").write_text("UGLY\n")
    ran = sqlassay("check", "--write-baseline", "known.json")
    assert (ran.code, ran.out) == (0, "Wrote 3 findings of 2 files to known.json.\n")
    return project


def compare(sqlassay: Run, *arguments: str) -> tuple[int, list[str], str]:
    ran: Ran = sqlassay("check", "--baseline", "known.json", "--output-format=json", *arguments)
    found = [f"{each['path']}:{each['range']['start']['line'] + 1}:{each['code']}" for each in json.loads(ran.out)]
    return ran.code, found, ran.err.removeprefix("sqlassay: known.json: ").split(";")[0].strip()


@pytest.mark.usefixtures("known")
def test_nothing_new_is_clean(sqlassay: Run) -> None:
    assert compare(sqlassay) == (0, [], "0 new, 3 known, 0 fixed")


def test_lines_that_move_and_are_indented_stay_known(sqlassay: Run, known: Path) -> None:
    (known / "a.py").write_text("import x\n\nif x:\n    two BAD\none BAD\n")
    assert compare(sqlassay) == (0, [], "0 new, 3 known, 0 fixed")


def test_what_is_new_counts(sqlassay: Run, known: Path) -> None:
    (known / "a.py").write_text("one BAD\n\ntwo BAD\nthree BAD\ntwo BAD\n")
    (known / "c.py").write_text("one BAD\n")
    assert compare(sqlassay) == (1, ["a.py:4:ALC601", "a.py:5:ALC601", "c.py:1:ALC601"], "3 new, 3 known, 0 fixed")


def test_what_is_fixed_is_said(sqlassay: Run, known: Path) -> None:
    (known / "a.py").write_text("one\ntwo BAD\n")
    assert compare(sqlassay) == (0, [], "0 new, 2 known, 1 fixed")
    (known / "sub" / "b.py").unlink()
    assert compare(sqlassay) == (0, [], "0 new, 1 known, 2 fixed")


@pytest.mark.usefixtures("known")
def test_what_was_not_looked_for_is_not_fixed(sqlassay: Run) -> None:
    assert compare(sqlassay, "sub") == (0, [], "0 new, 1 known, 0 fixed")
    assert compare(sqlassay, "--select", "ALC601") == (0, [], "0 new, 2 known, 0 fixed")


def test_paths_count_from_the_baseline_and_not_from_the_working_folder(
    sqlassay: Run, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(known / "sub")
    ran = sqlassay("check", "--baseline", "../known.json", "..")
    assert (ran.code, ran.err) == (0, "sqlassay: ../known.json: 0 new, 3 known, 0 fixed\n")


def test_the_file_is_for_people_and_diffs(sqlassay: Run, known: Path) -> None:
    document = json.loads((known / "known.json").read_text())
    assert document["version"] == 1
    assert {
        path: {code: sum(lines.values()) for code, lines in codes.items()}
        for path, codes in document["findings"].items()
    } == {
        "a.py": {"ALC601": 2},
        "sub/b.py": {"ALC501": 1},
    }
    before = (known / "known.json").read_bytes()
    sqlassay("check", "--write-baseline", "known.json")
    assert (known / "known.json").read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "findings": {"a": 3}}', "[" * 100_000, "\xff"]
)
def test_what_is_no_baseline_is_refused(sqlassay: Run, project: Path, text: str) -> None:
    (project / "known.json").write_bytes(text.encode("latin-1"))
    ran = sqlassay("check", "--baseline", "known.json")
    assert ran.code == 2
    assert ran.err.endswith("known.json: not a baseline; write it anew with --write-baseline known.json\n")


def test_a_baseline_of_another_version_is_refused(sqlassay: Run, project: Path) -> None:
    (project / "known.json").write_text('{"version": 2, "findings": {}}')
    ran = sqlassay("check", "--baseline", "known.json")
    assert ran.code == 2
    assert "a baseline of another version" in ran.err
