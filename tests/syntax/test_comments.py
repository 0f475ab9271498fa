"""What the comments that silence findings reach, and which of them are called unused."""

from __future__ import annotations

import pytest
from sqlassay.syntax.comments import Suppressions, Unused
from sqlassay.syntax.parser import Parser
from sqlassay.syntax.source import SourceText, TextEdit, apply_edits

KNOWN = frozenset({"ALC601", "n-plus-one", "ALC101", "engine-url-literal"})


def suppressions(text: str) -> Suppressions:
    return Suppressions(Parser().parse(SourceText.from_str(text)), KNOWN)


def silenced(text: str, at: str, code: str = "ALC601", name: str = "n-plus-one") -> bool:
    start = text.encode().index(at.encode())
    return suppressions(text).match(start, start + len(at), code, name)


def without(text: str, unused: list[Unused]) -> str:
    source = SourceText.from_str(text)
    return apply_edits(source, [TextEdit(*span, "") for each in unused for span in each.remove]).text


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa",
        "# NOQA",
        "# noqa: ALC601",
        "# noqa:ALC601",
        "# noqa : alc601",
        "# noqa: n-plus-one",
        "# noqa: F401, ALC601",
        "# noqa: F401 ALC601",
        "# noqa: E501,n-plus-one",
        "# noqa: ALC6",
        "# noqa: ALC601 because the list is short",
        "# type: ignore  # noqa: ALC601",
        "# noqa: ALC601  # type: ignore",
        "# noqa: F401  # sqlassay: ignore",
        "# sqlassay: ignore",
        "# sqlassay: ignore[ALC601]",
        "# sqlassay: ignore[n-plus-one, ALC101]",
        "# sqlassay:ignore[ engine-url-literal ,n-plus-one ] short list",
    ],
)
def test_silences(comment: str) -> None:
    assert silenced(f"x = 1\ny = order.items  {comment}\nz = 3\n", "order")


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: F401",
        "# noqa: ALC101",
        "# noqa: n-plus-on",
        "# noqa: n-plus-one-more",
        "# noqaAll",
        "# noqa-not",
        "# without noqa",
        "# sqlassay: ignore[ALC101]",
        "# sqlassay: ignore[]",
        "# sqlassay: ignored",
        "# sqlassay ignore",
        "# sqlassay: ignore-file",
        "# noqa: F401 n-plus-one",
        "'# noqa'",
    ],
)
def test_does_not_silence(comment: str) -> None:
    assert not silenced(f"x = 1\ny = order.items, {comment}\nz = 3\n", "order")


@pytest.mark.parametrize(
    ("text", "reached", "not_reached"),
    [
        ("a = 1\nb = 2  # noqa\nc = 3\n", ["b ="], ["a =", "c ="]),
        ("a; b  # noqa\nc\n", ["a;", "b"], ["c"]),
        # Any line of a simple statement stands for all of it.
        ("a = f(  # noqa\n    b,\n    c,\n)\nd\n", ["a =", "b,", "c,"], ["d"]),
        ("a = f(\n    b,  # noqa\n    c,\n)\nd\n", ["a =", "b,", "c,"], ["d"]),
        ("a = f(\n    b,\n    c,\n)  # noqa\nd\n", ["a =", "b,", "c,"], ["d"]),
        ("z\na = (\n    # noqa\n    b\n)\nd\n", ["a =", "b\n"], ["z", "d"]),
        ('a = """\nb\n"""  # noqa\nd\n', ["a =", "b\n"], ["d"]),
        ("a = \\\n    b  # noqa\nd\n", ["a =", "b "], ["d"]),
        # The header of a compound statement stands for the header.
        ("for a in b:  # noqa\n    c\nd\n", ["for", "b:"], ["c\n", "d"]),
        ("def f(\n    a,  # noqa\n    b,\n):\n    c\nd\n", ["def", "a,", "b,"], ["c\n", "d\n"]),
        ("@z(\n    y\n)\ndef f(a):  # noqa\n    c\n", ["@z", "y\n", "f(a)"], ["c\n"]),
        ("@z  # noqa\nclass A(\n    B\n):\n    c\n", ["@z", "A(", "B\n"], ["c\n"]),
        ("if a:\n    b\nelif c:  # noqa\n    d\n", ["elif", "c:"], ["if a", "b\n", "d\n"]),
        ("try:\n    a\nexcept (\n    B,\n    C,  # noqa\n):\n    d\n", ["except", "B,"], ["a\n", "d\n"]),
        ("with a as b, c(\n    e\n):  # noqa\n    d\n", ["with", "c(", "e\n"], ["d\n"]),
        ("class A:\n    x = f(\n        1\n    )  # noqa\n    y = 2\n", ["x =", "1\n"], ["class", "y ="]),
        ("if a: b  # noqa\nc\n", ["if", "b "], ["c"]),
        # A comment alone in its line, outside a statement, reaches nothing.
        ("a\n# noqa\nb\n", [], ["a", "b"]),
        # A string with the word in it is no comment.
        ("a = '# noqa'\n", [], ["a ="]),
        ('"""\n# noqa\n"""\n', [], ['"""']),
        # Nothing else is known of a statement that does not parse, but where it is.
        ("a = f(  # noqa\nb = 2\n", ["a ="], ["b ="]),
        ("def f():\n    x = a.\n    y = 2  # noqa\n    z = 3\n", ["y ="], ["x =", "z ="]),
        ("é = 'é'\nä = f(\n    ü,  # noqa\n)\nö\n", ["ä", "ü"], ["é", "ö"]),
    ],
)
def test_reach(text: str, reached: list[str], not_reached: list[str]) -> None:
    assert [at for at in reached if not silenced(text, at)] == []
    assert [at for at in not_reached if silenced(text, at)] == []


