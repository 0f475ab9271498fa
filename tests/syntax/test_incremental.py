"""What is parsed again after an edit is what would be parsed anew, and what did not change is not lowered again."""

from __future__ import annotations

import random
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from sqlassay.syntax.changes import changed_range
from sqlassay.syntax.parser import ParsedModule, Parser
from sqlassay.syntax.place import Place
from sqlassay.syntax.source import SourceText

STDLIB = Path(sysconfig.get_path("stdlib"))
PIECES = (
    *"()[]{}\"'\\\n#.,:=@ ",
    *('"""', "'''", "\n\n", "    ", "\t", "# noqa\n", "def ", "class A:\n", "if ", "else:", "try:", "except:"),
    *("for x in ", "lambda ", "await ", 'f"{', '}"', "é", "𝄞", "\r\n", "import ", "return", "case ", "print x"),
)


def view(module: ParsedModule) -> list[tuple[Any, ...]]:
    return [(each.anchor, each.start, each.text, each.broken, each.node) for each in module.statements]


def edit(source: SourceText, draw: random.Random) -> SourceText:
    """One edit, as a person makes them: mostly small."""
    size = len(source.data)
    start = draw.randrange(size + 1)
    kind = draw.random()
    if kind < 0.3:
        return source.edited(start, start + draw.randrange(1, 60), "")
    if kind < 0.7:
        return source.edited(start, start, draw.choice(PIECES))
    if kind < 0.75:
        return source.edited(start, size, "")
    if kind < 0.9:
        return source.edited(start, start + draw.randrange(8), "".join(draw.choices(PIECES, k=draw.randrange(6))))
    copied = draw.randrange(size + 1)
    return source.edited(start, start, source.data[copied : copied + draw.randrange(200)].decode("utf-8", "replace"))


@pytest.mark.parametrize("name", ["bisect.py", "contextlib.py", "queue.py", "sched.py", "shelve.py", "timeit.py"])
def test_edits_one_after_the_other(name: str) -> None:
    draw = random.Random(name)
    first = SourceText.from_bytes((STDLIB / name).read_bytes())
    parser = Parser()
    for _ in range(3):
        source, module = first, parser.parse(first)
        for _ in range(6):
            source = edit(source, draw)
            module = parser.parse(source, module)
            assert view(module) == view(Parser().parse(source)), source.text


def test_a_line_typed_and_taken_back_letter_by_letter() -> None:
    parser = Parser()
    source = SourceText.from_str(
        "import os\n\n\nclass A:\n    def f(self):\n        x = 1\n        return x\n\n\ny = 2\n"
    )
    module = parser.parse(source)
    whole = view(module)
    at = source.data.index(b"        return")
    typed = "        for each in self.g(x)[1:]:\n            print(f'{each.a!r}', end=\"\")\n"
    for count, letter in enumerate(typed):
        source = source.edited(at + count, at + count, letter)
        module = parser.parse(source, module)
        assert view(module) == view(Parser().parse(source)), source.text
        assert module.by_anchor["= y"].node == whole[-1][-1]
    assert not module.broken
    for count in reversed(range(len(typed))):
        source = source.edited(at + count, at + count + 1, "")
        module = parser.parse(source, module)
        assert view(module) == view(Parser().parse(source)), source.text
    assert view(module) == whole


def test_edits_of_what_only_python_can_read() -> None:
    parser = Parser()
    source = SourceText.from_str("x = 1\nclass A[T = int]:\n    y = 2\nz = 3\n")
    module = parser.parse(source)
    for letter in "b = c.d()\n":
        at = source.data.index(b"z = 3")
        source = source.edited(at, at, letter)
        module = parser.parse(source, module)
        assert view(module) == view(Parser().parse(source)), source.text
    assert not module.broken


@pytest.mark.parametrize("typed", ["z = 3\n", "z = foo(\n", "z = a.\n", "# a comment\n", "'''\n"])
def test_only_the_statement_with_the_edit_is_lowered(typed: str) -> None:
    parser = Parser()
    source = SourceText.from_str("import os\ndef f():\n    x\n    y\ndef g():\n    z\nv = 1\n")
    before = parser.parse(source)
    known = {id(statement.node) for statement in before.statements}
    at = source.data.index(b"def f") + len(b"def f():\n")
    after = parser.parse(source.edited(at, at, "    " + typed), before)
    assert [id(each.node) in known for each in after.statements if each.anchor in ("def g", "= v")] == [True, True]
    assert id(after.statements[0].node) in known


