"""A list of models, for programs. Tables without a model stand in `secondary` and in `foreign_keys` only."""

from __future__ import annotations

import json
from typing import Any, TextIO

from sqlassay.cli.style import Style, shown_path
from sqlassay.linter import Schema, SchemaModel

_COLUMN = ("name", "attribute", "type", "nullable", "primary_key", "foreign_keys", "index", "unique")
_RELATIONSHIP = ("name", "target", "direction", "lazy", "back_populates", "secondary", "uselist")


def write(schema: Schema, out: TextIO, style: Style) -> None:
    json.dump([_model(each) for each in schema.models], out, indent=2)
    out.write("\n")


def _model(model: SchemaModel) -> dict[str, Any]:
    return {
        "model": model.model,
        "module": model.module,
        "path": shown_path(model.path),
        "line": model.line,
        "table": model.table,
        "columns": [_only(each, _COLUMN) for each in model.columns],
        "relationships": [_only(each, _RELATIONSHIP) for each in model.relationships],
    }


def _only(thing: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}
