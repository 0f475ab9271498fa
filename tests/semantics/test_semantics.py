"""What the evaluator knows is written in the Markdown beside this file, collected by itself, one item a heading."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import cases, markdown

PAGES = sorted(Path(__file__).parent.glob("*.md"))


def test_there_are_pages() -> None:
    assert PAGES


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in PAGES])
def test_each_page_reveals_something_under_each_heading_with_code(path: Path) -> None:
    found = cases.cases(markdown.read(path.read_text("utf-8")))
    assert found
    assert [case.name for case in found if not any(program.revealed() for program in case.programs)] == []
