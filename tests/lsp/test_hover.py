"""Hovers: on findings, and on rules that a suppression names."""

from __future__ import annotations

from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsprotocol import types

pytestmark = MODULE_LOOP


async def test_plain_text_for_clients_without_markdown(start: Start) -> None:
    def simple(capabilities: types.ClientCapabilities) -> None:
        capabilities.text_document.hover.content_format = [types.MarkupKind.PlainText]

    editor = await start("emacs", capable=simple)
    editor.open("app.py", programs.NAMELESS)
    hover = await editor.hover("app.py", programs.LINE, programs.START)
    assert hover.contents.kind is types.MarkupKind.PlainText
    assert "is-comparison" in hover.contents.value
    for mark in ("**", "```", "`", "]("):
        assert mark not in hover.contents.value
