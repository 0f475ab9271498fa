"""`sqlassay server`: the language server."""

from __future__ import annotations

import argparse

from sqlassay.cli import exits


def run(options: argparse.Namespace) -> int:
    """Serve until the client says goodbye."""
    from sqlassay.lsp import server

    if options.tcp:
        server.serve_tcp(options.host, options.port)
    else:
        server.serve_stdio()
    return exits.CLEAN
