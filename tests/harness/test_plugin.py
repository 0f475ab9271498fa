"""How a failing Markdown case looks to the person who reads the test run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.markdown import MarkdownError
from harness.plugin import MarkdownItem, RuleFile, SemanticsFile
from harness.run import Mismatch


@pytest.fixture
def rule_file(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], RuleFile]:
    def make(text: str) -> RuleFile:
        path = tmp_path / "n-plus-one.md"
        path.write_text(text, "utf-8")
        return RuleFile.from_parent(request.session, path=path, name=path.name)

    return make


RULE = "# n-plus-one\n\n## Flags\n\n### In a loop\n\n```python\nx  # expect: ALC601\n```\n"


def test_one_item_for_each_heading_with_code(rule_file: Callable[[str], RuleFile]) -> None:
    items = list(rule_file(RULE).collect())
    assert [(item.name, item.reportinfo()[1]) for item in items] == [
        ("the file as a whole", 0),
        ("Flags/In a loop", 4),
    ]
    assert items[1].nodeid.endswith("n-plus-one.md::Flags/In a loop")


def test_semantics_take_any_headings(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "sessions.md"
    path.write_text("# Sessions\n\n## From a maker\n\n```python\nx  # revealed: session\n```\n", "utf-8")
    items = list(SemanticsFile.from_parent(request.session, path=path, name=path.name).collect())
    assert [item.name for item in items] == ["From a maker"]


def failing(wrong: Iterator[Mismatch]) -> Callable[[], Iterator[Mismatch]]:
    return lambda: wrong


def test_a_failure_names_file_and_line(rule_file: Callable[[str], RuleFile]) -> None:
    file = rule_file(RULE)
    wrong = failing(iter([Mismatch(8, "expected: ALC601\nfound: nothing"), Mismatch(9, "other")]))
    item = MarkdownItem.from_parent(file, name="case", line=5, run=wrong)
    with pytest.raises(Exception, match="2 mismatches") as raised:
        item.runtest()
    shown = item.repr_failure(raised)
    assert shown == f"{file.path}:8: expected: ALC601\nfound: nothing\n\n{file.path}:9: other"


def test_a_case_that_says_nothing_passes(rule_file: Callable[[str], RuleFile]) -> None:
    MarkdownItem.from_parent(rule_file(RULE), name="case", line=5, run=failing(iter([]))).runtest()


def test_a_file_of_another_form_is_explained(rule_file: Callable[[str], RuleFile]) -> None:
    file = rule_file("## Flagged\n")
    with pytest.raises(MarkdownError) as raised:
        list(file.collect())
    assert file.repr_failure(raised) == (
        f"{file.path}:1: no such section: 'Flagged' (known: Flags, Stays silent, Across files, Fix)"
    )
