"""`examples/shop` shows the rules at work, and code beside it in which there is nothing to find."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlassay.cli.main import main
from sqlassay.config import Config
from sqlassay.linter import Report, Workspace
from sqlassay.rules.base import Rule, all_rules

TOP = Path(__file__).parent.parent
SHOP = TOP / "examples" / "shop"

CLEAN = (
    "app/main.py",
    "app/models/product.py",
    "app/repositories/products.py",
    "app/routes/products.py",
    "migrations/versions/0001_initial.py",
)

DECLARATIONS = frozenset(("models", "relationships", "typing"))
EVERYDAY = frozenset(
    """
    legacy-column-in-declarative missing-mapped-annotation legacy-declarative-base legacy-declarative-import
    mutable-column-default eager-default-call datetime-utcnow-default missing-onupdate missing-fk-index
    missing-fk-ondelete legacy-backref one-to-many-without-delete-cascade
    """.split()
)
"""The rules on declarations that the shop shows: with those that SQLAlchemy refuses it would be no program."""

RULES = [
    pytest.param(each, id=each.meta.name)
    for each in all_rules()
    if not each.meta.code.startswith("ALC0") and (each.meta.category not in DECLARATIONS or each.meta.name in EVERYDAY)
]
"""Without those about this tool's own comments."""


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    workspace = Workspace(SHOP, Config.load(SHOP))
    return {
        Path(report.path).relative_to(SHOP).as_posix(): report for report in workspace.check_all([str(SHOP)], jobs=1)
    }


def test_nothing_goes_wrong(reports: dict[str, Report]) -> None:
    assert [problem for report in reports.values() for problem in report.problems] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_finds_something(reports: dict[str, Report], rule: Rule) -> None:
    assert rule.meta.code in {finding.code for report in reports.values() for finding in report.findings}


@pytest.mark.parametrize("path", CLEAN)
def test_nothing_is_found_where_all_is_well(reports: dict[str, Report], path: str) -> None:
    assert [(finding.name, finding.message) for finding in reports[path].findings] == []


def test_a_query_in_one_file_and_its_loop_in_another(reports: dict[str, Report]) -> None:
    """The proof is shown where the query stands."""
    found = [finding for finding in reports["app/services/orders.py"].findings if finding.name == "n-plus-one"]
    assert found
    assert any(each.path.endswith("repositories/orders.py") for finding in found for each in finding.related)


def test_the_readme_shows_what_the_command_prints(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(TOP)
    shown = (TOP / "README.md").read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    assert main(["check", "--no-cache", "--jobs", "1", "examples/shop"]) == 1
    assert "n-plus-one" in shown
    assert f"\n{shown}\n" in capfd.readouterr().out


def test_fixes_leave_the_shop_readable(reports: dict[str, Report]) -> None:
    workspace = Workspace(SHOP, Config.load(SHOP))
    for report in reports.values():
        for unsafe in (False, True):
            ast.parse(workspace.fix_file(report.path, unsafe=unsafe).text)


def test_fixing_is_the_same_in_an_editor_and_on_the_command_line(reports: dict[str, Report]) -> None:
    once = Workspace(SHOP, Config.load(SHOP))
    live = Workspace(SHOP, Config.load(SHOP), live=True)
    for report in reports.values():
        assert once.fix_file(report.path, unsafe=True).text == live.fix_file(report.path, unsafe=True).text
