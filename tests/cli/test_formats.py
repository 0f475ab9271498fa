"""What each output format looks like, character for character where a machine or a terminal reads it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.conftest import Run
from sqlassay.cli import formats
from sqlassay.cli.outcome import Entry, Outcome, Spot
from sqlassay.cli.style import Style, style_for
from sqlassay.findings import Finding, Severity
from sqlassay.fixes.ops import Fix
from sqlassay.syntax.source import SourceText

SOURCE = SourceText.from_str(
    "from sqlalchemy import select\n"
    "\n"
    "orders = session.scalars(select(Order))\n"
    "for order in orders:\n"
    '\tnäme = "𝔊", order.items  # 日本\n'
)
"""In the fifth line `order.items` follows a tab, an umlaut and a character outside the first plane."""


MESSAGE = "`Order.items` is loaded once per order: one SELECT for each row."


def finding(
    source: SourceText = SOURCE,
    at: bytes = b"order.items",
    *,
    severity: Severity = Severity.WARNING,
    message: str = MESSAGE,
    path: str = "app/my orders.py",
    fix: Fix | None = None,
    related: tuple[tuple[Spot, str], ...] = (),
) -> Entry:
    start = source.data.index(at)
    end = start + len(at)
    return Entry(
        Finding("ALC601", "n-plus-one", severity, message, f"/p/{path}", start, end, (), fix),
        Spot(path, source, start, end),
        related,
    )


SAFE = Fix("add `.options(selectinload(Order.items))`", True, ())
UNSAFE = Fix("batch the query", False, ())
QUERY = Spot("app/my orders.py", SOURCE, SOURCE.data.index(b"select(Order)"), SOURCE.data.index(b"select(Order)") + 13)
GONE = Spot("app/gone.py", None, 5, 9)
FULL = finding(fix=SAFE, related=((QUERY, "the query loads no items"),))


def written(name: str, *entries: Entry, style: Style | None = None, summary: bool = True) -> str:
    out = io.StringIO()
    formats.load(name).write(Outcome(list(entries), 3, summary), out, style or Style(False))
    return out.getvalue()


# ---- text


def test_text_shows_the_code_and_what_proves_it() -> None:
    assert written("text", FULL) == (
        "warning[ALC601]: `Order.items` is loaded once per order: one SELECT for each row. (n-plus-one)\n"
        " --> app/my orders.py:5:14\n"
        "  |\n"
        "3 | orders = session.scalars(select(Order))\n"
        "4 | for order in orders:\n"
        '5 |     näme = "𝔊", order.items  # 日本\n'
        "  |                 ^^^^^^^^^^^\n"
        "  |\n"
        " ::: app/my orders.py:3:26\n"
        "  |\n"
        "3 | orders = session.scalars(select(Order))\n"
        "  |                          ------------- the query loads no items\n"
        "  |\n"
        "help: add `.options(selectinload(Order.items))` (`sqlassay fix` does it)\n"
        "\n"
        "Found 1 finding (3 files checked): 1 fixable with `sqlassay fix`.\n"
    )


def test_text_of_an_unsafe_fix_and_a_file_that_is_gone() -> None:
    said = written("text", finding(fix=UNSAFE, related=((GONE, "the model"),)))
    assert " ::: app/gone.py:1:1\n  | the model\nhelp: batch the query (`sqlassay fix --unsafe` does it" in said
    assert said.endswith("Found 1 finding (3 files checked): 1 fixable with `sqlassay fix --unsafe`.\n")


@pytest.mark.parametrize(
    ("line", "at", "shown", "marks"),
    [
        ("日本 = BAD", "BAD", "日本 = BAD", "       ^^^"),
        ("BAD日 = 1", "BAD日", "BAD日 = 1", "^^^^^"),
        ("e\u0301 = BAD", "BAD", "e\u0301 = BAD", "    ^^^"),
        ("\x1b[31m\x07BAD", "BAD", "\ufffd[31m\ufffdBAD", "      ^^^"),
        ("a \u202e BAD", "BAD", "a \ufffd BAD", "    ^^^"),
        ("x" * 300 + "BAD", "BAD", "…" + "x" * 157 + "BAD", " " * 158 + "^^^"),
        ("BAD" + "x" * 300, "BAD", "BAD" + "x" * 157 + "…", "^^^"),
        ("a\n\nBAD", "BAD", "BAD", "^^^"),
        ("BAD(\n  1,\n)", "BAD(\n  1,\n)", "BAD(", "^^^^"),
    ],
)
def test_the_marks_stand_under_the_code(line: str, at: str, shown: str, marks: str) -> None:
    source = SourceText.from_str(line)
    lines = written("text", finding(source, at.encode())).splitlines()
    number = next(index for index, each in enumerate(lines) if "| " in each and each.rstrip().endswith("^"))
    assert lines[number - 1].partition("| ")[2] == shown
    assert lines[number].partition("| ")[2] == marks


def test_a_finding_at_the_end_of_an_empty_text_is_shown() -> None:
    empty = SourceText.from_str("")
    assert "1 |\n  | ^\n" in written("text", finding(empty, b""))


def test_numbers_of_several_digits_line_up() -> None:
    source = SourceText.from_str("\n" * 99 + "BAD\n")
    lines = written("text", finding(source, b"BAD")).splitlines()
    assert lines[1:7] == ["   --> app/my orders.py:100:1", "    |", " 98 |", " 99 |", "100 | BAD", "    | ^^^"]


def test_colours_are_only_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    assert style_for(Terminal()).coloured
    assert not style_for(io.StringIO()).coloured
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert style_for(io.StringIO()).coloured
    monkeypatch.setenv("FORCE_COLOR", "0")
    assert not style_for(Terminal()).coloured
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not style_for(Terminal()).coloured
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not style_for(Terminal()).coloured


def test_colours_change_nothing_but_colours() -> None:
    import re

    coloured = written("text", FULL, style=Style(True))
    assert "\x1b[33;1mwarning[ALC601]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == written("text", FULL)


def test_a_message_of_several_lines_is_one_line_in_concise() -> None:
    assert written("concise", finding(message="one\ntwo"), summary=False) == (
        "app/my orders.py:5:14: ALC601 n-plus-one: one two\n"
    )


# ---- json


def test_json_counts_as_lsp_does() -> None:
    assert json.loads(written("json", FULL, finding(fix=UNSAFE))) == [
        {
            "code": "ALC601",
            "name": "n-plus-one",
            "severity": "warning",
            "message": MESSAGE,
            "path": "app/my orders.py",
            "range": {"start": {"line": 4, "character": 14}, "end": {"line": 4, "character": 25}},
            "related": [
                {
                    "path": "app/my orders.py",
                    "range": {"start": {"line": 2, "character": 25}, "end": {"line": 2, "character": 38}},
                    "message": "the query loads no items",
                }
            ],
            "fix": {"title": "add `.options(selectinload(Order.items))`", "safety": "safe"},
        },
        {
            "code": "ALC601",
            "name": "n-plus-one",
            "severity": "warning",
            "message": MESSAGE,
            "path": "app/my orders.py",
            "range": {"start": {"line": 4, "character": 14}, "end": {"line": 4, "character": 25}},
            "related": [],
            "fix": {"title": "batch the query", "safety": "unsafe"},
        },
    ]
    assert written("json") == "[]\n"


# ---- sarif


def test_sarif() -> None:
    document = json.loads(written("sarif", FULL, finding(severity=Severity.HINT)))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert run["tool"]["driver"]["name"] == "sqlassay"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["ALC601"]
    assert run["columnKind"] == "utf16CodeUnits"
    first, second = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"], second["level"]) == ("ALC601", 0, "warning", "note")
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "app/my%20orders.py"},
                "region": {"startLine": 5, "startColumn": 15, "endLine": 5, "endColumn": 26},
            }
        }
    ]
    assert first["relatedLocations"][0]["message"] == {"text": "the query loads no items"}
    assert "relatedLocations" not in second


def test_sarif_describes_the_rules_it_names(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text("BAD WORSE\n")
    document = json.loads(sqlassay("check", "--output-format", "sarif").out)
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["ALC301", "ALC601"]
    assert rules[0]["shortDescription"] == {"text": "About mutable-column-default."}
    assert rules[0]["fullDescription"] == {"text": "Because."}
    assert rules[0]["defaultConfiguration"] == {"level": "error"}


def test_sarif_of_an_absolute_path_is_a_file_uri(tmp_path: Path) -> None:
    path = (tmp_path / "a b.py").as_posix()
    document = json.loads(written("sarif", finding(path=path)))
    location = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == (tmp_path / "a b.py").as_uri()


def test_sarif_without_findings_is_whole() -> None:
    assert json.loads(written("sarif"))["runs"][0]["results"] == []


# ---- github


def test_github_escapes_what_it_must() -> None:
    said = written("github", finding(message="50 %\nof, it: all", path="a,b:c.py", severity=Severity.ERROR))
    assert said == (
        "::error title=ALC601 n-plus-one,file=a%2Cb%3Ac.py,line=5,endLine=5,col=14,endColumn=25::50 %25%0Aof, it: all\n"
    )


def test_github_of_several_lines_has_no_columns_and_tells_related_places() -> None:
    source = SourceText.from_str("f(\n1)\n")
    entry = finding(source, b"f(\n1)", message="m", severity=Severity.INFO, related=((QUERY, "here"),))
    assert written("github", entry) == (
        "::notice title=ALC601 n-plus-one,file=app/my orders.py,line=1,endLine=2::m%0Aapp/my orders.py:3:26: here\n"
    )


# ---- junit


def test_junit() -> None:
    root = ElementTree.fromstring(written("junit", FULL, finding(path="b.py", message="<&> \x00 日本")))
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "2")
    assert [suite.get("name") for suite in root] == ["app/my orders.py", "b.py"]
    case = root[0][0]
    assert (case.get("name"), case.get("classname"), case.get("line")) == (
        "ALC601 n-plus-one",
        "app/my orders.py",
        "5",
    )
    failure = root[1][0][0]
    assert failure.get("message") == "<&> \ufffd 日本"
    assert failure.text == "<&> \ufffd 日本\nb.py:5:14"
    assert "app/my orders.py:3:26: the query loads no items" in (root[0][0][0].text or "")


def test_junit_without_findings_has_one_case_that_passed() -> None:
    root = ElementTree.fromstring(written("junit"))
    assert (root.get("tests"), root.get("failures")) == ("1", "0")
    assert len(root[0]) == 1
    assert len(root[0][0]) == 0
