"""Notebooks: the cells are one module, findings and edits belong to their cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, applied, at
from lsp.notebook import Notebook, able
from lsprotocol import types

CELL = """\
%time pass
with Session(engine) as session:
    nameless = session.scalars(select(User).where(User.name is None)).all()"""
LINE = 2
START = CELL.splitlines()[LINE].index("User.name")
FIXED = CELL.replace("User.name is None", "User.name.is_(None)")


pytestmark = MODULE_LOOP
SESSION = {"capable": able}


@pytest.fixture
def notebook(editor: Editor, name: str) -> Notebook:
    return Notebook(editor, name)


async def test_names_of_one_cell_are_known_in_the_next(editor: Editor, notebook: Notebook) -> None:
    notebook.open("!pip install sqlalchemy", programs.HEAD, CELL)
    (found,) = await notebook.diagnostics(2)
    assert found.code == "ALC552"
    assert found.range == at(LINE, START, START + len("User.name is None"))
    assert await notebook.diagnostics(1) == []
    hover = await editor.hover(notebook.cell(2), LINE, START)
    assert hover is not None
    assert hover.range == found.range
    assert await editor.hover(notebook.cell(0), 0, 3) is None


async def test_a_quick_fix_edits_its_cell(editor: Editor, notebook: Notebook) -> None:
    notebook.open(programs.HEAD, CELL)
    actions = await editor.actions(notebook.cell(1), at(LINE, START))
    edit = (await editor.resolved(actions[0])).edit
    assert applied(CELL, edit, notebook.cell(1)) == FIXED
    (change,) = edit.document_changes
    assert change.text_document.version == 1


async def test_fix_all_edits_every_cell(editor: Editor, notebook: Notebook) -> None:
    notebook.open(programs.HEAD, CELL, CELL)
    (action,) = await editor.actions(notebook.cell(2), at(0), ["source.fixAll"])
    edit = (await editor.resolved(action)).edit
    assert applied(CELL, edit, notebook.cell(1)) == FIXED
    assert applied(CELL, edit, notebook.cell(2)) == FIXED
    assert applied(programs.HEAD, edit, notebook.cell(0)) == programs.HEAD


async def test_findings_follow_edits_of_cells(notebook: Notebook) -> None:
    notebook.open(programs.HEAD, CELL)
    assert await notebook.diagnostics(1)
    notebook.type(1, 2, FIXED)
    assert await notebook.diagnostics(1, 2) == []
    notebook.type(1, 3, "\n" + CELL)
    (found,) = await notebook.diagnostics(1, 3)
    assert found.range.start == types.Position(LINE + 1, START)


async def test_cells_come_and_go(editor: Editor, notebook: Notebook) -> None:
    notebook.open(programs.HEAD, CELL)
    assert await notebook.diagnostics(1)
    structure = types.NotebookDocumentCellChangeStructure(
        types.NotebookCellArrayChange(1, 1, [notebook.made(7), notebook.made(8)]),
        did_open=[notebook.item(7, "x = 1"), notebook.item(8, CELL)],
        did_close=[types.TextDocumentIdentifier(notebook.cell(1))],
    )
    notebook.change(2, types.NotebookDocumentCellChanges(structure=structure))
    (found,) = await notebook.diagnostics(8)
    assert found.range.start == types.Position(LINE, START)
    assert await notebook.diagnostics(1, None) == []
    assert await editor.hover(notebook.cell(1), LINE, START) is None


async def test_closing_takes_back_what_was_pushed(notebook: Notebook) -> None:
    notebook.open(programs.HEAD, CELL)
    assert await notebook.diagnostics(1)
    notebook.close(2)
    assert await notebook.diagnostics(1, None) == []


async def test_a_client_that_pulls_gets_cells_pushed_and_nothing_twice(start: Start) -> None:
    editor = await start("neovim@v0.11.0", capable=able)
    notebook = Notebook(editor, "pulling")
    notebook.open(programs.HEAD, CELL)
    assert await notebook.diagnostics(1)
    assert not (await editor.pull(notebook.cell(1))).items


async def test_a_notebook_sees_the_project(editor: Editor, notebook: Notebook) -> None:
    (editor.root / "orders.py").write_text(programs.ORDERS)
    editor.changed_on_disk("orders.py")
    imports, _, body = programs.TOTALS.partition("\n\n\n")
    notebook.open(imports, body)
    (found,) = await notebook.diagnostics(1)
    assert found.code == "ALC601"


async def test_an_excluded_notebook_is_quiet(start: Start, root: Path) -> None:
    (root / "sqlassay.toml").write_text('exclude = ["*.ipynb"]\n')
    notebook = Notebook(await start(capable=able), "excluded")
    notebook.open(programs.HEAD, CELL)
    assert await notebook.diagnostics(1) == []


async def test_changes_of_a_notebook_that_is_not_open(editor: Editor, notebook: Notebook, name: str) -> None:
    notebook.type(1, 2, CELL)
    editor.open(name, programs.NAMELESS)
    assert await editor.diagnostics(name)
    assert editor.client.messages == []
