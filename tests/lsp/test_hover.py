"""Hovers: on findings, and on rules that a suppression names."""

from __future__ import annotations

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, at
from lsprotocol import types

pytestmark = MODULE_LOOP


@pytest.mark.parametrize(
    ("comment", "word"),
    [
        ("# noqa: ALC552", "ALC552"),
        ("# noqa:E501,ALC552", "ALC552"),
        ("# NOQA: is-comparison", "is-comparison"),
        ("# sqlassay: ignore[n-plus-one, is-comparison]", "is-comparison"),
        ("# sqlassay: ignore-file[ALC552]", "ALC552"),
    ],
)
async def test_the_rule_that_a_suppression_names(editor: Editor, name: str, comment: str, word: str) -> None:
    text = programs.CLEAN + f"x = 1  {comment}\n"
    line = len(programs.CLEAN.splitlines())
    editor.open(name, text)
    begin = text.splitlines()[line].index(word)
    for character in (begin, begin + 3, begin + len(word)):
        hover = await editor.hover(name, line, character)
        assert hover is not None
        assert "is-comparison" in hover.contents.value
        assert hover.range == at(line, begin, begin + len(word))


async def test_what_a_hover_says(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    (found,) = await editor.diagnostics(name)
    hover = await editor.hover(name, programs.LINE, programs.START)
    text = hover.contents.value
    assert text.startswith("**is-comparison** (ALC552), error\n\n" + found.message)
    assert text.index("**Why**") < text.index("**Use instead**") < text.index("](file://")


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
