"""textDocument/references: the mapping code that names a model, table, column or relationship."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from sqlassay.lsp.places import Asked, asked, located

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer


def register(server: SqlassayServer) -> None:
    server.answer(types.TEXT_DOCUMENT_REFERENCES, references)


async def references(ls: SqlassayServer, params: types.ReferenceParams) -> list[types.Location] | None:
    def at(ls: SqlassayServer, here: Asked) -> list[types.Location]:
        declared = params.context.include_declaration
        found = here.workspace.references(here.module.path, here.offset, declaration=declared)
        return [place for each in found if (place := located(ls, here.module.project, each)) is not None]

    return await asked(ls, params.text_document.uri, params.position, at)
