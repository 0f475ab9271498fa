"""`sqlassay schema`: the models and tables of a project."""

from __future__ import annotations

import argparse
import io
import os
import sys

from sqlassay.cli import exits, schemas
from sqlassay.cli.exits import Failure
from sqlassay.cli.progress import Progress
from sqlassay.cli.projects import open_projects
from sqlassay.cli.style import Style, counted, shown_path, style_for
from sqlassay.cli.writing import write_atomically
from sqlassay.config.errors import nearest
from sqlassay.linter import Schema, SchemaModel, SchemaTable, neighbours


def run(options: argparse.Namespace) -> int:
    """Show what the named files declare; 2 where one of them could not be read."""
    schema, complete = _gather(options)
    if options.model:
        schema = neighbours(schema, _named(schema, options.model))
    elif not schema.models and not schema.tables and not options.quiet:
        print("sqlassay: warning: there is no model and no table", file=sys.stderr)
    writer = schemas.load(options.output_format)
    if options.output_file:
        text = io.StringIO()
        writer.write(schema, text, Style(False))
        write_atomically(options.output_file, text.getvalue().encode("utf-8"))
        if not options.quiet:
            written = shown_path(os.path.abspath(options.output_file))
            print(f"sqlassay: wrote {counted(len(schema.models), 'model')} to {written}", file=sys.stderr)
    else:
        writer.write(schema, sys.stdout, style_for(sys.stdout))
    return exits.CLEAN if complete else exits.FAILED


def _gather(options: argparse.Namespace) -> tuple[Schema, bool]:
    """What the files declare, in the order of their paths and lines, and whether all that were named could be read."""
    models: list[SchemaModel] = []
    tables: list[SchemaTable] = []
    named = {os.path.abspath(path) for path in options.paths}
    complete = True
    with Progress(not options.quiet) as progress:
        for project in open_projects(options):
            wanted = set(project.workspace.discover(project.paths)) if project.paths else set()
            project.workspace.index(progress.report, wanted)
            schema = project.workspace.schema()
            models += (each for each in schema.models if each.path in wanted)
            tables += (each for each in schema.tables if each.path in wanted)
            for path in sorted(wanted & named):
                if project.workspace.source(path) is None:
                    print(f"sqlassay: warning: {shown_path(path)}: cannot be read", file=sys.stderr)
                    complete = False
    models.sort(key=lambda each: (each.path, each.line))
    tables.sort(key=lambda each: (each.path, each.line))
    return Schema(tuple(models), tuple(tables)), complete


def _named(schema: Schema, names: list[str]) -> list[SchemaModel | SchemaTable]:
    """The models and tables of these names: class, module and class, or table."""
    known: dict[str, list[SchemaModel | SchemaTable]] = {}
    for model in schema.models:
        for name in {model.model, f"{model.module}.{model.model}", model.table or model.model}:
            known.setdefault(name, []).append(model)
    for table in schema.tables:
        known.setdefault(table.table, []).append(table)
    found: list[SchemaModel | SchemaTable] = []
    for name in names:
        if name not in known:
            raise Failure(f'no model or table is called "{name}"{nearest(name, known)}')
        found += known[name]
    return found
