"""The words of a hover, without a server."""

from __future__ import annotations

import pytest
from sqlassay.lsp.hover import plain, rule_in_suppression
from sqlassay.syntax.source import SourceText


@pytest.mark.parametrize(
    "line", ["x = 'ALC552'", "# ALC552 is on", "x = 1  # noqa: E501", "x = 1  # noqa", "# sqlassay: ignore"]
)
def test_words_that_are_no_rule_of_a_suppression(line: str) -> None:
    source = SourceText.from_str(line)
    assert not any(rule_in_suppression(source, at) for at in range(len(line) + 1))


def test_the_word_behind_wide_characters() -> None:
    source = SourceText.from_str("x = '\u00e9'  # noqa: n-plus-one\n")
    found = rule_in_suppression(source, source.data.index(b"plus"))
    assert found is not None
    rule, start, end = found
    assert rule.meta.code == "ALC601"
    assert source.data[start:end] == b"n-plus-one"


def test_plain_keeps_the_words() -> None:
    marked = "## Why\n\n**Bold** and `code`, [a link](http://x)\n\n```python\nx = 1\n```"
    assert plain(marked) == "Why\n\nBold and code, a link: http://x\n\n\nx = 1\n"
