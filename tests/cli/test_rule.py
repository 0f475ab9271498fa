"""`sqlassay rule`: a rule's page, as its docstring has it."""

from __future__ import annotations

import json

import pytest
from cli.conftest import Run
from sqlassay.rules import base
from sqlassay.rules.pages import markdown


@pytest.mark.parametrize("name", ["ALC601", "n-plus-one", "alc601", "N-Plus-One"])
def test_one_rule_by_code_or_name(sqlassay: Run, name: str) -> None:
    ran = sqlassay("rule", name)
    assert ran.code == 0
    assert ran.out == (
        "n-plus-one (ALC601)\n\nAbout n-plus-one.\n\n"
        "  Category: loading\n  Severity: warning\n  On by default: yes\n  Presets: recommended, strict\n"
        "  SQLAlchemy: every version\n  Fix: safe, applied by `sqlassay fix` and on save\n\n"
        "Why\n\nBecause.\n"
    )


def test_the_list_of_all(sqlassay: Run) -> None:
    lines = sqlassay("rule").out.splitlines()
    assert len(lines) == len(base.all_rules())
    assert lines[0] == "ALC301   error   mutable-column-default: About mutable-column-default."
    assert lines[2] == "ALC501 - hint    legacy-query-api: About legacy-query-api."


def test_json(sqlassay: Run) -> None:
    described = json.loads(sqlassay("rule", "ALC301", "--output-format", "json").out)
    assert described == {
        "code": "ALC301",
        "name": "mutable-column-default",
        "category": "models",
        "severity": "error",
        "presets": ["recommended", "strict"],
        "sqlalchemy": "",
        "fix": "safe",
        "summary": "About mutable-column-default.",
        "sections": {"Why": "Because."},
    }
    every = json.loads(sqlassay("rule", "--all", "--output-format", "json").out)
    assert [each["code"] for each in every] == [each.meta.code for each in base.all_rules()]


def test_markdown_is_the_page_of_the_docs(sqlassay: Run) -> None:
    rule = base.rules_by_name()["ALC601"]
    assert sqlassay("rule", "ALC601", "--output-format", "markdown").out == markdown(rule)
    every = sqlassay("rule", "--all", "--output-format", "markdown").out
    assert all(markdown(each) in every for each in base.all_rules())


def test_all_pages(sqlassay: Run) -> None:
    out = sqlassay("rule", "--all").out
    assert out.count("\nWhy\n\nBecause.\n") == len(base.all_rules())


@pytest.mark.parametrize(
    ("name", "said"),
    [("n-plus-on", '; did you mean "n-plus-one"?'), ("ALC603x", '; did you mean "ALC603"?'), ("zzzzz", "")],
)
def test_an_unknown_rule_is_2_and_names_the_nearest(sqlassay: Run, name: str, said: str) -> None:
    ran = sqlassay("rule", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f'sqlassay: no rule is called "{name}"{said}\n'
