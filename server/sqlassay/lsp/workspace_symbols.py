"""workspace/symbol: models, tables, columns and relationships of all open folders by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from sqlassay.lsp import convert
from sqlassay.lsp.document_symbols import KINDS
from sqlassay.lsp.places import located
from sqlassay.lsp.projects import Project
from sqlassay.queries.answers import Location
from sqlassay.syntax.source import SourceText

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer


def register(server: SqlassayServer) -> None:
    server.answer(types.WORKSPACE_SYMBOL, workspace_symbols)


async def workspace_symbols(
    ls: SqlassayServer, params: types.WorkspaceSymbolParams
) -> list[types.SymbolInformation] | None:
    return await ls.ask(lambda: _named(ls, params.query))


def _named(ls: SqlassayServer, query: str) -> list[types.SymbolInformation]:
    sources: dict[str, SourceText | None] = {}
    out = []
    for project, hit in ls.projects.search(query):
        place = _place(ls, project, hit.location, sources)
        if place is not None:
            out.append(types.SymbolInformation(place, hit.name, KINDS[hit.kind], container_name=hit.container or None))
    return out


def _place(
    ls: SqlassayServer, project: Project, location: Location, sources: dict[str, SourceText | None]
) -> types.Location | None:
    """As `located`, each file on disk read once."""
    if ls.projects.at(location.path) is not None:
        return located(ls, project, location)
    if location.path not in sources:
        sources[location.path] = project.workspace.source(location.path)
    source = sources[location.path]
    if source is None:
        return None
    shown = convert.range_of(source, location.start, location.end, ls.client.unit)
    return types.Location(convert.uri_of(location.path), shown)
