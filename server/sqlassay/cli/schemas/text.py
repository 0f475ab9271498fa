"""Each model with its table, columns, keys and relationships, for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from sqlassay.cli.style import Style, counted, shown_path
from sqlassay.linter import Schema, SchemaColumn, SchemaModel, SchemaRelationship, SchemaTable

_UNKNOWN = "?"
_NULL = {True: "null", False: "not null", None: _UNKNOWN}
_DEFAULT_LAZY = "select"

Cell = tuple[str, tuple[str, ...]]
"""Text and the names of its colours."""


def write(schema: Schema, out: TextIO, style: Style) -> None:
    for model in schema.models:
        out.write(_head(model.model, f"table {model.table or _UNKNOWN}", model, style))
        _rows(map(_column, model.columns), out, style)
        if model.relationships:
            out.write("\n")
            _rows(map(_relationship, model.relationships), out, style)
        out.write("\n")
    for table in schema.tables:
        out.write(_head(table.table, "table without a model", table, style))
        _rows(map(_column, table.columns), out, style)
        out.write("\n")
    said = [counted(len(schema.models), "model")]
    if schema.tables:
        said.append(f"{counted(len(schema.tables), 'table')} without one")
    out.write(f"{style.paint(', '.join(said), 'bold')}\n")


def _head(name: str, what: str, declared: SchemaModel | SchemaTable, style: Style) -> str:
    place = style.paint(f"{shown_path(declared.path)}:{declared.line}", "dim")
    return f"{style.paint(name, 'bold', 'cyan')}  {what}  {place}\n"


def _column(column: SchemaColumn) -> tuple[Cell, ...]:
    name = column.attribute or column.name
    renamed = f" ({column.name})" if name != column.name else ""
    keys = [
        word
        for word, holds in (
            ("primary key", column.primary_key),
            ("unique", column.unique),
            ("index", column.index and not column.unique),
        )
        if holds
    ]
    keys += [f"-> {target}" for target in column.foreign_keys]
    colour = ("yellow",) if column.primary_key else ()
    return (
        (name + renamed, colour),
        (column.type or _UNKNOWN, ()),
        (_NULL[column.nullable], ("dim",)),
        (", ".join(keys), ("green",)),
    )


def _relationship(relationship: SchemaRelationship) -> tuple[Cell, ...]:
    target = relationship.target or _UNKNOWN
    many = relationship.uselist
    if many is None:
        many = relationship.direction != "many-to-one" if relationship.direction else None
    said = []
    if relationship.secondary:
        said.append(f"through {relationship.secondary}")
    if relationship.back_populates:
        said.append(f"other side {relationship.back_populates}")
    if relationship.lazy != _DEFAULT_LAZY:
        said.append(f"lazy {relationship.lazy or _UNKNOWN}")
    return (
        (relationship.name, ()),
        (f"list of {target}" if many else target, ("cyan",)),
        (relationship.direction or _UNKNOWN, ()),
        (", ".join(said), ("dim",)),
    )


def _rows(rows: Iterable[tuple[Cell, ...]], out: TextIO, style: Style) -> None:
    """Aligned columns, painted after they are measured."""
    table = list(rows)
    widths = [max(len(row[column][0]) for row in table) for column in range(len(table[0]))] if table else []
    for row in table:
        last = max(column for column, (text, _) in enumerate(row) if text)
        padded = (
            style.paint(text, *colours) + " " * (widths[column] - len(text) if column < last else 0)
            for column, (text, colours) in enumerate(row[: last + 1])
        )
        out.write(f"    {'  '.join(padded)}\n")
