"""The linter's edits as the protocol's: text edits of a document, workspace edits over many. On the worker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lsprotocol import types

from sqlassay.lsp import convert
from sqlassay.lsp.capabilities import Client
from sqlassay.lsp.projects import Module, Project, Projects
from sqlassay.syntax.source import SourceText, TextEdit

ByDocument = dict[str, list[types.TextEdit]]


def of_module(module: Module, edits: Iterable[TextEdit], client: Client) -> ByDocument | None:
    """Edits of an open module by document; None where one of them belongs to no single document."""
    source = module.source
    if source is None:
        return None
    if module.layout is None:
        return {module.key: convert.text_edits(source, edits, client.unit)}
    result: ByDocument = {}
    for edit in edits:
        inside = within_line_ends(source, edit)
        place = module.to_client(convert.range_of(source, inside.start, inside.end, client.unit))
        if place is None:
            return None
        uri, shown = place
        result.setdefault(uri, []).append(types.TextEdit(shown, inside.text))
    return result


def within_line_ends(source: SourceText, edit: TextEdit) -> TextEdit:
    """The same edit without the line end that it closes with, which for a cell's last line is not the cell's.

    An insertion at the end of the text becomes one after its last line.
    """
    start, end, text = edit.start, edit.end, edit.text
    if start == end == len(source.data) and source.data.endswith(b"\n") and text.endswith("\n"):
        return TextEdit(start - 1, end - 1, "\n" + text[:-1])
    if end > start and source.data[end - 1 : end] == b"\n" and (text.endswith("\n") or not text):
        return TextEdit(start, end - 1, text[:-1])
    return edit


def of_workspace(
    projects: Projects, edits: Mapping[str, Iterable[TextEdit]], client: Client
) -> types.WorkspaceEdit | None:
    """Edits by path as one workspace edit; None where a file cannot be read or an edit has no document."""
    documents: ByDocument = {}
    versions: dict[str, int | None] = {}
    for path, each in edits.items():
        module = projects.at(path)
        if module is not None:
            inside = of_module(module, each, client)
            if inside is None:
                return None
            documents |= inside
            versions |= module.versions
        else:
            source = projects.source(path)
            if source is None:
                return None
            documents[convert.uri_of(path)] = convert.text_edits(source, each, client.unit)
    if not client.document_changes:
        return types.WorkspaceEdit(changes=dict(documents))
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, versions.get(uri)), list(changes))
            for uri, changes in documents.items()
        ]
    )


def fixing(project: Project, path: str, *, unsafe: bool = False, codes: frozenset[str] | None = None) -> list[TextEdit]:
    """The edits that fix all that can be fixed in a file: safe fixes, or also `unsafe` ones, of these rules.

    Somebody asked for the fixes of a rule. Those of all rules also come with a save, in the middle of a thought.
    """
    if project.excludes(path) or (codes is None and unfinished(project, path)):
        return []
    fixed = project.workspace.fix_file(path, unsafe=unsafe, select=codes)
    return convert.difference(fixed.before, fixed.text)


def unfinished(project: Project, path: str) -> bool:
    """Whether a file does not parse: it is left as it was until it does. Raises CannotFix where it cannot be read."""
    return project.workspace.module(path).damaged
