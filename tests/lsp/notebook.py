"""A notebook in an editor, for tests."""

from __future__ import annotations

from lsp.editor import Editor
from lsprotocol import types


def able(capabilities: types.ClientCapabilities) -> None:
    sync = types.NotebookDocumentSyncClientCapabilities()
    capabilities.notebook_document = types.NotebookDocumentClientCapabilities(sync)


class Notebook:
    """A notebook in an editor; its cells are known by a number."""

    def __init__(self, editor: Editor, name: str) -> None:
        self.editor = editor
        self.name = name + ".ipynb"
        self.uri = editor.uri(self.name)

    def cell(self, number: int) -> str:
        return f"vscode-notebook-cell:/project/{self.name}#W{number}"

    def open(self, *texts: str) -> None:
        numbers = range(len(texts))
        notebook = types.NotebookDocument(self.uri, "jupyter-notebook", 1, [self.made(number) for number in numbers])
        items = [self.item(number, text) for number, text in enumerate(texts)]
        self.editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, items))

    def made(self, number: int) -> types.NotebookCell:
        return types.NotebookCell(types.NotebookCellKind.Code, self.cell(number))

    def item(self, number: int, text: str) -> types.TextDocumentItem:
        return types.TextDocumentItem(self.cell(number), "python", 1, text)

    def change(self, version: int, change: types.NotebookDocumentCellChanges) -> None:
        notebook = types.VersionedNotebookDocumentIdentifier(version, self.uri)
        params = types.DidChangeNotebookDocumentParams(notebook, types.NotebookDocumentChangeEvent(cells=change))
        self.editor.client.notebook_document_did_change(params)

    def type(self, number: int, version: int, text: str) -> None:
        """Replace the text of a cell."""
        document = types.VersionedTextDocumentIdentifier(version, self.cell(number))
        content = types.NotebookDocumentCellContentChanges(
            document, [types.TextDocumentContentChangeWholeDocument(text)]
        )
        self.change(version, types.NotebookDocumentCellChanges(text_content=[content]))

    def close(self, count: int) -> None:
        cells = [types.TextDocumentIdentifier(self.cell(number)) for number in range(count)]
        identity = types.NotebookDocumentIdentifier(self.uri)
        self.editor.client.notebook_document_did_close(types.DidCloseNotebookDocumentParams(identity, cells))

    async def diagnostics(self, number: int, version: int | None = 1) -> list[types.Diagnostic]:
        return await self.editor.diagnostics(self.cell(number), version)
