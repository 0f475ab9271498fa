"""Notebooks: the cells are one module, findings and edits belong to their cell."""

from __future__ import annotations

from pathlib import Path

from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, applied, at
from lsprotocol import types

pytestmark = MODULE_LOOP

NOTEBOOK = "analysis.ipynb"
CELL = """\
%time pass
with Session(engine) as session:
    nameless = session.scalars(select(User).where(User.name is None)).all()"""
CELL_LINE = 2
CELL_START = CELL.splitlines()[CELL_LINE].index("User.name")
CELL_FIXED = CELL.replace("User.name is None", "User.name.is_(None)")


def able(capabilities: types.ClientCapabilities) -> None:
    sync = types.NotebookDocumentSyncClientCapabilities()
    capabilities.notebook_document = types.NotebookDocumentClientCapabilities(sync)


def cell_uri(number: int) -> str:
    return f"vscode-notebook-cell:/project/{NOTEBOOK}#W{number}"


def item(number: int, text: str, language: str = "python") -> types.TextDocumentItem:
    return types.TextDocumentItem(cell_uri(number), language, 1, text)


def cell(number: int, kind: types.NotebookCellKind = types.NotebookCellKind.Code) -> types.NotebookCell:
    return types.NotebookCell(kind, cell_uri(number))


def open_notebook(editor: Editor, *texts: str) -> None:
    notebook = types.NotebookDocument(
        editor.uri(NOTEBOOK), "jupyter-notebook", 1, [cell(number) for number in range(len(texts))]
    )
    items = [item(number, text) for number, text in enumerate(texts)]
    editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, items))


def change_notebook(editor: Editor, version: int, change: types.NotebookDocumentCellChanges) -> None:
    notebook = types.VersionedNotebookDocumentIdentifier(version, editor.uri(NOTEBOOK))
    params = types.DidChangeNotebookDocumentParams(notebook, types.NotebookDocumentChangeEvent(cells=change))
    editor.client.notebook_document_did_change(params)


def texts_changed(number: int, version: int, text: str) -> types.NotebookDocumentCellChanges:
    document = types.VersionedTextDocumentIdentifier(version, cell_uri(number))
    changes = [types.TextDocumentContentChangeWholeDocument(text)]
    return types.NotebookDocumentCellChanges(text_content=[types.NotebookDocumentCellContentChanges(document, changes)])


async def test_names_of_one_cell_are_known_in_the_next(start: Start) -> None:
    editor = await start(capable=able)
    open_notebook(editor, "!pip install sqlalchemy", programs.HEAD, CELL)
    (found,) = await editor.diagnostics(cell_uri(2))
    assert found.code == "ALC552"
    assert found.range == at(CELL_LINE, CELL_START, CELL_START + len("User.name is None"))
    assert await editor.diagnostics(cell_uri(1)) == []
    hover = await editor.hover(cell_uri(2), CELL_LINE, CELL_START)
    assert hover is not None
    assert hover.range == found.range
    assert await editor.hover(cell_uri(0), 0, 3) is None


async def test_a_quick_fix_edits_its_cell(start: Start) -> None:
    editor = await start(capable=able)
    open_notebook(editor, programs.HEAD, CELL)
    actions = await editor.actions(cell_uri(1), at(CELL_LINE, CELL_START))
    edit = (await editor.resolved(actions[0])).edit
    assert applied(CELL, edit, cell_uri(1)) == CELL_FIXED
    (change,) = edit.document_changes
    assert change.text_document.version == 1


async def test_fix_all_edits_every_cell(start: Start) -> None:
    editor = await start(capable=able)
    open_notebook(editor, programs.HEAD, CELL, CELL)
    (action,) = await editor.actions(cell_uri(2), at(0), ["source.fixAll"])
    edit = (await editor.resolved(action)).edit
    assert applied(CELL, edit, cell_uri(1)) == CELL_FIXED
    assert applied(CELL, edit, cell_uri(2)) == CELL_FIXED
    assert applied(programs.HEAD, edit, cell_uri(0)) == programs.HEAD


async def test_findings_follow_edits_of_cells(start: Start) -> None:
    editor = await start(capable=able)
    open_notebook(editor, programs.HEAD, CELL)
    assert await editor.diagnostics(cell_uri(1))
    change_notebook(editor, 2, texts_changed(1, 2, CELL_FIXED))
    assert await editor.diagnostics(cell_uri(1), 2) == []
    change_notebook(editor, 3, texts_changed(1, 3, "\n" + CELL))
    (found,) = await editor.diagnostics(cell_uri(1), 3)
    assert found.range.start == types.Position(CELL_LINE + 1, CELL_START)


async def test_cells_come_and_go(start: Start) -> None:
    editor = await start(capable=able)
    open_notebook(editor, programs.HEAD, CELL)
    assert await editor.diagnostics(cell_uri(1))
    structure = types.NotebookDocumentCellChangeStructure(
        types.NotebookCellArrayChange(1, 1, [cell(7), cell(8)]),
        did_open=[item(7, "x = 1"), item(8, CELL)],
        did_close=[types.TextDocumentIdentifier(cell_uri(1))],
    )
    change_notebook(editor, 2, types.NotebookDocumentCellChanges(structure=structure))
    (found,) = await editor.diagnostics(cell_uri(8))
    assert found.range.start == types.Position(CELL_LINE, CELL_START)
    assert await editor.diagnostics(cell_uri(1), None) == []
    assert await editor.hover(cell_uri(1), CELL_LINE, CELL_START) is None


async def test_closing_takes_back_what_was_pushed(start: Start) -> None:
    editor = await start(capable=able)
    open_notebook(editor, programs.HEAD, CELL)
    assert await editor.diagnostics(cell_uri(1))
    notebook = types.NotebookDocumentIdentifier(editor.uri(NOTEBOOK))
    cells = [types.TextDocumentIdentifier(cell_uri(number)) for number in range(2)]
    editor.client.notebook_document_did_close(types.DidCloseNotebookDocumentParams(notebook, cells))
    assert await editor.diagnostics(cell_uri(1), None) == []


async def test_a_client_that_pulls_gets_cells_pushed_and_nothing_twice(start: Start) -> None:
    editor = await start("neovim@v0.11.0", capable=able)
    open_notebook(editor, programs.HEAD, CELL)
    assert await editor.diagnostics(cell_uri(1))
    assert not (await editor.pull(cell_uri(1))).items


async def test_a_notebook_sees_the_project(start: Start, root: Path) -> None:
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start(capable=able)
    imports, _, body = programs.TOTALS.partition("\n\n\n")
    open_notebook(editor, imports, body)
    (found,) = await editor.diagnostics(cell_uri(1))
    assert found.code == "ALC601"


async def test_changes_of_a_notebook_that_is_not_open(start: Start) -> None:
    editor = await start(capable=able)
    change_notebook(editor, 2, texts_changed(1, 2, CELL))
    editor.open("app.py", programs.NAMELESS)
    assert await editor.diagnostics("app.py")
    assert editor.client.messages == []
