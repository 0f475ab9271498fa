"""The harness itself: each way in which a rule, a fix or the evaluator can be wrong is seen and said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from harness import cases, markdown
from harness.project import Found
from harness.promises import comments, parses
from harness.run import Mismatch, rule_case, rule_file, semantics_case

FIXES = {
    "bad": ("good", True),
    "risky": ("good", False),
    "lossy": ("good", True),
    "bald": ("good", True),
    "stuck": ("stuck", True),
    "growing": ("good + growing", True),
    "unparsable": ("good((", True),
    "refused": (None, True),
    "hidden": (None, None),
}
"""What the toy engine flags, what its fix makes of it, and whether it calls that safe."""

WORD = re.compile(r"\b(" + "|".join(FIXES) + r")\b(?=.*\()")


class Toy:
    """Flags the words of FIXES; its fixes break one promise each, but for the first two."""

    def __init__(self, files: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        self.files = dict(files)
        self.settings = settings

    def findings(self) -> list[Found]:
        return [
            Found(path, number, "ALC999", "toy", f"{word[1]} is found", safe, word[1] if safe is not None else None)
            for path, text in self.files.items()
            for number, line in enumerate(text.splitlines(), 1)
            for word in WORD.finditer(line.partition("#")[0])
            for safe in [FIXES[word[1]][1]]
            if "toy" in self.settings["select"]
        ]

    def problems(self) -> list[str]:
        return ["a rule raised"] if "crash" in self.settings else []

    def fixed_by(self, found: Found) -> dict[str, str] | None:
        new = FIXES[found.fix][0]
        if new is None:
            return None
        return {found.path: self._replaced(self.files[found.path], found.fix, new)}

    def fix_all(self, *, unsafe: bool) -> dict[str, str]:
        if "eager" in self.settings:
            unsafe = True
        texts = dict(self.files)
        for path in texts if "toy" in self.settings["select"] else ():
            for word, (new, safe) in FIXES.items():
                if new is not None and (safe or unsafe):
                    texts[path] = self._replaced(texts[path], word, new)
        return texts

    @staticmethod
    def _replaced(text: str, word: str, new: str) -> str:
        if word == "lossy" and word in text:
            text = re.sub("#.*", "", text)
        if word == "bald" and word in text:
            text = text.rstrip()
        return re.sub(rf"\b{word}\b(?=.*\()", new, text)

    def revealed(self) -> dict[str, dict[int, str]]:
        return {
            path: {number: "int" for number, line in enumerate(text.splitlines(), 1) if line[:1].isdigit()}
            for path, text in self.files.items()
        }


def one(section: str, code: str, heading: str = "A case", more: str = "") -> cases.Case:
    text = f"## {section}\n\n### {heading}\n{more}\n```python\n{code}```\n"
    return cases.cases(markdown.read(text), cases.SECTIONS)[0]


def said(case: cases.Case) -> list[Mismatch]:
    return list(rule_case(case, "toy", Toy))


def test_what_is_as_expected_says_nothing() -> None:
    assert said(one("Flags", "x = bad(1)  # expect: toy\ny = risky(1)  # expect: ALC999 [risky]\n")) == []
    assert said(one("Stays silent", "x = good(1)\n")) == []


@pytest.mark.parametrize(
    ("section", "code", "line", "message"),
    [
        ("Flags", "x = 1\ny = good(1)  # expect: toy\n", 7, "expected: toy\nfound: nothing\n    y = good(1)"),
        ("Flags", "x = bad(1)  # expect: ALC001\n", 6, "expected: ALC001\nfound: bad is found"),
        ("Flags", "x = bad(1)  # expect: toy [other]\n", 6, "expected: toy [other]\nfound: bad is found"),
        ("Flags", "x = bad(bad(1))  # expect: toy\n", 6, "not expected: ALC999 toy: bad is found"),
        ("Flags", "x = bad(1)  # expect: toy, toy\n", 6, "expected: toy\nfound: nothing"),
        ("Flags", "x = good(1)\n", 3, "announces no finding"),
        ("Stays silent", "x = bad(1)\n", 6, "not expected: ALC999 toy: bad is found\n    x = bad(1)"),
        ("Stays silent", "x = bad(1)  # expect: toy\n", 3, "should be silent announces a finding"),
        ("Across files", "x = good(1)\n", 3, "of one file"),
        ("Flags", "x = lossy(1)  # expect: toy\n", 6, "the fix of toy loses the comment '# expect: toy'"),
        ("Flags", "x = stuck(1)  # expect: toy\n", 6, "the fix of toy leaves 1 findings of the 1"),
        ("Flags", "x = growing(1)  # expect: toy\n", 6, "fixing a second time changes the text again"),
        ("Flags", "x = growing(1)  # expect: toy\n", 6, "fixing leaves a fix of toy on offer at line 1"),
        ("Flags", "x = unparsable(1)  # expect: toy\n", 6, "leaves code that does not parse:\nx = good((("),
        ("Flags", "x = refused(1)  # expect: toy\n", 6, "is offered but cannot be applied"),
    ],
)
def test_what_is_wrong_is_said_with_its_markdown_line(section: str, code: str, line: int, message: str) -> None:
    assert any(wrong.line == line and message in wrong.message for wrong in said(one(section, code)))


def test_an_unsafe_fix_applied_as_safe_is_seen() -> None:
    case = one("Flags", "x = risky(1)  # expect: toy\n", more="\n`sqlassay.toml`:\n```toml\neager = true\n```\n")
    assert any("no such fix is on offer" in wrong.message for wrong in said(case))


def test_a_problem_of_the_engine_is_said() -> None:
    case = one("Stays silent", "x = 1\n", more="\n`sqlassay.toml`:\n```toml\ncrash = true\n```\n")
    assert [wrong.message for wrong in said(case)] == ["the engine had a problem: a rule raised"]


def test_configuration_can_choose_the_rules() -> None:
    assert said(one("Stays silent", "x = bad(1)\n", more="\n`sqlassay.toml`:\n```toml\nselect = []\n```\n")) == []


def fix(before: str, after: str | None, level: str) -> list[str]:
    becomes = "becomes: unchanged" if after is None else f"becomes:\n```python\n{after}```"
    text = f"## Fix\n### A case ({level})\n```python\n{before}```\n{becomes}\n"
    return [wrong.message for wrong in said(cases.cases(markdown.read(text), cases.SECTIONS)[0])]


def test_a_fix_that_gives_the_text_says_nothing() -> None:
    assert fix("x = bad(1)\n", "x = good(1)\n", "safe") == []
    assert fix("x = risky(1)\n", "x = good(1)\n", "unsafe") == []
    assert fix("x = hidden(1)\n", None, "unsafe") == []


def test_a_fix_that_gives_another_text_is_shown() -> None:
    (message,) = fix("x = bad(1)\ny = 1\n", "x = better(1)\ny = 1\n", "safe")
    assert message == (
        "after safe fixes main.py is not as it should be:\n"
        "--- expected\n+++ found\n@@ -1,2 +1,2 @@\n-x = better(1)\n+x = good(1)\n y = 1"
    )


def test_a_lost_newline_at_the_end_is_shown() -> None:
    (message,) = fix("x = bald(1)\n", "x = good(1)\n", "safe")
    assert "-'x = good(1)\\n'\n+'x = good(1)'" in message


def test_a_fix_of_another_level_is_seen() -> None:
    (both,) = fix("x = bad(1)\n", "x = good(1)\n", "unsafe")
    assert "after safe fixes main.py" in both
    assert "-x = bad(1)\n+x = good(1)" in both
    (none,) = fix("x = risky(1)\n", "x = good(1)\n", "safe")
    assert "-x = good(1)\n+x = risky(1)" in none


def test_a_fix_where_none_should_be_is_seen() -> None:
    (message,) = fix("x = bad(1)\n", None, "safe")
    assert "-x = bad(1)\n+x = good(1)" in message


def whole(text: str, *, has_fix: bool = False) -> list[str]:
    found = cases.cases(markdown.read(text), cases.SECTIONS)
    return [wrong.message for wrong in rule_file(found, "toy", has_fix=has_fix)]


BLOCK = "```python\nx\n```\n"
FIX = f"## Fix\n### A (safe)\n{BLOCK}becomes:\n{BLOCK}"


def test_a_rule_file_owes_as_many_silent_programs_as_flagged_ones() -> None:
    assert whole(f"## Flags\n{BLOCK}{BLOCK}## Stays silent\n{BLOCK}{BLOCK}") == []
    (message,) = whole(f"## Flags\n{BLOCK}{BLOCK}## Stays silent\n{BLOCK}")
    assert message == "'## Stays silent' has 1 programs, '## Flags' 2: at least as many are needed"
    assert "nothing under '## Flags'" in whole(f"## Stays silent\n{BLOCK}")[0]


def test_a_rule_file_owes_a_fix_where_the_rule_has_one() -> None:
    both = f"## Flags\n{BLOCK}## Stays silent\n{BLOCK}"
    assert whole(both + FIX, has_fix=True) == []
    assert "no case under '## Fix'" in whole(both, has_fix=True)[0]
    assert "says that it has none" in whole(both + FIX)[0]


def revealed(code: str) -> list[tuple[int, str]]:
    (case,) = cases.cases(markdown.read(f"# Values\n\n## Numbers\n```python\n{code}```\n"))
    return [(wrong.line, wrong.message) for wrong in semantics_case(case, Toy)]


def test_semantics_are_compared_by_line() -> None:
    assert revealed("1  # revealed: int\nx = 2\n") == []
    assert revealed("1  # revealed: str\n") == [(5, "expected: str\nrevealed: int\n    1  # revealed: str")]
    assert revealed("x  # revealed: int\n") == [(5, "expected: int\nnothing is revealed here\n    x  # revealed: int")]
    assert revealed("1\n") == [(3, "this program expects nothing: say `# revealed:` somewhere")]


def test_newer_syntax_than_the_running_python_parses() -> None:
    assert parses("type X[T] = list[T]\n")
    assert parses("def f[T](x: T) -> T: ...\n")
    assert not parses("def f(:\n")


def test_comments_are_counted() -> None:
    assert comments("a = 1  # x\nb = '# y'\n# x\n") == {"# x": 2}
    assert comments("a = (\n") == {}
