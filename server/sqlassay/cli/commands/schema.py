"""`sqlassay schema`: the models and tables of a project."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from msgspec import to_builtins

from sqlassay.cli import exits
from sqlassay.cli.projects import open_projects
from sqlassay.cli.style import shown_path


def run(options: argparse.Namespace) -> int:
    """Write a JSON list of the mapped classes in the files that were named. Lines count from 1."""
    out: list[dict[str, Any]] = []
    for project in open_projects(options):
        named = tuple(os.path.abspath(path) for path in project.paths)
        out.extend(
            {**to_builtins(model), "path": shown_path(model.path)}
            for model in project.workspace.schema().models
            if any(model.path == path or model.path.startswith(path.rstrip(os.sep) + os.sep) for path in named)
        )
    json.dump(out, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return exits.CLEAN
