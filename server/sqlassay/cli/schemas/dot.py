"""A Graphviz diagram: `sqlassay schema --format dot | dot -Tsvg -o schema.svg`."""

from __future__ import annotations

import html
from typing import TextIO

from sqlassay.cli.style import Style
from sqlassay.linter import Box, Line, Schema, SchemaColumn, diagram_of

_HEAD = """\
digraph schema {
    graph [rankdir=RL, nodesep=0.4, ranksep=1.2, fontname="Helvetica"]
    node [shape=plain, fontname="Helvetica", fontsize=11]
    edge [dir=both, fontname="Helvetica", fontsize=9, color="#5c6370", fontcolor="#5c6370"]
"""


def write(schema: Schema, out: TextIO, style: Style) -> None:
    diagram = diagram_of(schema)
    out.write(_HEAD)
    ports = [{name: f"c{number}" for number, name in enumerate(box.columns)} for box in diagram.boxes]
    for number, box in enumerate(diagram.boxes):
        out.write(f"    t{number} [label=<{_table(box, ports[number])}>]\n")
    for line in diagram.lines:
        child = f"t{line.child}" + _port(ports[line.child], line)
        out.write(f"    {child} -> t{line.parent} [{_marks(line)}, label={_quoted(line.label)}]\n")
    out.write("}\n")


def _port(ports: dict[str, str], line: Line) -> str:
    port = ports.get(line.columns[0]) if line.columns and not line.both_many else None
    return f":{port}" if port is not None else ""


def _marks(line: Line) -> str:
    """Crow's feet: at the tail how many children a parent has, at the head whether a child has a parent."""
    if line.both_many:
        return "arrowtail=crowodot, arrowhead=crowodot"
    tail = "teeodot" if line.alone else "crowodot"
    head = "teetee" if line.required else "teeodot"
    return f"arrowtail={tail}, arrowhead={head}"


def _table(box: Box, ports: dict[str, str]) -> str:
    models = ", ".join(each for each in box.models if each != box.title)
    below = f'<BR/><FONT POINT-SIZE="9">{html.escape(models)}</FONT>' if models else ""
    head = f'<TR><TD COLSPAN="3" BGCOLOR="#dfe7f2"><B>{html.escape(box.title)}</B>{below}</TD></TR>'
    rows = "".join(_row(each, ports[name]) for name, each in box.columns.items())
    return f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4" COLOR="#9aa5b1">{head}{rows}</TABLE>'


def _row(column: SchemaColumn, port: str) -> str:
    name = html.escape(column.name)
    keys = [
        key
        for key, holds in (("PK", column.primary_key), ("FK", bool(column.foreign_keys)), ("UQ", column.unique))
        if holds
    ]
    null = " null" if column.nullable else ""
    cells = (
        f'<TD PORT="{port}" ALIGN="LEFT">{f"<B>{name}</B>" if column.primary_key else name}</TD>',
        f'<TD ALIGN="LEFT">{html.escape((column.type or "?") + null)}</TD>',
        f'<TD ALIGN="LEFT">{" ".join(keys) or " "}</TD>',
    )
    return f"<TR>{''.join(cells)}</TR>"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
