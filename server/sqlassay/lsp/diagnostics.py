"""Diagnostics, pushed (textDocument/publishDiagnostics) or pulled (textDocument/diagnostic).

Never both for one document, and never for a text other than the one they were computed on: what was computed on an
older one is dropped, because newer work is on its way.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

from lsprotocol import types
from msgspec import Struct
from pygls.exceptions import JsonRpcException

from sqlassay.findings import Finding, Related
from sqlassay.linter import Problem
from sqlassay.lsp import convert, rule_pages
from sqlassay.lsp.capabilities import Client
from sqlassay.lsp.projects import Projects

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

SOURCE = "sqlassay"


class Checked(Struct, frozen=True):
    """The diagnostics of a module's documents, for exactly its text number `revision`."""

    key: str
    revision: int
    versions: dict[str, int | None]
    diagnostics: dict[str, list[types.Diagnostic]]
    problems: tuple[Problem, ...]


def register(server: SqlassayServer) -> None:
    options = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier=SOURCE)
    server.answer(types.TEXT_DOCUMENT_DIAGNOSTIC, pull, options)


# ---- on the worker


def check(projects: Projects, client: Client, key: str) -> Checked | None:
    """The diagnostics of an open module; None where it is no longer open."""
    module = projects.modules.get(key)
    if module is None:
        return None
    report = module.report()
    diagnostics: dict[str, list[types.Diagnostic]] = {uri: [] for uri in module.versions}
    if report.source is not None:
        for finding in report.findings:
            place = module.to_client(convert.range_of(report.source, finding.start, finding.end, client.unit))
            if place is not None:
                uri, shown = place
                diagnostics[uri].append(diagnostic(projects, client, finding, shown))
    return Checked(key, module.revision, module.versions, diagnostics, report.problems)


def diagnostic(projects: Projects, client: Client, finding: Finding, shown: types.Range) -> types.Diagnostic:
    """A finding in the protocol's terms; `shown` is its range in its document."""
    tags = [convert.TAGS[tag] for tag in finding.tags if tag in convert.TAGS and convert.TAGS[tag] in client.tags]
    link = rule_pages.uri(finding.code) if client.links else None
    related = [_related(projects, client, each) for each in finding.related] if client.related else []
    return types.Diagnostic(
        range=shown,
        message=finding.message,
        severity=convert.SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(link) if link else None,
        source=SOURCE,
        tags=tags or None,
        related_information=[each for each in related if each is not None] or None,
        data={"name": finding.name, "fix": _safety(finding)},
    )


def _safety(finding: Finding) -> str | None:
    if finding.fix is None:
        return None
    return "safe" if finding.fix.safe else "unsafe"


def _related(projects: Projects, client: Client, related: Related) -> types.DiagnosticRelatedInformation | None:
    place = locate(projects, client, related.path, related.start, related.end)
    return types.DiagnosticRelatedInformation(place, related.message) if place else None


def locate(projects: Projects, client: Client, path: str, start: int, end: int) -> types.Location | None:
    """Where the bytes of a file are shown: in an open document under the URI its client uses, else on disk."""
    module = projects.at(path)
    source = module.source if module else projects.source(path)
    if source is None:
        return None
    shown = convert.range_of(source, start, end, client.unit)
    if module is None:
        return types.Location(convert.uri_of(path), shown)
    place = module.to_client(shown)
    return types.Location(*place) if place else None


# ---- on the message loop


class Published:
    """What was pushed last for each document, so that nothing is sent twice."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int | None, list[types.Diagnostic]]] = {}

    def send(self, ls: SqlassayServer, uri: str, version: int | None, diagnostics: list[types.Diagnostic]) -> None:
        """Push the diagnostics of a document's version, unless they were pushed already."""
        if self._last.get(uri) == (version, diagnostics):
            return
        self._last[uri] = (version, diagnostics)
        ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))

    def clear(self, ls: SqlassayServer, uri: str) -> None:
        """Take back what was pushed for a document that is closed."""
        if self._last.pop(uri, (None, []))[1]:
            ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def refresh(ls: SqlassayServer, first: str | None = None) -> None:
    """Examine what is open again, the module `first` before all others, and send what changed.

    A client that pulls asks by itself after an edit (`first`); of any other change it is told.
    """
    if first is None and ls.client.pull and ls.client.refresh:
        ls.workspace_diagnostic_refresh(None)
    for key in ls.documents.keys(first):
        if pushed(ls, key):
            job = functools.partial(check, ls.projects, ls.client, key)
            ls.worker.later(key, job, functools.partial(publish, ls), first=key == first)


def ask_again(ls: SqlassayServer) -> None:
    """Have a client that pulls ask for all that is open, once nothing else is to be done: not on every keystroke."""

    def ask(_: None) -> None:
        ls.workspace_diagnostic_refresh(None)

    if ls.client.pull and ls.client.refresh:
        ls.worker.later("asking again", lambda: None, ask)


def pushed(ls: SqlassayServer, key: str) -> bool:
    """Whether diagnostics go to the client unasked: a notebook's always do, since its cells change together and a
    client asks for one document at a time."""
    return not ls.client.pull or ls.documents.is_notebook(key)


def publish(ls: SqlassayServer, checked: Checked | None) -> None:
    """Send diagnostics, if the text that they are about is still the newest."""
    if checked is None or not ls.documents.is_current(checked.key, checked.revision):
        return
    ls.report_problems(checked.problems)
    for uri, diagnostics in checked.diagnostics.items():
        ls.published.send(ls, uri, checked.versions[uri], diagnostics)


async def pull(ls: SqlassayServer, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    uri = params.text_document.uri
    key = ls.documents.key_of(uri)
    if key is None or pushed(ls, key):
        return types.RelatedFullDocumentDiagnosticReport(items=[])
    checked = await ls.ask(lambda: check(ls.projects, ls.client, key))
    if checked is None or not ls.documents.is_current(checked.key, checked.revision):
        raise JsonRpcException(
            "the text changed meanwhile",
            types.LSPErrorCodes.ServerCancelled.value,
            types.DiagnosticServerCancellationData(retrigger_request=True),
        )
    ls.report_problems(checked.problems)
    items = checked.diagnostics[uri]
    result = result_id(items)
    if result == params.previous_result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
    return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=result)


def result_id(items: list[types.Diagnostic]) -> str:
    """A name for exactly these diagnostics."""
    return hashlib.blake2b(repr(items).encode("utf-8", "replace"), digest_size=8).hexdigest()
