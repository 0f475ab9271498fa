"""Makes pytest items of Markdown tests: one for each heading with code, named by its headings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlassay.rules.base import rules_by_name

from harness import cases, markdown
from harness.engine import open_project
from harness.run import Mismatch, rule_case, rule_file, semantics_case

Run = Callable[[], Iterator[Mismatch]]


class Wrong(Exception):
    """A case that is not as its Markdown says."""

    def __init__(self, mismatches: list[Mismatch]) -> None:
        super().__init__(f"{len(mismatches)} mismatches")
        self.mismatches = mismatches


class MarkdownItem(pytest.Item):
    """One case. `line` is its heading's line, from 1."""

    funcargs: ClassVar[dict[str, Any]] = {}
    """No fixtures, and it says so: pytest-lsp fails on items that have no such attribute."""

    def __init__(self, *, line: int, run: Run, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.line = line
        self.run = run

    def runtest(self) -> None:
        try:
            wrong = list(self.run())
        except markdown.MarkdownError as error:
            wrong = [Mismatch(error.line, error.message)]
        if wrong:
            raise Wrong(wrong)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if not isinstance(excinfo.value, Wrong):
            return super().repr_failure(excinfo, style)
        return "\n\n".join(_shown(self.path, each) for each in excinfo.value.mismatches)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.line - 1, self.name


class MarkdownFile(pytest.File):
    """A Markdown test file."""

    def collect(self) -> Iterator[MarkdownItem]:
        root = markdown.read(self.path.read_text("utf-8"))
        for name, line, run in self.runs(root):
            yield MarkdownItem.from_parent(self, name=name, line=line, run=run)

    def runs(self, root: markdown.Section) -> Iterator[tuple[str, int, Run]]:
        """The name, the line (from 1) and the work of each item."""
        raise NotImplementedError

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        error = excinfo.value
        if isinstance(error, markdown.MarkdownError):
            return _shown(self.path, Mismatch(error.line, error.message))
        return super().repr_failure(excinfo)


class RuleFile(MarkdownFile):
    """`tests/rules/<category>/<rule>.md`: the rule of that name."""

    def runs(self, root: markdown.Section) -> Iterator[tuple[str, int, Run]]:
        rule = self.path.stem
        found = cases.cases(root, cases.SECTIONS)
        yield "the file as a whole", 1, lambda: _rule_file(found, rule, self.path.parent.name)
        for case in found:
            yield case.name, case.line, lambda case=case: rule_case(case, rule, open_project)  # type: ignore[misc]


class SemanticsFile(MarkdownFile):
    """`tests/semantics/*.md`: what the evaluator knows."""

    def runs(self, root: markdown.Section) -> Iterator[tuple[str, int, Run]]:
        for case in cases.cases(root):
            yield case.name, case.line, lambda case=case: semantics_case(case, open_project)  # type: ignore[misc]


def _rule_file(found: list[cases.Case], rule: str, category: str) -> Iterator[Mismatch]:
    declared = rules_by_name().get(rule)
    if declared is None:
        yield Mismatch(1, f"no rule is called {rule}")
        return
    if declared.meta.category != category:
        yield Mismatch(1, f"{rule} is a rule of {declared.meta.category}, not of {category}")
    yield from rule_file(found, rule, has_fix=declared.meta.fix != "none")


def _shown(path: Path, wrong: Mismatch) -> str:
    """Starts like a compiler's message, so that editors find the place."""
    return f"{path}:{wrong.line}: {wrong.message}"
