"""`sqlassay config`: what holds for a file, and where that is from."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from sqlassay.cli import exits
from sqlassay.cli.projects import overrides
from sqlassay.cli.style import style_for
from sqlassay.config import Config
from sqlassay.config.describe import describe, plain
from sqlassay.config.roots import project_root


def run(options: argparse.Namespace) -> int:
    """Print what holds for the path; it need not exist."""
    path = os.path.abspath(options.path)
    root = project_root(path)
    config = Config.load(
        root, overrides=overrides(options), file=options.config, isolated=options.isolated, origin="command line"
    )
    described = describe(config, Path(path))
    if options.output_format == "json":
        print(json.dumps(plain(described, root), indent=2))
        return exits.CLEAN
    style = style_for(sys.stdout)
    rows = [
        ("file", described.path, "excluded by " + described.excluded_by if described.excluded_by else ""),
        ("project", root, ""),
        ("configuration", described.file or "none", ""),
        ("SQLAlchemy", described.sqlalchemy, described.sqlalchemy_source),
        *((name, _text(value), origin) for name, (value, origin) in described.values.items()),
    ]
    for name, value, origin in rows:
        print(f"{style.paint(name, 'bold')}: {value}" + (style.paint(f"  # {origin}", "dim") if origin else ""))
    print(style.paint(f"rules that are on ({len(described.enabled)})", "bold") + ":")
    for code, (name, severity) in described.enabled.items():
        print(f"  {code} {name} ({severity})")
    return exits.CLEAN


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_text(each)}" for name, each in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "not set" if value is None else str(value)
