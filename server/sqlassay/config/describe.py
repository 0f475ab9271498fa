"""What holds for a file, as a person asks for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from msgspec import Struct

from sqlassay.config.resolve import Config
from sqlassay.project.environment import detect
from sqlassay.rules import base


class Description(Struct):
    """What holds for one file or folder, and where each part of it is from."""

    path: str
    excluded_by: str | None
    """Who keeps it from being checked when it is not named."""
    file: str | None
    """The configuration file."""
    values: dict[str, tuple[Any, str]]
    """Each key's value and where that is from."""
    enabled: dict[str, tuple[str, str]]
    """The rules that are on: name and severity by code."""
    sqlalchemy: str
    sqlalchemy_source: str


def plain(described: Description, root: str) -> dict[str, Any]:
    """A description of a file of the project at `root`, as JSON can hold it."""
    return {
        "path": described.path,
        "excluded_by": described.excluded_by,
        "project": root,
        "configuration": described.file,
        "sqlalchemy": {"versions": described.sqlalchemy, "source": described.sqlalchemy_source},
        "values": {name: {"value": value, "source": source} for name, (value, source) in described.values.items()},
        "rules": [
            {"code": code, "name": name, "severity": severity} for code, (name, severity) in described.enabled.items()
        ],
    }


def describe(config: Config, path: Path) -> Description:
    """Describe what holds for `path`, a file or a folder; raises ConfigError."""
    # A folder is asked about for what is in it.
    inside = path / "__init__.py" if path.is_dir() else path
    settings = config.for_file(inside)
    environment = detect(Path(config.root), settings.target_version)
    return Description(
        path=os.fspath(path),
        excluded_by=config.excluded_by(path),
        file=settings.file,
        values=config.values(inside),
        enabled={
            code: (base.rules_by_name()[code].meta.name, settings.severity(code).value)
            for code in sorted(settings.enabled)
        },
        sqlalchemy=environment.assumed.text(),
        sqlalchemy_source=environment.assumed.source,
    )
