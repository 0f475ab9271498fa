"""What our graph says of a program, without running it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from msgspec import to_builtins
from sqlassay.config import Config
from sqlassay.linter import Workspace

from .facts import Facts, facts_of
from .prepare import sqlalchemy_version
from .programs import Program

_indexed: dict[str, tuple[list[Any], list[Any]]] = {}
"""The schema of each root looked at: SQLAlchemy's examples are many programs in one."""


def schema(root: str) -> tuple[list[Any], list[Any]]:
    """The models and the tables without a model of everything under a folder, modules named from it."""
    if root not in _indexed:
        # The SQLAlchemy that answers on the other side: what annotations mean changes between releases.
        settings = {"target-version": sqlalchemy_version()}
        workspace = Workspace(Path(root), Config.from_settings(settings, root))
        found = to_builtins(workspace.schema())
        _indexed[root] = _named(found["models"], root), _named(found["tables"], root)
    return _indexed[root]


def _named(declared: Iterable[dict[str, Any]], root: str) -> list[dict[str, Any]]:
    return [{**each, "module": _module(each["path"], root)} for each in declared]


def _module(path: str, root: str) -> str:
    parts = os.path.relpath(path, root).removesuffix(".py").split(os.sep)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def our_facts(program: Program, modules: Collection[str]) -> Facts:
    """Our facts about some modules of a program; `modules` are those that SQLAlchemy was asked about."""
    models, tables = schema(program.root)
    # The programs are imported: what a function declares that nobody called is not there.
    models = [each for each in models if each["function"] is None]
    asked = [[each for each in declared if each["module"] in modules] for declared in (models, tables)]
    return facts_of(*asked)
