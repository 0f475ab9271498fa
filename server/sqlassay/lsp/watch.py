"""What changes on disk behind the editor's back: workspace/didChangeWatchedFiles, and files that it saves."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from sqlassay.linter import PAGES
from sqlassay.lsp import convert, diagnostics, progress

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

CODE = "*.py"
NAMES = (
    CODE,
    "pyproject.toml",
    "sqlassay.toml",
    ".gitignore",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pylock.toml",
    "pylock.*.toml",
    "requirements*.txt",
    "setup.cfg",
)
"""The code, and what decides how it is read: configuration, and which SQLAlchemy the project runs on."""

GLOBS = tuple(f"**/{name}" for name in (*NAMES, *(f"*{suffix}" for suffix in PAGES)))
"""Templates too, in the plainest syntax: not every client knows braces."""

FOLDERS = "**/*"
"""A folder that comes or goes may be all that a client tells: VS Code says nothing of the files in one that goes."""

CONFIGURATION = ("sqlassay.toml", "pyproject.toml")


def register(server: SqlassayServer) -> None:
    server.answer(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_watched_files)


def registration() -> types.Registration:
    """What to ask a client that lets a server choose what it watches."""
    watchers = [types.FileSystemWatcher(glob_pattern=glob) for glob in GLOBS]
    watchers.append(types.FileSystemWatcher(FOLDERS, types.WatchKind.Create | types.WatchKind.Delete))
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
    return types.Registration("sqlassay-watch", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)


def note(ls: SqlassayServer, path: str) -> None:
    """Remember how the config files above `path` are, for a client that does not watch; what is known stays."""
    if not ls.client.watch:
        ls.config_stamps = _stamps(path) | ls.config_stamps


def changed(ls: SqlassayServer, path: str) -> list[str]:
    """The config files above `path` that changed since they were looked at, for a client that does not watch."""
    if ls.client.watch:
        return []
    before, now = ls.config_stamps, _stamps(path)
    ls.config_stamps = before | now
    return [file for file, stamp in now.items() if before.get(file, stamp) != stamp]


def _stamps(path: str) -> dict[str, tuple[int, int] | None]:
    files = (os.path.join(folder, name) for folder in Path(path).parents for name in CONFIGURATION)
    return {file: _stamp(file) for file in files}


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _decides(ls: SqlassayServer, path: str) -> bool:
    """Whether a file decides how code is read. A stub that is saved does not, nor what else an editor tells of."""
    name = os.path.basename(path)
    chosen = {os.path.basename(each.configuration) for each in ls.settings.values() if each.configuration}
    return name in chosen or any(fnmatchcase(name, pattern) for pattern in NAMES if pattern != CODE)


async def did_change_watched_files(ls: SqlassayServer, params: types.DidChangeWatchedFilesParams) -> None:
    paths = [convert.path_of(change.uri) for change in params.changes]
    await disk_changed(ls, [path for path in paths if path is not None])


async def disk_changed(ls: SqlassayServer, paths: Iterable[str]) -> None:
    """Take note of files that were created, changed or deleted."""
    paths = list(dict.fromkeys(paths))
    if not paths:
        return
    code = [path for path in paths if path.endswith((".py", *PAGES))]
    others = [path for path in paths if _decides(ls, path)]
    known = {*code, *others}
    folders = [path for path in paths if path not in known and not os.path.isfile(path)]
    if not known and not folders:
        return

    def take() -> tuple[bool, list[str]]:
        return ls.projects.disk_changed(code, folders), ls.projects.reload(others) if others else []

    touched, anew = await ls.worker.run(take)
    for root in anew:
        await progress.index(ls, root)
    if touched or anew:
        diagnostics.refresh(ls)
