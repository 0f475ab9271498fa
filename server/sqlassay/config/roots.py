"""Where a project starts: the folder that holds the file which says so."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache

MARKERS = (
    "sqlassay.toml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "Pipfile",
    "uv.lock",
    "poetry.lock",
    ".git",
    ".hg",
)


@lru_cache(maxsize=1024)
def _marked(folder: str) -> str | None:
    """The nearest folder, itself included, that holds a marker."""
    while True:
        if any(os.path.exists(os.path.join(folder, marker)) for marker in MARKERS):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def project_root(path: str) -> str:
    """The absolute root of the project that `path` (a file or a folder) lies in.

    Where nothing marks one: the folder that holds the outermost package around `path`.
    """
    folder = os.path.abspath(path)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    if (marked := _marked(folder)) is not None:
        return marked
    while os.path.isfile(os.path.join(folder, "__init__.py")) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def by_root(paths: Iterable[str]) -> dict[str, list[str]]:
    """The absolute `paths` under the roots of their projects, in the order of the roots."""
    grouped: dict[str, list[str]] = {}
    for path in map(os.path.abspath, paths):
        grouped.setdefault(project_root(path), []).append(path)
    return dict(sorted(grouped.items()))
