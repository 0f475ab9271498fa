"""textDocument/willSaveWaitUntil: the safe fixes, for editors that run no code actions on save. Off unless set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from sqlassay.lsp import edits

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer


def register(server: SqlassayServer) -> None:
    server.answer(types.TEXT_DOCUMENT_WILL_SAVE_WAIT_UNTIL, will_save_wait_until)


async def will_save_wait_until(
    ls: SqlassayServer, params: types.WillSaveTextDocumentParams
) -> list[types.TextEdit] | None:
    uri = params.text_document.uri
    key = ls.documents.key_of(uri)
    # A save must not wait for the worker where nothing is to be done.
    if key is None or not any(settings.fix_on_save for settings in ls.settings.values()):
        return None
    changes, revision = await ls.ask(lambda: _fixes(ls, key, uri))
    return changes if ls.documents.is_current(key, revision) else None


def _fixes(ls: SqlassayServer, key: str, uri: str) -> tuple[list[types.TextEdit] | None, int]:
    module = ls.projects.modules.get(key)
    if module is None or not module.project.settings.fix_on_save:
        return None, -1
    documents = edits.of_module(module, edits.fixing(module.project, module.path), ls.client)
    return documents.get(uri, []) if documents is not None else None, module.revision
