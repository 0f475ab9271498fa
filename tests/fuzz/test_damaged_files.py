"""Whatever a file looks like, looking at it ends without an error, and findings lie inside it."""

from __future__ import annotations

import os

from fuzz.damage import OTHERS, SHOP, SNIPPETS, damaged
from harness.engine import full_path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlassay.config import Config
from sqlassay.linter import Report, Workspace
from sqlassay.syntax.source import TextEdit, apply_edits

ALL = Config.from_settings({"select": ["ALL"]})

FACTOR = int(os.environ.get("SQLASSAY_FUZZ", "1"))
"""How many times the usual number of examples to try; above 1 they are others each time."""

few = settings(max_examples=60 * FACTOR, suppress_health_check=list(HealthCheck), derandomize=FACTOR == 1)
"""Usually derandomized: a run that fails for one fails for all."""


def check_report(report: Report) -> None:
    assert [problem for problem in report.problems if problem.internal] == []
    assert report.source is not None
    length = len(report.source.data)
    for finding in report.findings:
        assert 0 <= finding.start <= finding.end <= length
        assert finding.message
        for each in finding.related:
            assert each.start <= each.end
            assert each.path != report.path or each.end <= length


@few
@given(path=st.sampled_from(sorted(SHOP)), data=st.data())
def test_a_damaged_file_in_a_project(path: str, data: st.DataObject) -> None:
    files = {**SHOP, path: data.draw(damaged(SHOP[path]))}
    workspace = Workspace.from_sources(files, ALL)
    for each in files:
        check_report(workspace.check(full_path(each)))


@few
@given(name=st.sampled_from(sorted(OTHERS)), data=st.data())
def test_a_damaged_file_alone(name: str, data: st.DataObject) -> None:
    workspace = Workspace.from_sources({"main.py": data.draw(damaged(OTHERS[name]))}, ALL)
    check_report(workspace.check(full_path("main.py")))


@few
@given(st.text(alphabet=st.sampled_from("abc=:()[]{}.,'\"\\\n\t #@*f\0é"), max_size=200))
def test_nonsense(text: str) -> None:
    workspace = Workspace.from_sources({"main.py": text}, ALL)
    check_report(workspace.check(full_path("main.py")))


@few
@given(path=st.sampled_from(sorted(SHOP)), data=st.data())
def test_fixing_a_damaged_file_gives_a_file_that_can_be_looked_at(path: str, data: st.DataObject) -> None:
    files = {**SHOP, path: data.draw(damaged(SHOP[path]))}
    workspace = Workspace.from_sources(files, ALL)
    fixed = workspace.fix_file(full_path(path), unsafe=True)
    again = Workspace.from_sources({**files, path: fixed.text}, ALL)
    check_report(again.check(full_path(path)))


@few
@given(path=st.sampled_from(sorted(SHOP)), data=st.data())
def test_typing_step_by_step_gives_what_opening_the_result_gives(path: str, data: st.DataObject) -> None:
    workspace = Workspace.from_sources(SHOP, ALL, live=True)
    full = full_path(path)
    workspace.open(full, SHOP[path])
    for _ in range(data.draw(st.integers(1, 4))):
        source = workspace.source(full)
        assert source is not None
        characters = [0, *(index + 1 for index, byte in enumerate(source.data) if byte < 0x80)]
        start, end = sorted(data.draw(st.sampled_from(characters)) for _ in range(2))
        edit = TextEdit(start, min(end, start + 60), data.draw(st.sampled_from(("", *SNIPPETS))))
        if edit.end not in characters:
            edit = TextEdit(start, start, edit.text)
        expected = apply_edits(source, [edit])
        workspace.edit(full, [edit])
        check_report(workspace.check(full))
        assert workspace.source(full) == expected
    typed = workspace.check(full)
    assert typed.source is not None
    fresh = Workspace.from_sources({**SHOP, path: typed.source.text}, ALL)
    assert fresh.check(full_path(path)).findings == typed.findings
