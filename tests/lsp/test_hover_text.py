"""The words of a hover, without a server."""

from __future__ import annotations

import pytest
from sqlassay.lsp.hover import plain, rule_in_suppression
from sqlassay.syntax.source import SourceText


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


@pytest.mark.parametrize(
    "line", ["x = 'ALC552'", "# ALC552 is on", "x = 1  # noqa: E501", "x = 1  # noqa", "# sqlassay: ignore"]
)
def test_words_that_are_no_rule_of_a_suppression(line: str) -> None:
    source = SourceText.from_str(line)
    assert not any(rule_in_suppression(source, at) for at in range(len(line) + 1))


def test_plain_keeps_the_words() -> None:
    marked = "## Why\n\n**Bold** and `code`, [a link](http://x)\n\n```python\nx = 1\n```"
    assert plain(marked) == "Why\n\nBold and code, a link\n\n\nx = 1\n"
