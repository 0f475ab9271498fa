"""`sqlassay server`: the language server."""

from __future__ import annotations

import argparse


def run(options: argparse.Namespace) -> int:
    """Serve until the client says goodbye, and give the exit code that the server gives."""
    from sqlassay.lsp import server

    return server.serve_tcp(options.host, options.port) if options.tcp else server.serve_stdio()
