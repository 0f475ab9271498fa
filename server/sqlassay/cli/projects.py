"""From paths on the command line to workspaces and their reports."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from sqlassay import linter
from sqlassay.cli.exits import Failure
from sqlassay.cli.progress import Progress
from sqlassay.cli.style import shown_path
from sqlassay.config import Config
from sqlassay.config.roots import by_root, project_root
from sqlassay.linter import Problem, Report, Workspace
from sqlassay.syntax.source import SourceText, Unreadable

STDIN = "-"


class Project(Struct):
    """One project among those that the paths lie in. `paths` are absolute: what of it was asked for."""

    config: Config
    workspace: Workspace
    paths: list[str]


def open_projects(options: argparse.Namespace) -> list[Project]:
    """The projects that the paths of the command line lie in.

    Raises Failure for a path that does not exist, ConfigError for configuration that is refused.
    """
    paths: list[str] = options.paths or ["."]
    for path in paths:
        if not os.path.exists(path):
            raise Failure(f"{path}: no such file or folder")
    projects = []
    for root, named in by_root(paths).items():
        config = _config(root, options)
        if options.force_exclude:
            named = [path for path in named if not config.excluded_by(path)]
        projects.append(Project(config, linter.Workspace(Path(root), config, cached=not options.no_cache), named))
    return projects


def _config(root: str, options: argparse.Namespace) -> Config:
    return Config.load(
        root, overrides=overrides(options), file=options.config, isolated=options.isolated, origin="command line"
    )


def overrides(options: argparse.Namespace) -> dict[str, Any]:
    """The keys of the configuration that the command line sets."""
    given = {name: getattr(options, name.replace("-", "_")) for name in ("select", "extend-select", "ignore")}
    return {name: value for name, value in given.items() if value is not None}


def reports(project: Project, options: argparse.Namespace, progress: Progress | None = None) -> Iterator[Report]:
    """What is found in each file of the project that was asked for, in the order of their paths."""
    if project.paths:
        yield from project.workspace.check_all(
            project.paths, jobs=options.jobs, progress=progress.report if progress is not None else None
        )


class Stdin(Struct):
    """The code on stdin: its project, the absolute path that it has there, and its text."""

    project: Project
    path: str
    source: SourceText
    excluded: bool


def wants_stdin(options: argparse.Namespace) -> bool:
    """Whether the code is on stdin: `-` says so, and so does a name for it."""
    return STDIN in options.paths or options.stdin_filename is not None


def open_stdin(options: argparse.Namespace) -> Stdin:
    """Read stdin as a file of the project that `--stdin-filename` lies in; raises Failure where it is no text."""
    if options.paths not in ([], [STDIN]):
        raise Failure("- and --stdin-filename stand for stdin, and go with no other path")
    path = os.path.abspath(options.stdin_filename or "stdin.py")
    root = project_root(path)
    config = _config(root, options)
    try:
        source = SourceText.from_bytes(sys.stdin.buffer.read())
    except Unreadable as error:
        raise Failure(f"{shown_path(path)}: {error}") from None
    workspace = linter.Workspace(Path(root), config, cached=not options.no_cache)
    workspace.open(path, source.text)
    excluded = bool(options.force_exclude and config.excluded_by(path))
    return Stdin(Project(config, workspace, [path]), path, source, excluded)


def warn(problem: Problem) -> None:
    """Say on stderr what kept us from looking at all of a file."""
    print(f"sqlassay: warning: {shown_path(problem.path)}: {' '.join(problem.message.split())}", file=sys.stderr)
