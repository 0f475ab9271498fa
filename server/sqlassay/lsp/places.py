"""What the features about places share: a position asked about, and a location to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types
from msgspec import Struct

from sqlassay.linter import Workspace
from sqlassay.lsp import convert
from sqlassay.lsp.projects import Module, Project
from sqlassay.queries.answers import Location

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

T = TypeVar("T")


class Asked(Struct):
    """A position in an open module, in bytes."""

    module: Module
    offset: int

    @property
    def workspace(self) -> Workspace:
        return self.module.project.workspace


async def asked(
    ls: SqlassayServer, uri: str, place: types.Position, answer: Callable[[SqlassayServer, Asked], T | None]
) -> T | None:
    """Have the worker answer about a position of a document; None where it is not open, or not Python there."""
    key = ls.documents.key_of(uri)
    if key is None:
        return None

    def job() -> T | None:
        module = ls.projects.modules.get(key)
        at = module.offset(uri, place, ls.client.unit) if module is not None else None
        return answer(ls, Asked(module, at)) if module is not None and at is not None else None

    return await ls.ask(job)


def located(ls: SqlassayServer, project: Project, location: Location) -> types.Location | None:
    """Where a location of a project is shown: in an open document under its URI, else on disk. On the worker."""
    module = ls.projects.at(location.path)
    if module is not None and module.project is project:
        place = ls.range_in(module, location.start, location.end)
        return types.Location(*place) if place is not None else None
    source = project.workspace.source(location.path)
    if source is None:
        return None
    return types.Location(
        convert.uri_of(location.path), convert.range_of(source, location.start, location.end, ls.client.unit)
    )
