"""Edits of a notebook's module as edits of its cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsp.editor import with_edits
from sqlassay.lsp import edits
from sqlassay.lsp.capabilities import Client
from sqlassay.lsp.cells import Cell
from sqlassay.lsp.projects import Projects
from sqlassay.syntax.source import SourceText, TextEdit, apply_edits

KEY = "file:///nowhere/book.ipynb"


def opened(*texts: str) -> Projects:
    projects = Projects("utf-16", lambda message: pytest.fail(message))
    cells = [Cell(f"cell:{number}", True, 1, text) for number, text in enumerate(texts)]
    projects.open_cells(KEY, "/nowhere/book.ipynb", cells, 1, 1)
    return projects


def after(projects: Projects, *changes: TextEdit) -> list[str] | None:
    """The cells' texts after edits of their module; None where the edits have no cells."""
    module = projects.modules[KEY]
    found = edits.of_module(module, changes, Client())
    if found is None:
        return None
    return [with_edits(cell.text, found.get(cell.uri, [])) for cell in module.cells or ()]


def change(projects: Projects, old: str, new: str) -> TextEdit:
    source = projects.modules[KEY].source
    assert source is not None
    start = source.text.index(old)
    return TextEdit(start, start + len(old), new)


@pytest.mark.parametrize(
    ("old", "new", "cells"),
    [
        ("a = 1\n", "a = 0\n", ["a = 0\nb = 2", "c = 3"]),
        ("b = 2\n", "b = 0\n", ["a = 1\nb = 0", "c = 3"]),
        ("c = 3\n", "c = 0\nd = 4\n", ["a = 1\nb = 2", "c = 0\nd = 4"]),
        ("b = 2\n", "", ["a = 1\n", "c = 3"]),
        ("2\nc", "2\nd", None),
    ],
    ids=["inside a cell", "a cell's last line", "the last line", "the last line goes", "over two cells"],
)
def test_lines_of_cells(old: str, new: str, cells: list[str] | None) -> None:
    book = opened("a = 1\nb = 2", "c = 3")
    assert after(book, change(book, old, new)) == cells


def test_a_line_after_the_last() -> None:
    assert after(opened("a = 1", "b = 2"), TextEdit(12, 12, "c = 3\n")) == ["a = 1", "b = 2\nc = 3"]


def test_a_line_before_the_first_stays_below_a_cell_magic() -> None:
    assert after(opened("%%time\na = 1"), TextEdit(0, 0, "import x\n")) == ["%%time\nimport x\na = 1"]
    assert after(opened("%%bash\nls", "a = 1"), TextEdit(0, 0, "import x\n")) == ["%%bash\nls", "import x\na = 1"]


def test_an_edit_of_an_empty_notebook_is_refused() -> None:
    assert after(opened("%%bash\nls"), TextEdit(0, 0, "import x")) is None


TEXTS = st.text(st.sampled_from("ab\n"), max_size=12)


@given(TEXTS, TEXTS, st.integers(0, 12), st.integers(0, 12))
def test_without_its_line_end_an_edit_says_the_same(text: str, new: str, first: int, last: int) -> None:
    source = SourceText.from_str(text)
    start, end = sorted(min(each, len(text)) for each in (first, last))
    edit = TextEdit(start, end, new)
    inside = edits.within_line_ends(source, edit)
    whole, again = apply_edits(source, [edit]).text, apply_edits(source, [inside]).text
    # Only a removed line leaves its empty line behind.
    assert again == whole or (not new and again == whole[:start] + "\n" + whole[start:])
