"""A function parsed alone is the function that stands in its file's tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlassay.project.bodies import Bodies, bodies
from sqlassay.project.files import Files

ROOT = Path(__file__).parents[2]

TRICKY = '''\
# -*- coding: utf-8 -*-
import functools


if True:
    def guarded(name="é"):
        return "ü", name
else:
    def guarded(name): return name


class Repo:
    """A docstring
that begins at the margin."""

    @functools.cached_property
    def name(self):
        text = """
        not code: def other(self): ...
"""
        return text

    @property
    def twice(self): return 1

    @twice.setter
    def twice(self, value):
        self.value = value

    class Inner:
        async def deep(self, *, a: int = 1) -> "int":
            \treturn a
    def same(self): return 1
    def same(self): return 2


class Repo:
    def find(self): pass


def last(): return [
  each for each in range(3)
]'''


def _sources(tmp_path: Path) -> list[Path]:
    tricky = tmp_path / "tricky.py"
    tricky.write_text(TRICKY, encoding="utf-8")
    windows = tmp_path / "windows.py"
    windows.write_bytes(TRICKY.replace("\n", "\r\n").encode())
    marked = tmp_path / "marked.py"
    marked.write_bytes(b"\xef\xbb\xbf" + TRICKY.encode())
    ours = sorted((ROOT / "server" / "sqlassay" / "semantics").glob("*.py"))
    return [tricky, windows, marked, *sorted((ROOT / "examples" / "shop").rglob("*.py")), *ours]


def test_alone_or_in_its_tree_it_is_the_same(tmp_path: Path) -> None:
    files = Files()
    compared = 0
    for path in map(str, _sources(tmp_path)):
        facts = files.facts(path)
        parsed = files.parsed(path)
        assert facts is not None
        assert parsed is not None
        in_tree = {
            fact.qualname: bodies(parsed.by_anchor[fact.anchor])[fact.start] for fact in facts.functions.values()
        }
        files.let_go(path)
        apart = Bodies(files)
        for fact in facts.functions.values():
            assert apart.of(path, fact) == in_tree[fact.qualname], (path, fact.qualname)
            assert files.at_hand(path) is None, "it was looked for in the whole file"
            compared += 1
    assert compared > 300


@pytest.mark.parametrize(
    "broken",
    [
        "def f(:\n    return 1\n",
        "class A:\n    def f(self):\n        return (\n",
        "def f(a):\n    x = a.\n    return x\n",
    ],
)
def test_what_does_not_parse_is_left_to_the_whole_file(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def whole():\n    return 1\n\n\n" + broken)
    files = Files()
    facts = files.facts(str(path))
    assert facts is not None
    files.let_go(str(path))
    for fact in facts.functions.values():
        body = Bodies(files).of(str(path), fact)
        assert body is None or body.node.start == fact.start
        whole = files.parsed(str(path))
        assert whole is not None
        assert body == bodies(whole.by_anchor[fact.anchor]).get(fact.start)
        files.let_go(str(path))


def test_an_edit_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "edited.py"
    path.write_text("def f():\n    return 1\n")
    files = Files()
    apart = Bodies(files)
    before = files.facts(str(path))
    assert before is not None
    files.let_go(str(path))
    first = apart.of(str(path), before.functions["f"])
    path.write_text("x = 1\n\n\ndef f():\n    return 12345\n")
    files.refresh(str(path))
    files.let_go(str(path))
    after = files.facts(str(path))
    assert after is not None
    second = apart.of(str(path), after.functions["f"])
    assert first is not None
    assert second is not None
    assert first.node.end < second.node.end
