"""The facts of a project's files, kept on disk between runs.

An editor that opens a project, or a check of a few of its files, needs the facts of all of them: reading them off the
texts is the most of the wait. What is kept is keyed by the digest of a file's text, so nothing in it can be stale; a
file that cannot be opened, read or written is no error, only no cache.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

import msgspec

from sqlassay import facts as facts_floor
from sqlassay import syntax as syntax_floor
from sqlassay.facts.model import ModuleFacts

FOLDER = "SQLASSAY_CACHE_DIR"
"""The environment variable that names another folder than the user's cache folder."""

_SECONDS = 2.0
"""How long to wait for another process that writes."""


class Kept(msgspec.Struct, array_like=True):
    """What is kept of one file."""

    facts: ModuleFacts
    anchor_starts: dict[str, int]
    texts: dict[str, int]
    """By anchor, the digest of the text: what a later version is compared with."""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Kept)

_TABLE = "CREATE TABLE IF NOT EXISTS facts (path TEXT PRIMARY KEY, digest BLOB NOT NULL, kept BLOB NOT NULL)"


class FactsCache:
    """The facts of one project root. Not for several threads."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[str, tuple[bytes, bytes]] | None = None
        self._new: dict[str, tuple[bytes, Kept]] = {}

    def get(self, path: str, data: bytes) -> Kept | None:
        """What was kept of a file with just this text (UTF-8)."""
        if self._known is None:
            self._known = dict(_rows(self._file()))
        known = self._known.get(path)
        if known is None or known[0] != _digest(data):
            return None
        try:
            return _DECODER.decode(known[1])
        except msgspec.MsgspecError:
            return None

    def put(self, path: str, data: bytes, kept: Kept) -> None:
        """Keep this, at the next `save`."""
        self._new[path] = (_digest(data), kept)

    def save(self, paths: frozenset[str]) -> None:
        """Write what is new, and forget files other than these `paths`."""
        known = self._known or {}
        gone = known.keys() - paths
        if self._new or gone:
            rows = [(path, digest, _ENCODER.encode(kept)) for path, (digest, kept) in self._new.items()]
            with contextlib.suppress(OSError, sqlite3.Error):
                _write(self._file(), rows, gone)
        self._new.clear()

    def _file(self) -> Path:
        name = blake2b(os.fsencode(self._root), digest_size=8).hexdigest()
        return _folder() / f"{name}-{_reader()}.sqlite"


def _rows(file: Path) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
    if not file.is_file():
        return
    with contextlib.suppress(OSError, sqlite3.Error), contextlib.closing(_connect(file)) as connection:
        for path, digest, kept in connection.execute("SELECT path, digest, kept FROM facts"):
            yield path, (digest, kept)


def _write(file: Path, rows: list[tuple[str, bytes, bytes]], gone: set[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    for stale in file.parent.glob(f"{file.name.split('-')[0]}-*.sqlite"):
        if stale != file:
            # Of another version of ours, which reads facts in another way.
            stale.unlink(missing_ok=True)
    try:
        _store(file, rows, gone)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        # Damaged: it holds nothing that cannot be read again.
        file.unlink(missing_ok=True)
        _store(file, rows, gone)


def _store(file: Path, rows: list[tuple[str, bytes, bytes]], gone: set[str]) -> None:
    with contextlib.closing(_connect(file)) as connection, connection:
        connection.execute(_TABLE)
        connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)
        connection.executemany("DELETE FROM facts WHERE path = ?", [(path,) for path in gone])


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=_SECONDS)


def _folder() -> Path:
    given = os.environ.get(FOLDER)
    if given:
        return Path(given) / "facts"
    from platformdirs import user_cache_path

    return user_cache_path("sqlassay", appauthor=False) / "facts"


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


@cache
def _reader() -> str:
    """A digest of the code that reads facts off a text: with other code, what was kept is worth nothing."""
    digest = blake2b(digest_size=6)
    for package in (syntax_floor, facts_floor):
        for folder in package.__path__:
            for file in sorted(Path(folder).glob("*.py")):
                digest.update(file.read_bytes())
    return digest.hexdigest()
