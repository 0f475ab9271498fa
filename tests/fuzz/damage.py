"""Real files, and what people, editors and disks do to them."""

from __future__ import annotations

import dataclasses
import heapq
import json.decoder
from pathlib import Path

from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent.parent
SHOP = {
    str(path.relative_to(ROOT / "examples" / "shop")): path.read_text("utf-8")
    for path in sorted((ROOT / "examples" / "shop").rglob("*.py"))
}
"""A whole project in which the rules find something."""

OTHERS = {
    path.name: path.read_text("utf-8")
    for path in (
        *(Path(str(module.__file__)) for module in (dataclasses, heapq, json.decoder)),
        ROOT / "server" / "sqlassay" / "rules" / "base.py",
        ROOT / "tests" / "rules" / "prove_support.py",
        ROOT / "tests" / "rules" / "legacy" / "prove_legacy_query_api.py",
    )
}
"""Files of other kinds: long ones, code that is about SQLAlchemy without being an application."""

SNIPPETS = (
    "session.",
    "select(",
    'text(f"{',
    "for x in ",
    '"""',
    "Mapped[",
    "relationship(",
    "\\\n",
    "\t",
    "\x0c",
    "é😀",
    "\r",
    "\r\n",
    "async ",
    "await ",
    "lambda: ",
    ")",
    "]",
    "}",
    "# noqa: ",
    "# sqlassay: ignore[",
    "class",
    "with ",
    "try:\n",
    "except",
    "=",
    ":=",
    "*",
    "@",
    "\x00",
)
"""What stands in a file while somebody types, and what stands there when something went wrong."""


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """The text after one to three accidents."""
    for _ in range(draw(st.integers(1, 3))):
        text = draw(st.sampled_from(ACCIDENTS))(draw, text)
    return text


def _cut_end(draw: st.DrawFn, text: str) -> str:
    return text[: draw(st.integers(0, len(text)))]


def _cut_start(draw: st.DrawFn, text: str) -> str:
    return text[draw(st.integers(0, len(text))) :]


def _lose_span(draw: st.DrawFn, text: str) -> str:
    start = draw(st.integers(0, len(text)))
    return text[:start] + text[start + draw(st.integers(0, 40)) :]


def _lose_line(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[draw(st.integers(0, len(lines) - 1))]
    return "".join(lines)


def _double_line(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        at = draw(st.integers(0, len(lines) - 1))
        lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
    return "".join(lines)


def _shift_line(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        at = draw(st.integers(0, len(lines) - 1))
        lines[at] = draw(st.sampled_from(("", " ", "    ", "\t"))) + lines[at].lstrip(" ")
    return "".join(lines)


def _type_snippet(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(SNIPPETS)) + text[at:]


def _type_anything(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.text(max_size=8)) + text[at:]


ACCIDENTS = (
    _cut_end,
    _cut_start,
    _lose_span,
    _lose_line,
    _double_line,
    _shift_line,
    _type_snippet,
    _type_anything,
)
