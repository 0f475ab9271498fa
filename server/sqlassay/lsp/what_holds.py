"""workspace/executeCommand `sqlassay.configuration`: which configuration holds for a file, and where it is from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlassay.config.describe import describe, plain
from sqlassay.lsp import documents
from sqlassay.lsp.session import SqlassayServer  # pygls evaluates a command's annotations

CONFIGURATION = "sqlassay.configuration"
"""Takes the URI of a file or folder, or nothing for the first folder; gives what `sqlassay config` gives as JSON."""


def register(server: SqlassayServer) -> None:
    server.offer(CONFIGURATION, configuration)


async def configuration(ls: SqlassayServer, *arguments: object) -> dict[str, Any] | None:
    """What holds for the first argument; None where no open folder or document is there."""
    path = documents.place_of(arguments[0]) if arguments and isinstance(arguments[0], str) else None
    return await ls.ask(lambda: _held(ls, path))


def _held(ls: SqlassayServer, path: str | None) -> dict[str, Any] | None:
    project = ls.projects.about(path)
    if project is None:
        return None
    return plain(describe(project.config, Path(path or project.root)), project.root)
