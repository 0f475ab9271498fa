"""textDocument/definition: where the model, table, column or relationship is declared that code or a string names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from sqlassay.lsp.places import Asked, asked, located

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

Answer = list[types.LocationLink] | list[types.Location] | None


def register(server: SqlassayServer) -> None:
    server.answer(types.TEXT_DOCUMENT_DEFINITION, definition)


async def definition(ls: SqlassayServer, params: types.DefinitionParams) -> Answer:
    return await asked(ls, params.text_document.uri, params.position, _at)


def _at(ls: SqlassayServer, here: Asked) -> Answer:
    found = here.workspace.definition(here.module.path, here.offset)
    if found is None:
        return None
    targets = [place for each in found.targets if (place := located(ls, here.module.project, each)) is not None]
    if not ls.client.location_links:
        return targets
    origin = ls.range_in(here.module, found.start, found.end)
    return [
        types.LocationLink(each.uri, each.range, each.range, origin[1] if origin is not None else None)
        for each in targets
    ]