def test_ignore_file() -> None:
    assert silenced("a\n# sqlassay: ignore-file\nb\n", "a")
    assert silenced("a\n# sqlassay: ignore-file[n-plus-one]\nb\n", "b")
    assert silenced("def f():\n    a\n    # sqlassay: ignore-file[ALC601]\n", "a\n")
    assert not silenced("a\n# sqlassay: ignore-file[ALC101]\nb\n", "b")
    assert not silenced("a  # sqlassay: ignore-file\nb\n", "a"), "it must have a line of its own"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("a  # sqlassay: ignore\n", "a\n"),
        ("a  # noqa: ALC601\n", "a\n"),
        ("a  # noqa: ALC601", "a"),
        ("a\t# noqa: ALC601 for a reason\nb\n", "a\nb\n"),
        ("a  # noqa: F401, ALC601\n", "a  # noqa: F401\n"),
        ("a  # noqa: ALC601, F401\n", "a  # noqa: F401\n"),
        ("a  # noqa: E1,ALC601,E2,n-plus-one,ALC999\n", "a  # noqa: E1,E2\n"),
        ("a  # noqa: ALC601, ALC101\n", "a\n"),
        ("a  # type: ignore  # noqa: ALC601\n", "a  # type: ignore\n"),
        ("a  # noqa: ALC601  # type: ignore\n", "a  # type: ignore\n"),
        ("a  # sqlassay: ignore[nonsense]\n", "a\n"),
        ("a  # sqlassay: ignore[]\n", "a\n"),
        ("a\n# sqlassay: ignore-file[ALC601]\nb\n", "a\nb\n"),
        ("a\n    # sqlassay: ignore\nb\n", "a\nb\n"),
        ("a\n# sqlassay: ignore-file", "a\n"),
        ("a  # sqlassay: ignore-file\n", "a\n"),
        ("é  # sqlassay: ignore[ALC601, n-plus-one]\n", "é\n"),
    ],
)
def test_unused_is_removed(text: str, fixed: str, newline: str) -> None:
    text, fixed = text.replace("\n", newline), fixed.replace("\n", newline)
    found = suppressions(text).unused()
    assert len(found) == 1
    assert without(text, found) == fixed


@pytest.mark.parametrize(
    "text",
    ["a  # noqa\n", "a  # noqa: F401, E501\n", "a  # noqa: n-plus-on\n", "a  # noqa: because\n", "a  # noqa:\n", "a\n"],
)
def test_not_called_unused(text: str) -> None:
    assert suppressions(text).unused() == []


def test_what_silenced_something_is_used() -> None:
    found = suppressions("a  # noqa: ALC601, ALC101\n# sqlassay: ignore-file\n")
    assert [each.text for unused in found.unused() for each in unused.codes] == ["ALC601", "ALC101"]
    assert found.match(0, 1, "ALC601", "n-plus-one")
    (unused,) = found.unused()
    assert [code.text for code in unused.codes] == ["ALC101"]
    assert without("a  # noqa: ALC601, ALC101\n# sqlassay: ignore-file\n", [unused]) == (
        "a  # noqa: ALC601\n# sqlassay: ignore-file\n"
    )


def test_a_rule_that_did_not_run_may_yet_need_its_suppression() -> None:
    found = suppressions("a  # noqa: ALC601, ALC101, ALC999\n")
    ran = {"ALC101", "engine-url-literal"}
    assert [code.text for unused in found.unused(ran) for code in unused.codes] == ["ALC101", "ALC999"]


def test_where_the_codes_are() -> None:
    text = "é  # noqa: F401, ALC601\n"
    (suppression,) = suppressions(text).all
    assert suppression.codes is not None
    data = text.encode()
    assert [(data[code.start : code.end], code.ours) for code in suppression.codes] == [
        (b"F401", False),
        (b"ALC601", True),
    ]
    assert data[suppression.start : suppression.end] == b"# noqa: F401, ALC601"
