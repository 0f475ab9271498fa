"""The language server, over stdio for editors and over TCP for debugging."""

from __future__ import annotations

import logging
import os
import sys
from typing import BinaryIO

from sqlassay.lsp import (
    code_actions,
    commands,
    completion,
    definition,
    diagnostics,
    document_symbols,
    documents,
    fix_on_save,
    fix_workspace,
    hover,
    lifecycle,
    logs,
    notebooks,
    references,
    schema,
    watch,
    what_holds,
    workspace_symbols,
)
from sqlassay.lsp.session import SqlassayServer

FEATURES = (
    *(lifecycle, documents, notebooks, watch),
    *(diagnostics, hover, code_actions, fix_on_save, commands),
    *(fix_workspace, schema, what_holds),
    *(definition, references, completion, document_symbols, workspace_symbols),
)


def build() -> SqlassayServer:
    """A server with every feature, ready to be started."""
    server = SqlassayServer()
    for feature in FEATURES:
        feature.register(server)
    return server


def serve_stdio() -> int:
    """Serve one client on stdin and stdout until it leaves. Gives the exit code: 0 after an orderly end, else 1."""
    logs.set_up()
    stdin, stdout = _private_streams()
    server = build()
    server.start_io(stdin, stdout)
    return server.end()


def serve_tcp(host: str, port: int) -> int:
    """Serve the first client that connects, until it leaves. `port` 0 takes a free one; stderr says which."""
    logs.set_up()
    logging.getLogger("pygls.server").setLevel(logging.INFO)  # it says where it listens
    server = build()
    server.start_tcp(host, port)
    return server.end()


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The protocol's streams, out of everybody else's reach: a stray print, or a child process that reads or writes,
    would end the session."""
    stdin = os.fdopen(os.dup(0), "rb")
    stdout = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return stdin, stdout
