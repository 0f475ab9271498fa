"""What the client holds open: textDocument/didOpen, didChange, didClose, didSave and willSaveWaitUntil.

Texts live with the worker. Here is only what the message loop must know at once: which documents there are, and the
number of each one's text, so that an answer about an older one is recognised.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types
from msgspec import Struct

from sqlassay.lsp import convert, diagnostics, watch

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

UNSAVED = ("untitled", "vscode-notebook-cell")
"""Schemes of documents that are on no disk, and are examined all the same."""


class Open(Struct):
    """An open document or notebook."""

    notebook: bool = False
    revision: int = 0
    uris: tuple[str, ...] = ()
    """The documents of a notebook."""


class Documents:
    """The open documents and notebooks by key: the URI that the client opened them under."""

    def __init__(self) -> None:
        self._open: dict[str, Open] = {}
        self._cells: dict[str, str] = {}
        self._texts = itertools.count(1)

    def key_of(self, uri: str) -> str | None:
        """The key of what a document belongs to: itself, or the notebook that it is a cell of."""
        return uri if uri in self._open else self._cells.get(uri)

    def keys(self, first: str | None = None) -> Iterator[str]:
        """What is open, `first` before all others."""
        if first in self._open:
            yield first
        yield from (key for key in self._open if key != first)

    def touch(self, key: str, *, uris: tuple[str, ...] | None = None) -> int:
        """A document or (with the `uris` of its cells) a notebook has a new text. Gives the text's number.

        No number is given twice: an answer about a document that was closed is not one about it opened again.
        """
        opened = self._open.setdefault(key, Open(notebook=uris is not None))
        opened.revision = next(self._texts)
        if uris is not None:
            for uri in opened.uris:
                self._cells.pop(uri, None)
            opened.uris = uris
            self._cells.update(dict.fromkeys(uris, key))
        return opened.revision

    def drop(self, key: str) -> tuple[str, ...]:
        """Forget a document or notebook. Gives the URIs of its documents."""
        opened = self._open.pop(key, None)
        if opened is None:
            return ()
        for uri in opened.uris:
            self._cells.pop(uri, None)
        return opened.uris if opened.notebook else (key,)

    def is_open(self, key: str) -> bool:
        return key in self._open

    def is_notebook(self, key: str) -> bool:
        return key in self._open and self._open[key].notebook

    def is_current(self, key: str, revision: int) -> bool:
        """Whether that is the number of the newest text."""
        return key in self._open and self._open[key].revision == revision

    def uris(self, key: str) -> tuple[str, ...]:
        return self._open[key].uris if key in self._open else ()


def place_of(uri: str) -> str | None:
    """The path under which a document is examined; None for schemes that we know nothing about.

    A document that is on no disk gets a path of its own folder, so that it is nobody's neighbour.
    """
    path = convert.path_of(uri)
    if path is not None:
        return path
    scheme = convert.scheme_of(uri)
    if scheme not in UNSAVED:
        return None
    name = re.sub(r"\W+", "_", uri.partition(":")[2]).strip("_") or "unnamed"
    return os.path.abspath(f"/{scheme}/{name}/{name}.py")


def register(server: SqlassayServer) -> None:
    server.answer(types.TEXT_DOCUMENT_DID_OPEN, did_open)
    server.answer(types.TEXT_DOCUMENT_DID_CHANGE, did_change)
    server.answer(types.TEXT_DOCUMENT_DID_CLOSE, did_close)
    server.answer(types.TEXT_DOCUMENT_DID_SAVE, did_save, types.SaveOptions(include_text=False))


def did_open(ls: SqlassayServer, params: types.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    path = place_of(document.uri)
    if path is None or not examined(document.language_id, path):
        return
    if ls.documents.is_open(document.uri):
        ls.log(f"{document.uri} was opened twice: the newer text counts", types.MessageType.Warning)
    revision = ls.documents.touch(document.uri)
    opening = ls.post(
        f"opening {path}",
        lambda: ls.projects.open(document.uri, path, document.text, document.version, revision),
    )
    opening.add_done_callback(functools.partial(_reached, ls))
    watch.note(ls, path)
    diagnostics.refresh(ls, document.uri)


def examined(language: str, path: str) -> bool:
    """Whether a document is Python that runs: not a stub, whose code never does."""
    return (language.lower() == "python" or path.endswith(".py")) and not path.endswith(".pyi")


def did_change(ls: SqlassayServer, params: types.DidChangeTextDocumentParams) -> None:
    document, changes = params.text_document, params.content_changes
    if not ls.documents.is_open(document.uri):
        return
    revision = ls.documents.touch(document.uri)
    edit = ls.post(
        f"editing {document.uri}",
        lambda: ls.projects.edit(document.uri, changes, document.version, revision),
    )
    edit.add_done_callback(functools.partial(_reached, ls))
    diagnostics.refresh(ls, document.uri)


def _reached(ls: SqlassayServer, edit: asyncio.Future[object]) -> None:
    """Have a client that pulls ask for the other documents too, where the edit reached them."""
    if not edit.cancelled() and edit.exception() is None and edit.result():
        diagnostics.ask_again(ls)


def did_close(ls: SqlassayServer, params: types.DidCloseTextDocumentParams) -> None:
    close(ls, params.text_document.uri)


def close(ls: SqlassayServer, key: str) -> None:
    """A document or notebook is closed: its diagnostics go, the disk speaks for it again."""
    if not ls.documents.is_open(key):
        return
    ls.worker.forget(key)
    for uri in ls.documents.drop(key):
        ls.published.clear(ls, uri)
    ls.post(f"closing {key}", lambda: ls.projects.close(key))
    diagnostics.refresh(ls)


async def did_save(ls: SqlassayServer, params: types.DidSaveTextDocumentParams) -> None:
    path = convert.path_of(params.text_document.uri)
    if path is not None:
        await watch.disk_changed(ls, [path, *watch.changed(ls, path)])