def test_a_line_typed_above_moves_nothing_inside() -> None:
    parser = Parser()
    source = SourceText.from_str("x = 1\ndef f():\n    return x\n")
    before = parser.parse(source)
    place = Place("m.py", "def f", 13, 21)
    start, end = before.resolve(place)
    assert source.data[start:end] == b"return x"
    moved = source.edited(0, 0, "import os\n\n\n")
    after = parser.parse(moved, before)
    start, end = after.resolve(place)
    assert moved.data[start:end] == b"return x"
    assert after.by_anchor["def f"].node is before.by_anchor["def f"].node
    with pytest.raises(KeyError):
        after.resolve(Place("m.py", "def g", 0, 1))


def test_a_version_is_not_touched_by_the_next() -> None:
    parser = Parser()
    source = SourceText.from_str("def f():\n    a\ndef g():\n    b\n")
    before = parser.parse(source)
    parser.parse(source.edited(0, 0, "x = (\n"), before)
    assert view(before) == view(Parser().parse(source))


def test_anchors() -> None:
    text = (
        "'''doc'''\nimport os\nfrom a import b\nx = 1\nx: int = 2\ny: int\nz.w = 1\na = b = 1\n"
        "def f(): pass\nasync def g(): pass\n@c\n@d(\n    1\n)\ndef f(): pass\n@e\nclass A: pass\n"
        "if x:\n    pass\nimport os\nx += 1\nx == 1\ntry: pass\nfinally: pass\né = 1\n"
    )
    module = Parser().parse(SourceText.from_str(text))
    named = [each.anchor for each in module.statements if not each.anchor.startswith("# ")]
    assert named == ["= x", "= x~2", "= y", "= a", "def f", "def g", "def f~2", "class A", "= é"]
    hashed = [each.anchor for each in module.statements if each.anchor.startswith("# ")]
    assert len(set(hashed)) == len(hashed) == 9
    assert module.docstring == "doc"


def test_an_edit_in_a_body_leaves_the_anchor() -> None:
    parser = Parser()
    source = SourceText.from_str("@a\ndef f():\n    b\n")
    module = parser.parse(source)
    body = source.data.index(b"b\n")
    for at in (source.data.index(b"\n    b"), body, body + 1):
        edited = source.edited(at, at, "(")
        assert [each.anchor for each in parser.parse(edited, module).statements] == ["def f"], edited.text


LIST = "X = [\n" + "1,\n" * 500 + "]\n"
VERSIONS = {
    "a line end far from the edit": [
        "from a import b\n\n\nimport c\n",
        "from a\n\n\nimport c\n",
    ],
    "a clause that is lost, and another statement that is not whole": [
        "try:\n    a\nfinally:\n    b\ntry:\n    x = f(\nexcept A:\n    b\n",
        "else:\n    a\ntry:\n    x = f(\nexcept A:\n    b\n",
        "else:\n    a\ntry:\n    x = f(1, \nexcept A:\n    b\n",
        "x\ntry:\n    x = f(1, \nexcept A:\n    b\n",
    ],
    "a long list at the margin": [f"{LIST}y = 1\n", f"{LIST}y = (1\n", f"{LIST}y = (1)\n"],
    "an odd quote": [
        "# A quote: \"\"\".\nx = '''\nimport os\n'''\ny = 1\n",
        "# A quote: \"\"\".\nx = '''\nimport os\n'''\ny = (1\n",
        "# A quote: \"\"\".\nx = '''\nimport os\n'''\ny = (1)\n",
    ],
    "a mark alone": ["x = (\n,\n", "y = (\n,\n", "y = \n,\n"],
}


@pytest.mark.parametrize("name", VERSIONS)
def test_versions_one_after_the_other(name: str) -> None:
    parser = Parser()
    module = None
    for text in VERSIONS[name]:
        source = SourceText.from_str(text)
        module = parser.parse(source, module)
        fresh = Parser().parse(source)
        assert (view(module), module.parsed) == (view(fresh), fresh.parsed), text


@pytest.mark.parametrize(
    "text",
    ["try:\n    from a import *\nexcept A:\n    b\n", "def f(a, *,\n      b): pass\n", "x = [\n    a.\n    b\n]\n"],
)
def test_lines_that_end_where_they_should_cost_nothing(text: str) -> None:
    module = Parser().parse(SourceText.from_str(text))
    assert module.tree is module.as_it_is


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"", b"", (0, 0, 0)),
        (b"abc", b"abc", (3, 3, 3)),
        (b"abc", b"axc", (1, 2, 2)),
        (b"abc", b"abxc", (2, 2, 3)),
        (b"aaa", b"aa", (2, 3, 2)),
        (b"", b"x", (0, 0, 1)),
        (b"xyz", b"", (0, 3, 0)),
        (b"abab", b"ababab", (4, 4, 6)),
    ],
)
def test_changed_range(old: bytes, new: bytes, expected: tuple[int, int, int]) -> None:
    assert changed_range(old, new) == expected
