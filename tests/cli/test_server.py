"""`sqlassay server` starts the language server, and nothing else does."""

from __future__ import annotations

import sys
import types

import pytest
from cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "served"),
    [
        ([], ("stdio",)),
        (["--stdio"], ("stdio",)),
        (["--tcp"], ("tcp", "127.0.0.1", 2087)),
        (["--tcp", "--host", "::1", "--port", "0"], ("tcp", "::1", 0)),
    ],
)
def test_how_it_is_served(
    sqlassay: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], served: tuple[object, ...]
) -> None:
    seen: list[tuple[object, ...]] = []
    server = types.ModuleType("sqlassay.lsp.server")

    def serve_stdio() -> int:
        seen.append(("stdio",))
        return 7

    def serve_tcp(host: str, port: int) -> int:
        seen.append(("tcp", host, port))
        return 7

    vars(server).update(serve_stdio=serve_stdio, serve_tcp=serve_tcp)
    monkeypatch.setitem(sys.modules, "sqlassay.lsp.server", server)
    monkeypatch.setattr("sqlassay.lsp.server", server, raising=False)
    assert sqlassay("server", *arguments).code == 7
    assert seen == [served]


def test_one_way_at_a_time(sqlassay: Run) -> None:
    assert sqlassay("server", "--stdio", "--tcp").code == 2
