"""The rule pages are what the rules say, and codes and names are those of `rules/codes.json`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlassay.findings import Severity
from sqlassay.rules import pages
from sqlassay.rules.base import Meta, Page, Rule, all_rules

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs" / "rules"
CODES: dict[str, str] = json.loads((TESTS / "rules" / "codes.json").read_text("utf-8"))
"""Every rule name that was ever given a code. A name or a code is never used again for something else."""

OWN = re.compile(r"ALC0\d\d$")
"""Rules about this tool's own comments, which are not numbered there."""

PROOFS = {
    (path.parent.name, path.stem.removeprefix("prove_").replace("_", "-")): path
    for path in sorted((TESTS / "rules").glob("*/prove_*.py"))
}
RULES = [pytest.param(each, id=each.meta.name) for each in all_rules()]
LINK = re.compile(r"\[[^\]]+\]\(https?://[^)]+\)|https?://\S+")


def test_docs_are_up_to_date() -> None:
    wanted = pages.pages()
    got = {path.name: path.read_text("utf-8") for path in DOCS.glob("*.md")}
    assert sorted(got) == sorted(wanted), "run `make docs`"
    assert [name for name, text in wanted.items() if got[name] != text] == [], "run `make docs`"


@pytest.mark.parametrize("rule", RULES)
def test_code_and_name_are_those_they_were_given(rule: Rule) -> None:
    assert OWN.match(rule.meta.code) or CODES.get(rule.meta.name) == rule.meta.code


def test_no_code_or_name_is_used_twice() -> None:
    metas = [each.meta for each in all_rules()]
    assert len({meta.code for meta in metas}) == len(metas)
    assert len({meta.name for meta in metas}) == len(metas)
    assert len(set(CODES.values())) == len(CODES)


@pytest.mark.parametrize("rule", RULES)
def test_harm_is_proved_or_somebody_is_named(rule: Rule) -> None:
    """A rule that is loud by default shows its harm on real SQLAlchemy, or says whose recommendation it is."""
    meta = rule.meta
    loud = "recommended" in meta.presets and meta.severity in (Severity.ERROR, Severity.WARNING)
    proved = (meta.category, meta.name) in PROOFS
    named = LINK.search(rule.page.sections.get("Why", ""))
    assert not loud or proved or named, "write its proof, or link in Why to who recommends this"


@pytest.mark.parametrize("proof", [pytest.param(key, id="/".join(key)) for key in PROOFS])
def test_a_proof_is_of_a_rule(proof: tuple[str, str]) -> None:
    assert proof[1] in CODES
    declared = {each.meta.name: each.meta.category for each in all_rules()}
    assert declared.get(proof[1], proof[0]) == proof[0], "the proof lies in another category than its rule"


def page_of(meta: Meta, summary: str) -> Rule:
    rule = Rule()
    rule.meta = meta
    rule.page = Page(summary, {"References": "r", "Why": "w"})
    return rule


def meta(name: str, category: str, **more: object) -> Meta:
    facts = {"severity": Severity.HINT, "presets": frozenset[str](), "sqlalchemy": "", "fix": "none", **more}
    return Meta(code="ALC999", name=name, category=category, **facts)  # type: ignore[arg-type]


def test_a_page_holds_facts_and_sections_in_order() -> None:
    rule = page_of(meta("a-rule", "loading", sqlalchemy=">=1.4", presets=frozenset({"strict"}), fix="safe"), "Finds a.")
    text = pages.markdown(rule)
    assert text.startswith(f"# a-rule (ALC999)\n\n{pages.MARK}\n\nFinds a.\n\n| | |\n")
    assert "| On by default | no |\n| Presets | `strict` |\n| SQLAlchemy | `>=1.4` |\n| Fix | safe, applied" in text
    assert text.endswith("## Why\n\nw\n\n## References\n\nr\n")


def test_the_index_has_one_table_a_category() -> None:
    text = pages.index(
        [page_of(meta("a", "loading"), "A | b\nc."), page_of(meta("b", "sql"), "B."), page_of(meta("c", "sql"), "C.")]
    )
    assert text.count("\n## ") == 2
    assert "| ALC999 | [a](a.md) | A \\| b c. | hint | no | none |\n\n## sql\n" in text


def test_writing_touches_only_what_changed_and_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "pages", lambda: {"README.md": "r\n", "a.md": "a\n"})
    (tmp_path / "mine.md").write_text("by hand")
    (tmp_path / "gone.md").write_text(f"# gone\n\n{pages.MARK}\n")
    assert pages.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.split() == ["README.md", "a.md", "gone.md"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "a.md", "mine.md"]
    assert pages.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "up to date\n"


def test_a_missing_folder_name_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert pages.main([]) == 2
    assert "usage" in capsys.readouterr().err
