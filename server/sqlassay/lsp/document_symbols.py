"""textDocument/documentSymbol: the models of a file with their columns and relationships, and its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from sqlassay.lsp.projects import Module
from sqlassay.queries.answers import Symbol

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

KINDS = {
    "model": types.SymbolKind.Class,
    "table": types.SymbolKind.Struct,
    "column": types.SymbolKind.Field,
    "relationship": types.SymbolKind.Interface,
    "attribute": types.SymbolKind.Property,
}

Answer = list[types.DocumentSymbol] | list[types.SymbolInformation] | None


def register(server: SqlassayServer) -> None:
    server.answer(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, document_symbols)


async def document_symbols(ls: SqlassayServer, params: types.DocumentSymbolParams) -> Answer:
    uri = params.text_document.uri
    key = ls.documents.key_of(uri)
    return await ls.ask(lambda: _of(ls, key, uri)) if key is not None else None


def _of(ls: SqlassayServer, key: str, uri: str) -> Answer:
    module = ls.projects.modules.get(key)
    if module is None:
        return None
    found = module.project.workspace.symbols(module.path)
    if ls.client.hierarchical:
        return list(_tree(ls, module, uri, found))
    return list(_flat(ls, module, uri, found))


def _tree(ls: SqlassayServer, module: Module, uri: str, symbols: Iterable[Symbol]) -> Iterator[types.DocumentSymbol]:
    """The symbols that one document of the module holds."""
    for each in symbols:
        place = ls.range_in(module, each.start, each.end)
        name = ls.range_in(module, each.name_start, each.name_end)
        if place is not None and name is not None and place[0] == uri:
            children = list(_tree(ls, module, uri, each.children))
            yield types.DocumentSymbol(each.name, KINDS[each.kind], place[1], name[1], each.detail, children=children)


def _flat(
    ls: SqlassayServer, module: Module, uri: str, symbols: Iterable[Symbol], container: str | None = None
) -> Iterator[types.SymbolInformation]:
    for each in symbols:
        place = ls.range_in(module, each.start, each.end)
        if place is not None and place[0] == uri:
            yield types.SymbolInformation(types.Location(*place), each.name, KINDS[each.kind], container_name=container)
            yield from _flat(ls, module, uri, each.children, each.name)
