"""workspace/executeCommand `sqlassay.schema`: the diagram of a project's models, for a client that draws it."""

from __future__ import annotations

from typing import Any

from sqlassay.linter import Box, Diagram, Line, SchemaColumn, diagram_of
from sqlassay.lsp import convert, documents
from sqlassay.lsp.session import SqlassayServer  # pygls evaluates a command's annotations

SCHEMA = "sqlassay.schema"
"""Takes the URI of a file or folder, or nothing for the first folder; gives the diagram of its project."""


def register(server: SqlassayServer) -> None:
    server.offer(SCHEMA, schema)


async def schema(ls: SqlassayServer, *arguments: object) -> dict[str, Any] | None:
    """The diagram of the project that holds the first argument; None where no open folder does."""
    path = documents.place_of(arguments[0]) if arguments and isinstance(arguments[0], str) else None
    return await ls.ask(lambda: _diagram(ls, path))


def _diagram(ls: SqlassayServer, path: str | None) -> dict[str, Any] | None:
    project = ls.projects.about(path)
    if project is None:
        return None
    return {"folder": convert.uri_of(project.root), **plain(diagram_of(project.workspace.schema()))}


def plain(diagram: Diagram) -> dict[str, Any]:
    """A diagram as JSON can hold it: places as URIs and lines from 0."""
    return {"boxes": [_box(each) for each in diagram.boxes], "lines": [_line(each) for each in diagram.lines]}


def _box(box: Box) -> dict[str, Any]:
    return {
        "title": box.title,
        "models": box.models,
        "places": [{"uri": convert.uri_of(path), "line": line - 1} for path, line in box.places],
        "columns": [_column(each) for each in box.columns.values()],
    }


def _column(column: SchemaColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "nullable": column.nullable,
        "primaryKey": column.primary_key,
        "foreignKey": bool(column.foreign_keys),
        "unique": column.unique,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "child": line.child,
        "parent": line.parent,
        "columns": line.columns,
        "label": line.label,
        "bothMany": line.both_many,
        "required": line.required,
        "alone": line.alone,
    }
