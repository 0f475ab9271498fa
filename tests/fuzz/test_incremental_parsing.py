"""However a text came to be, it is parsed to the same: after each edit, what `Parser` made of the previous version and
the edit is compared with what it makes of the new text alone.

`SQLASSAY_CORPUS=folder` takes the files from a folder, `SQLASSAY_FUZZ=50` tries fifty times as many sequences.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fuzz.damage import OTHERS, SHOP
from sqlassay.syntax.parser import ParsedModule, Parser
from sqlassay.syntax.source import SourceText, Unreadable

CORPUS = os.environ.get("SQLASSAY_CORPUS")
FACTOR = int(os.environ.get("SQLASSAY_FUZZ", "1"))
SEQUENCES = 15
"""How many sequences of edits one test makes."""

EDITS = 6
MAX_BYTES = 1500
"""How much of a file a sequence works on: a few statements, whole."""

TYPED = (
    "x = a.",
    "    rows = session.query(User).filter(User.id == 1)\n",
    "session.execute(select(User).where(",
    "from a import (\n",
    "    from a import *\n",
    "from __future__ import annotations",
    "def g(self):\n        return 1\n",
    "    for each in rows:\n        each.name\n",
    "@property\n",
    "class User(Base):\n    id: int = 1\n\n\n",
    'text(f"{a}")\n',
    "# sqlassay: ignore[x]\n",
    '"""',
    "except ValueError as e:\n",
    "with a as b, c(\n",
)
"""What is typed letter by letter."""

PASTED = (
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        '"""',
        "'''",
        "\\",
        "\\\n",
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "\x0c",
        "\r\n",
    ),
    *(".", ",", ":", "=", "@", "*", "#", "->", 'f"{', '}"', "é", "𝄞", "# noqa\n", "print x\n", "not ", "lambda "),
    *("def f(", "class A:\n", "if ", "else:", "try:", "except:", "for x in ", "async ", "await ", "import ", "case "),
)
"""What comes all at once."""

PUNCTUATION = b"()[]{}'\":,.=\n"


def offered(module: ParsedModule) -> dict[str, Any]:
    """All that a version of a module says."""
    return {
        "statements": [(each.anchor, each.start, each.end, each.text, each.node) for each in module.statements],
        "broken": [each.broken for each in module.statements],
        "damaged": module.damaged,
        "parsed": module.parsed,
        "by_anchor": list(module.by_anchor),
        "anchor_starts": module.anchor_starts,
        "docstring": module.docstring,
        "comments": module.comments,
        "comments_between": module.comments_between(0, len(module.source.data)),
    }


# ------------------------------------------------------------------------ edits


def _type(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    """Letter by letter, and sometimes taken back."""
    start = at = _somewhere(source, draw)
    for letter in draw.choice(TYPED):
        source = source.edited(at, at, letter)
        at += len(letter.encode())
        yield source
    while at > start and draw.random() < 0.9:
        source = source.edited(at - 1, at, "")
        at -= 1
        yield source


def _delete_lines(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    first = draw.randrange(source.line_count)
    after = min(first + draw.choice((1, 1, 2, 8)), source.line_count - 1)
    yield source.edited(source.line_starts[first], source.line_starts[max(after, first)], "")


def _delete_in_line(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    """From somewhere to the end of the line."""
    start, end = source.line_span(draw.randrange(source.line_count))
    yield source.edited(draw.randint(start, end), end, "")


def _copy_lines(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    first, after, to = sorted(draw.choices(source.line_starts, k=3))
    yield source.edited(to, to, source.data[first:after][:2000].decode("utf-8", "replace"))


def _indent(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    start = draw.choice(source.line_starts)
    yield source.edited(start, start, draw.choice((" ", "    ", "\t")))


def _dedent(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    start = draw.choice(source.line_starts)
    blanks = len(source.data) - start - len(source.data[start:].lstrip(b" "))
    yield source.edited(start, start + min(blanks, draw.choice((1, 4, 8))), "")


def _paste(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    at = _somewhere(source, draw)
    yield source.edited(at, at + draw.choice((0, 0, 0, 5, 30)), draw.choice(PASTED))


def _unbalance(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    """A bracket, quote or other mark is lost, or becomes another."""
    marks = [index for index, byte in enumerate(source.data) if byte in PUNCTUATION]
    if marks:
        at = draw.choice(marks)
        yield source.edited(at, at + 1, draw.choice(("", "", *PUNCTUATION.decode())))


def _cut_end(source: SourceText, draw: random.Random) -> Iterator[SourceText]:
    yield source.edited(draw.randrange(len(source.data) // 2, len(source.data) + 1), len(source.data), "")


def _somewhere(source: SourceText, draw: random.Random) -> int:
    line = source.line_span(draw.randrange(source.line_count))
    return draw.choice((*line, draw.randint(0, len(source.data))))


ACTS: dict[Callable[[SourceText, random.Random], Iterator[SourceText]], int] = {
    _type: 8,
    _delete_lines: 3,
    _delete_in_line: 3,
    _copy_lines: 2,
    _indent: 1,
    _dedent: 2,
    _paste: 5,
    _unbalance: 3,
    _cut_end: 1,
}
"""What a person does to a text, and how often."""


# ------------------------------------------------------------------------ files


@cache
def texts() -> list[tuple[str, SourceText]]:
    if CORPUS is None:
        return [(name, SourceText.from_str(text)) for name, text in sorted((SHOP | OTHERS).items())]
    return [(str(path), source) for path in sorted(Path(CORPUS).rglob("*.py")) if (source := _read(path)) is not None]


def _read(path: Path) -> SourceText | None:
    try:
        return SourceText.from_bytes(path.read_bytes())
    except Unreadable:
        return None


def _part(source: SourceText, draw: random.Random) -> SourceText:
    """Some neighbouring statements of a text."""
    starts = [statement.start for statement in Parser().parse(source).statements]
    if not starts:
        return source
    first = draw.choice(starts)
    last = max(start for start in (*starts, len(source.data)) if start <= first + MAX_BYTES)
    return source.edited(last, len(source.data), "").edited(0, first, "") if last > first else source


@pytest.mark.parametrize("seed", range(6 * FACTOR))
def test_edits_give_what_the_text_alone_gives(seed: int) -> None:
    draw = random.Random(seed)
    parser = Parser()
    for _ in range(SEQUENCES):
        name, whole = draw.choice(texts())
        source = _part(whole, draw)
        module = parser.parse(source)
        for _ in range(EDITS):
            (act,) = draw.choices(list(ACTS), list(ACTS.values()))
            for new in act(source, draw):
                before, source = source, new
                module = parser.parse(source, module)
                expected = offered(Parser().parse(source))
                for what, value in offered(module).items():
                    assert value == expected[what], (
                        f"{what} of {name} after {act.__name__}: {before.data!r} to {source.data!r}"
                    )
