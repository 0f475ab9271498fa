"""notebookDocument/didOpen, didChange, didSave and didClose: a notebook's cells are examined as one module."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types

from sqlassay.lsp import cells, diagnostics
from sqlassay.lsp.documents import close, place_of

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer


def register(server: SqlassayServer) -> None:
    server.answer(types.NOTEBOOK_DOCUMENT_DID_OPEN, did_open)
    server.answer(types.NOTEBOOK_DOCUMENT_DID_CHANGE, did_change)
    server.answer(types.NOTEBOOK_DOCUMENT_DID_SAVE, did_save)
    server.answer(types.NOTEBOOK_DOCUMENT_DID_CLOSE, did_close)


def did_open(ls: SqlassayServer, params: types.DidOpenNotebookDocumentParams) -> None:
    notebook = params.notebook_document
    path = place_of(notebook.uri)
    if path is None:
        return
    order = [cell.document for cell in notebook.cells]
    kinds = {cell.document: cell.kind for cell in notebook.cells}
    revision = ls.documents.touch(notebook.uri, uris=tuple(order))
    documents = {document.uri: document for document in params.cell_text_documents}

    def take() -> None:
        opened = [cells.opened(documents[uri], kinds[uri]) for uri in order if uri in documents]
        ls.projects.open_cells(notebook.uri, path, opened, notebook.version, revision)

    ls.post(f"opening {path}", take)
    diagnostics.refresh(ls, notebook.uri)


def did_change(ls: SqlassayServer, params: types.DidChangeNotebookDocumentParams) -> None:
    notebook, changes = params.notebook_document, params.change.cells
    if changes is None or not ls.documents.is_notebook(notebook.uri):
        return
    before = ls.documents.uris(notebook.uri)
    uris = rearranged(before, changes.structure)
    for uri in set(before) - set(uris):
        ls.published.clear(ls, uri)
    revision = ls.documents.touch(notebook.uri, uris=uris)
    ls.post(
        f"editing {notebook.uri}",
        lambda: ls.projects.edit_cells(notebook.uri, changes, uris, notebook.version, revision),
    )
    diagnostics.refresh(ls, notebook.uri)


def did_save(ls: SqlassayServer, params: types.DidSaveNotebookDocumentParams) -> None:
    """Nothing to do: a notebook's text is the editor's as long as it is open."""


def did_close(ls: SqlassayServer, params: types.DidCloseNotebookDocumentParams) -> None:
    close(ls, params.notebook_document.uri)


def rearranged(uris: Iterable[str], structure: types.NotebookDocumentCellChangeStructure | None) -> tuple[str, ...]:
    """The cells after cells were put in and taken out."""
    result = list(uris)
    if structure is not None:
        change = structure.array
        new = [cell.document for cell in change.cells or ()]
        result[change.start : change.start + change.delete_count] = new
    return tuple(result)
