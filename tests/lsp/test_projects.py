"""The worker's side without a server: texts follow edits, whatever is typed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsp import programs
from lsprotocol import types
from sqlassay.linter import MEMORY_ROOT, Problem, Report, Workspace
from sqlassay.lsp import diagnostics
from sqlassay.lsp.capabilities import Client
from sqlassay.lsp.projects import Projects
from sqlassay.lsp.session import SqlassayServer

KEY = "untitled:Untitled-1"
PATH = "/untitled/typed/typed.py"
ALPHABET = "ax1 \n\t:=().'\"#\r\u00e9\N{PILE OF POO}"
CODECS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}

EDITS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 200), st.text(st.sampled_from(ALPHABET), max_size=6)), max_size=6
)


def test_a_fix_that_fails_halfway_leaves_the_text_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace.from_sources({"app.py": programs.NAMELESS}, live=True)
    path = os.path.join(MEMORY_ROOT, "app.py")
    checks = iter([Workspace.check])

    def check(self: Workspace, path: str) -> Report:
        return next(checks)(self, path)

    monkeypatch.setattr(Workspace, "check", check)
    with pytest.raises(StopIteration):
        workspace.fix_file(path)
    source = workspace.source(path)
    assert source is not None
    assert source.text == programs.NAMELESS


def lines_of(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def position(text: str, index: int, unit: str) -> types.Position:
    """The protocol's position of a code point, worked out the slow way. Not between the two halves of a CRLF."""
    before = lines_of(text[:index])
    return types.Position(len(before) - 1, len(before[-1].encode(CODECS[unit])) // WIDTHS[unit])


@pytest.mark.parametrize("unit", list(CODECS))
@settings(max_examples=40)
@given(start=st.text(st.sampled_from(ALPHABET), max_size=40), edits=EDITS)
def test_the_text_follows_every_edit(unit: str, start: str, edits: list[tuple[int, int, str]]) -> None:
    projects = Projects(unit, lambda message: pytest.fail(message))
    projects.open(KEY, PATH, start, 1, 1)
    text = start
    changes: list[types.TextDocumentContentChangeEvent] = []
    for one, other, new in edits:
        first, last = sorted(min(each, len(text)) for each in (one, other))
        while "\r\n" in (text[first - 1 : first + 1], text[last - 1 : last + 1]):
            first, last = max(first - 1, 0), max(last - 1, 0)
        place = types.Range(position(text, first, unit), position(text, last, unit))
        changes.append(types.TextDocumentContentChangePartial(place, new))
        text = text[:first] + new + text[last:]
    projects.edit(KEY, changes, 2, 2)
    source = projects.modules[KEY].source
    assert source is not None
    assert source.text == text
    checked = diagnostics.check(projects, Client(unit=unit), KEY)
    assert checked is not None
    assert checked.revision == 2


def found(projects: Projects, key: str) -> list[tuple[object, types.Range]]:
    checked = diagnostics.check(projects, Client(), key)
    assert checked is not None
    return [(each.code, each.range) for each in checked.diagnostics[key]]


def test_typed_letter_by_letter_is_as_opened_at_once() -> None:
    typed = Projects("utf-16", lambda message: pytest.fail(message))
    typed.open(KEY, PATH, programs.HEAD, 1, 1)
    text, tail = programs.HEAD, programs.TWICE.removeprefix(programs.HEAD)
    for number, letter in enumerate(tail, 2):
        place = position(text, len(text), "utf-16")
        change = types.TextDocumentContentChangePartial(types.Range(place, place), letter)
        typed.edit(KEY, [change], number, number)
        text += letter
        diagnostics.check(typed, Client(), KEY)
    opened = Projects("utf-16", lambda message: pytest.fail(message))
    opened.open(KEY, PATH, programs.TWICE, 1, 1)
    assert found(typed, KEY) == found(opened, KEY) != []


def test_a_loose_file_reads_nothing_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "orders.py").write_text(programs.ORDERS)
    (tmp_path / "broken.toml").write_text("[")
    path = tmp_path / "totals.py"
    projects = Projects("utf-16", lambda message: pytest.fail(message))
    projects.open(path.as_uri(), str(path), programs.TOTALS, 1, 1)
    assert found(projects, path.as_uri()) == []
    assert projects.modules[path.as_uri()].project.workspace.discover() == []


def test_a_problem_is_logged_once() -> None:
    server = SqlassayServer()
    said: list[tuple[str, types.MessageType]] = []
    server.log = lambda message, kind=types.MessageType.Info: said.append((message, kind))
    for _ in range(2):
        server.report_problems(
            [Problem("a.py", "ALC601 failed at line 1", True), Problem("a.py", "is too large", False)]
        )
    assert said == [
        ("a.py: ALC601 failed at line 1", types.MessageType.Error),
        ("a.py: is too large", types.MessageType.Warning),
    ]
