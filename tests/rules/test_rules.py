"""Every rule has its tests and a page that tells the truth.

The Markdown beside this file (`<category>/<rule>.md`) is collected by itself, one item for each case.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from harness import markdown
from harness.cases import Program, programs
from harness.engine import open_project
from harness.promises import broken_promises, parses
from sqlassay.rules.base import SECTIONS, Rule, all_rules

HERE = Path(__file__).parent
KINDS: dict[str, set[bool | None]] = {
    "none": {None},
    "safe": {None, True},
    "unsafe": {None, False},
    "either": {None, True, False},
}
"""Whether the fixes that a rule offers may be safe, by what it declares; None: it offers none there."""

RULES = [pytest.param(each, id=each.meta.name) for each in all_rules()]


def programs_of(rule: Rule, section: str) -> list[Program]:
    """The programs of one section of a rule's page."""
    root = markdown.read(rule.page.sections.get(section, ""))
    return [program for _, part in root.walk() for program in programs(part, Program({}))]


def settings_of(rule: Rule, program: Program) -> dict[str, object]:
    return {"select": [rule.meta.code], **program.settings()}


def test_there_are_rules() -> None:
    assert RULES


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_its_markdown(rule: Rule) -> None:
    path = HERE / rule.meta.category / f"{rule.meta.name}.md"
    assert path.is_file(), f"write {path.relative_to(HERE)}"


@pytest.mark.parametrize("rule", RULES)
def test_the_page_has_its_sections_in_order(rule: Rule) -> None:
    assert rule.page.summary
    assert tuple(rule.page.sections) == SECTIONS
    assert all(rule.page.sections.values())


@pytest.mark.parametrize("rule", RULES)
def test_example_is_flagged(rule: Rule) -> None:
    found = programs_of(rule, "Example")
    assert found, "Example has no code"
    for program in found:
        project = open_project(program.sources(), settings_of(rule, program))
        assert project.problems() == []
        codes = {finding.code for finding in project.findings()}
        assert codes == {rule.meta.code}, f"not flagged:\n{program.sources()}"


@pytest.mark.parametrize("rule", RULES)
def test_use_instead_is_silent(rule: Rule) -> None:
    found = programs_of(rule, "Use instead")
    assert found, "Use instead has no code"
    for program in found:
        project = open_project(program.sources(), settings_of(rule, program))
        assert project.problems() == []
        assert project.findings() == []


@pytest.mark.parametrize("rule", RULES)
def test_the_fix_of_example_keeps_its_promises(rule: Rule) -> None:
    for program in programs_of(rule, "Example"):
        sources, settings = program.sources(), settings_of(rule, program)
        assert list(broken_promises(sources, settings, open_project)) == []
        offered = [found for found in open_project(sources, settings).findings() if found.fix is not None]
        if offered:
            fixed = open_project(sources, settings).fix_all(unsafe=True)
            left = [found for found in open_project(fixed, settings).findings() if found.fix is not None]
            assert left == []


@pytest.mark.parametrize("rule", RULES)
def test_the_fix_is_of_the_kind_that_the_rule_declares(rule: Rule) -> None:
    kinds = {
        found.safe
        for program in programs_of(rule, "Example")
        for found in open_project(program.sources(), settings_of(rule, program)).findings()
    }
    assert kinds <= KINDS[rule.meta.fix]


@pytest.mark.parametrize("rule", RULES)
def test_examples_are_whole_programs(rule: Rule) -> None:
    for section in ("Example", "Use instead"):
        for program in programs_of(rule, section):
            for path, text in program.sources().items():
                assert parses(text), f"{section}, {path}"
                assert not undefined(text), f"{section}, {path}: {undefined(text)}"


def undefined(text: str) -> set[str]:
    """Names that a program reads and never binds: imports that an example forgot. Scopes are not told apart."""
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
    bound |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name}
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    bound |= {alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names}
    known = set(dir(__builtins__)) if not isinstance(__builtins__, dict) else set(__builtins__)
    if "*" in bound:
        return set()
    return {name.id for name in names if isinstance(name.ctx, ast.Load)} - bound - known - {"__file__", "__name__"}
