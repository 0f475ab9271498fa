"""A Mermaid entity relationship diagram: GitHub, GitLab and many editors draw it."""

from __future__ import annotations

import re
from typing import TextIO

from sqlassay.cli.style import Style
from sqlassay.linter import Box, Line, Schema, SchemaColumn, diagram_of

# Words that Mermaid's grammar reads as its own, in any case: as the name of an entity, and as that of a column.
_NO_ENTITY = frozenset(
    "accdescr acctitle class classdef direction end erdiagram many one only optionally style subgraph title to u "
    "zero".split()
)
_NO_COLUMN = frozenset(("fk", "pk", "uk"))


def write(schema: Schema, out: TextIO, style: Style) -> None:
    diagram = diagram_of(schema)
    names: dict[int, str] = {}
    out.write("erDiagram\n")
    for number, box in enumerate(diagram.boxes):
        names[number] = _unique(_identifier(box.title, _NO_ENTITY), set(names.values()))
        out.write(f'    {names[number]}["{_text(_title(box))}"]{_body(box)}\n')
    for line in diagram.lines:
        ends = f"{names[line.parent]} {_cardinality(line)} {names[line.child]}"
        out.write(f'    {ends} : "{_text(line.label)}"\n')


def _title(box: Box) -> str:
    others = [each for each in box.models if each != box.title]
    return f"{box.title} ({', '.join(others)})" if others else box.title


def _body(box: Box) -> str:
    if not box.columns:
        return ""
    rows = "".join(f"        {_row(each)}\n" for each in box.columns.values())
    return f" {{\n{rows}    }}"


def _row(column: SchemaColumn) -> str:
    keys = [
        key
        for key, holds in (("PK", column.primary_key), ("FK", bool(column.foreign_keys)), ("UK", column.unique))
        if holds
    ]
    name = _identifier(column.name, _NO_COLUMN)
    said = [f"column {column.name}"] if name != column.name else []
    if column.nullable:
        said.append("null")
    comment = f' "{_text(", ".join(said))}"' if said else ""
    return f"{_type(column.type)} {name}{' ' + ', '.join(keys) if keys else ''}{comment}"


def _type(text: str | None) -> str:
    """One word of letters, digits, `_`, `-` and brackets: `NUMERIC(10, 2)` becomes `NUMERIC(10-2)`."""
    word = re.sub(r"[^A-Za-z0-9_\-\[\]()]", "_", re.sub(r"\s*,\s*", "-", text or "unknown"))
    return word if word[:1].isalpha() else f"_{word}"


def _cardinality(line: Line) -> str:
    if line.both_many:
        return "}o--o{"
    return f"{'||' if line.required else '|o'}--{'o|' if line.alone else 'o{'}"


def _identifier(name: str, reserved: frozenset[str]) -> str:
    word = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if not word[:1].isalpha() and word[:1] != "_":
        word = f"_{word}"
    return f"{word}_" if word.lower() in reserved else word


def _unique(word: str, taken: set[str]) -> str:
    number, found = 2, word
    while found in taken:
        found, number = f"{word}_{number}", number + 1
    return found


def _text(text: str) -> str:
    """What may stand in quotes."""
    return re.sub(r'["\\%\r\n]', "'", text)
