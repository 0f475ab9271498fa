"""An editor for tests: a pytest-lsp client in front of the real server, with the capabilities of a real editor."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

SERVER = Path(__file__).parents[2] / "server"
COMMAND = (sys.executable, "-m", "sqlassay", "server", "--stdio")
PATIENCE = 60
"""Seconds until a test gives up on an answer that does not come."""

RULES = ["is-comparison", "datetime-utcnow-default", "n-plus-one"]
"""What the sessions here look for: the tests are about the protocol, and new rules must not disturb them."""


def environment(cache: Path) -> dict[str, str]:
    """The server's environment: its code on the path, and a home of its own that no other run leaves traces in."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(SERVER)]))
    return {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(cache), "HOME": str(cache)}


def uri_of(path: Path) -> str:
    return path.as_uri()


class Editor:
    """One session. Documents are known by their path in the project; positions are the protocol's."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root = root
        self.cache = cache
        self.client: LanguageClient = make_test_lsp_client()
        self.published: dict[str, types.PublishDiagnosticsParams] = {}
        self.history: list[types.PublishDiagnosticsParams] = []
        self.registered: list[types.Registration] = []
        self.result: types.InitializeResult | None = None
        self._news = asyncio.Event()
        self.client.protocol._converter.register_structure_hook(types.Command | types.CodeAction, self._action)
        self.client.protocol.fm.features.pop(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self._take_diagnostics(params))
        self.client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: self._take_registrations(params))

    async def start(
        self,
        profile: str,
        *,
        settings: dict[str, Any] | None = None,
        capable: Callable[[types.ClientCapabilities], None] | None = None,
        folders: list[Path] | None = None,
        configuration: dict[str, Any] | None = None,
    ) -> types.InitializeResult:
        """Begin a session with the capabilities of an editor, changed by `capable`."""
        await self.client.start_io(*COMMAND, env=environment(self.cache))
        capabilities = client_capabilities(profile)
        if capable is not None:
            capable(capabilities)
        if configuration is not None:
            self.client.set_configuration(configuration, section="sqlassay")
        roots = [self.root] if folders is None else folders
        params = types.InitializeParams(
            capabilities=capabilities,
            workspace_folders=[types.WorkspaceFolder(uri_of(each), each.name) for each in roots],
            initialization_options={"select": RULES, **(settings or {})},
        )
        self.result = await self.wait(self.client.initialize_session(params))
        return self.result

    async def end(self) -> None:
        """End the session in order, as every session must that has begun."""
        if self.result is not None:
            await self.wait(self.client.shutdown_session())
            await self.client.stop()
            assert self.client._server is not None
            assert self.client._server.returncode == 0

    async def wait(self, awaitable: Any) -> Any:
        return await asyncio.wait_for(awaitable, PATIENCE)

    # ---- documents

    def uri(self, name: str) -> str:
        return name if ":" in name else uri_of(self.root / name)

    def open(self, name: str, text: str, version: int = 1, language: str = "python") -> None:
        document = types.TextDocumentItem(self.uri(name), language, version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def change(self, name: str, version: int, *changes: types.TextDocumentContentChangeEvent | str) -> None:
        events = [
            types.TextDocumentContentChangeWholeDocument(each) if isinstance(each, str) else each for each in changes
        ]
        document = types.VersionedTextDocumentIdentifier(version, self.uri(name))
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, events))

    def close(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    def save(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(document))

    def changed_on_disk(self, *names: str) -> None:
        events = [types.FileEvent(self.uri(name), types.FileChangeType.Changed) for name in names]
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))

    # ---- questions

    async def diagnostics(self, name: str, version: int | None = 1) -> list[types.Diagnostic]:
        """What was pushed for that version of a document, as soon as it is there."""
        uri = self.uri(name)
        await self.until(lambda: uri in self.published and self.published[uri].version == version)
        return list(self.published[uri].diagnostics)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something that the server sends makes the condition true."""

        async def loop() -> None:
            while not condition():
                self._news.clear()
                await self._news.wait()

        await self.wait(loop())

    async def pull(self, name: str, previous: str | None = None) -> types.DocumentDiagnosticReport:
        params = types.DocumentDiagnosticParams(
            types.TextDocumentIdentifier(self.uri(name)), previous_result_id=previous
        )
        report: types.DocumentDiagnosticReport = await self.wait(self.client.text_document_diagnostic_async(params))
        return report

    async def hover(self, name: str, line: int, character: int) -> types.Hover | None:
        params = types.HoverParams(types.TextDocumentIdentifier(self.uri(name)), types.Position(line, character))
        found: types.Hover | None = await self.wait(self.client.text_document_hover_async(params))
        return found

    def _at(self, name: str, line: int, character: int) -> tuple[types.TextDocumentIdentifier, types.Position]:
        return types.TextDocumentIdentifier(self.uri(name)), types.Position(line, character)

    async def definition(self, name: str, line: int, character: int) -> Any:
        params = types.DefinitionParams(*self._at(name, line, character))
        return await self.wait(self.client.text_document_definition_async(params))

    async def references(self, name: str, line: int, character: int) -> list[types.Location]:
        params = types.ReferenceParams(types.ReferenceContext(True), *self._at(name, line, character))
        return list(await self.wait(self.client.text_document_references_async(params)) or [])

    async def completions(self, name: str, line: int, character: int) -> list[types.CompletionItem]:
        params = types.CompletionParams(*self._at(name, line, character))
        found = await self.wait(self.client.text_document_completion_async(params))
        return list(found.items) if found is not None else []

    async def completed(self, item: types.CompletionItem) -> types.CompletionItem:
        """The item with what a client shows beside it."""
        found: types.CompletionItem = await self.wait(self.client.completion_item_resolve_async(item))
        return found

    async def symbols(self, name: str) -> list[Any]:
        params = types.DocumentSymbolParams(types.TextDocumentIdentifier(self.uri(name)))
        return list(await self.wait(self.client.text_document_document_symbol_async(params)) or [])

    async def search(self, query: str) -> list[types.SymbolInformation]:
        return list(await self.wait(self.client.workspace_symbol_async(types.WorkspaceSymbolParams(query))) or [])

    async def actions(
        self,
        name: str,
        place: types.Range,
        only: list[str] | None = None,
        trigger: types.CodeActionTriggerKind | None = None,
    ) -> list[types.CodeAction]:
        context = types.CodeActionContext([], only, trigger)  # type: ignore[arg-type]
        params = types.CodeActionParams(types.TextDocumentIdentifier(self.uri(name)), place, context)
        found = await self.wait(self.client.text_document_code_action_async(params))
        return list(found or [])

    async def resolved(self, action: types.CodeAction) -> types.CodeAction:
        """The action with its edit, asked for as a client does that declares it resolves edits."""
        if action.edit is not None or action.data is None:
            return action
        found: types.CodeAction = await self.wait(self.client.code_action_resolve_async(action))
        return found

    async def settled(self, name: str) -> None:
        """What was sent before, and the work that it set going, had its turn. `name` is an open document."""
        for _ in range(3):
            await self.hover(name, 0, 0)

    # ---- what the server sends

    def _action(self, value: dict[str, Any], _: object) -> types.Command | types.CodeAction:
        """lsprotocol takes every action that has a command for a bare command: its `command` decides, as in clients."""
        kind = types.Command if isinstance(value.get("command"), str) else types.CodeAction
        return self.client.protocol._converter.structure(value, kind)

    def _take_diagnostics(self, params: types.PublishDiagnosticsParams) -> None:
        self.published[params.uri] = params
        self.history.append(params)
        self._news.set()

    def _take_registrations(self, params: types.RegistrationParams) -> None:
        self.registered.extend(params.registrations)
        self._news.set()


def at(line: int, start: int = 0, end: int | None = None) -> types.Range:
    """A range in one line."""
    return types.Range(types.Position(line, start), types.Position(line, start if end is None else end))


def applied(text: str, edit: types.WorkspaceEdit | None, uri: str) -> str:
    """A text after the edits of one document, for ASCII texts with newlines."""
    assert edit is not None
    edits = list((edit.changes or {}).get(uri, ()))
    for change in edit.document_changes or ():
        assert isinstance(change, types.TextDocumentEdit)
        if change.text_document.uri == uri:
            edits += [each for each in change.edits if isinstance(each, types.TextEdit)]
    return with_edits(text, edits)


def with_edits(text: str, edits: list[types.TextEdit]) -> str:
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(place: types.Position) -> int:
        return starts[min(place.line, len(lines))] + place.character

    for edit in sorted(edits, key=lambda each: offset(each.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text
