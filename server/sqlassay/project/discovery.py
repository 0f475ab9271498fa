"""Which Python files lie under some paths: excludes and .gitignore files respected, symlink loops survived."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct
from pathspec import GitIgnoreSpec

_NAME = re.compile(r"(?:\*\*/)?([\w.@+-]+)/?")
_SUFFIX = re.compile(r"(?:\*\*/)?\*(\.[\w.@+-]+)/?")


class Exclusion(Struct, frozen=True):
    """What one configuration keeps out. `patterns` have gitignore syntax and are relative to `folder`."""

    folder: str
    """Absolute."""
    patterns: tuple[str, ...]
    respect_gitignore: bool = True
    said_by: str = "exclude"
    """Who says so, for a reader."""


ExclusionOf = Callable[[str], Exclusion]
"""The exclusion that holds for the entries of a folder (an absolute path)."""


def check_pattern(pattern: str) -> None:
    """Raise ValueError where `pattern` is not gitignore syntax."""
    GitIgnoreSpec.from_lines([pattern])


class Ignore:
    """Gitignore patterns of one folder, asked about entries below it.

    Most patterns are a plain name or `*.suffix`: those are tried first without a regular expression, and only an entry
    that some pattern may concern is given to pathspec, which decides.
    """

    def __init__(self, folder: str, patterns: Iterable[str], said_by: str) -> None:
        self.folder = folder
        self.said_by = said_by
        names: set[str] = set()
        suffixes: list[str] = []
        others: list[str] = []
        lines: list[str] = []
        for line in patterns:
            if not line.strip() or line.startswith("#"):
                continue
            if name := _NAME.fullmatch(line):
                names.add(name[1])
            elif suffix := _SUFFIX.fullmatch(line):
                suffixes.append(suffix[1])
            else:
                try:
                    check_pattern(line)
                except ValueError:
                    continue  # git too passes over a line that it cannot read
                others.append(line)
            lines.append(line)
        self._names = frozenset(names)
        self._suffixes = tuple(suffixes)
        self._others = GitIgnoreSpec.from_lines(others) if others else None
        self._all = GitIgnoreSpec.from_lines(lines)

    def __bool__(self) -> bool:
        return bool(len(self._all))

    def match(self, path: str, name: str, is_dir: bool) -> bool | None:
        """True: ignored; False: kept by a `!` pattern; None: nothing is said about this absolute path."""
        relative: str | None = None
        if not (name in self._names or (self._suffixes and name.endswith(self._suffixes))):
            if self._others is None:
                return None
            relative = self._relative(path, is_dir)
            if self._others.check_file(relative).include is None:
                return None
        return self._all.check_file(relative or self._relative(path, is_dir)).include

    def _relative(self, path: str, is_dir: bool) -> str:
        below = path.startswith(self.folder) and path[len(self.folder) :].startswith(os.sep)
        # A path outside the folder keeps its own parts: plain names still mean something there.
        relative = path[len(self.folder) + 1 :] if below else os.path.splitdrive(path)[1].lstrip(os.sep)
        relative = relative.replace(os.sep, "/")
        return relative + "/" if is_dir else relative


@lru_cache(maxsize=256)
def _exclude_patterns(exclusion: Exclusion) -> Ignore:
    return Ignore(exclusion.folder.rstrip(os.sep), exclusion.patterns, exclusion.said_by)


def _read_ignore(folder: str, *parts: str) -> tuple[Ignore, ...]:
    path = os.path.join(folder, *parts)
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            ignore = Ignore(folder.rstrip(os.sep), file.read().splitlines(), path)
    except OSError:
        return ()
    return (ignore,) if ignore else ()


def _parents(path: str) -> Iterator[str]:
    """The folders above `path`, the nearest first."""
    while (parent := os.path.dirname(path)) != path:
        yield parent
        path = parent


def _gitignores_above(folder: str, exclusion: Exclusion) -> tuple[Ignore, ...]:
    """The .gitignore files that hold for the entries of `folder`, the outermost first.

    They are looked for up to the repository's root; outside a repository, up to the configuration's folder.
    """
    chain = [folder, *_parents(folder)]
    repository = next((each for each in chain if os.path.exists(os.path.join(each, ".git"))), None)
    top = repository or (exclusion.folder if exclusion.folder in chain else folder)
    inside = chain[: chain.index(top) + 1]
    above = _read_ignore(top, ".git", "info", "exclude") if repository else ()
    return above + tuple(ignore for each in reversed(inside) for ignore in _read_ignore(each, ".gitignore"))


def _verdict(ignores: Sequence[Ignore], path: str, name: str, is_dir: bool) -> Ignore | None:
    """The ignore file that keeps the entry out: the innermost that says anything decides."""
    for ignore in reversed(ignores):
        said = ignore.match(path, name, is_dir)
        if said is not None:
            return ignore if said else None
    return None


def excluded_by(path: str, exclusion_of: ExclusionOf) -> str | None:
    """Who keeps the absolute `path` out, itself or a folder above it; None where it is checked."""
    exclusion = exclusion_of(os.path.dirname(path))
    ignores = _gitignores_above(os.path.dirname(path), exclusion) if exclusion.respect_gitignore else ()
    configured = _exclude_patterns(exclusion)
    for entry in (path, *_parents(path)):
        is_dir = entry != path or os.path.isdir(path)
        name = os.path.basename(entry)
        if entry.startswith(configured.folder + os.sep) and configured.match(entry, name, is_dir):
            return configured.said_by
        holding = [ignore for ignore in ignores if entry.startswith(ignore.folder + os.sep)]
        if ignore := _verdict(holding, entry, name, is_dir):
            return ignore.said_by
    return None


class _Folder(Struct):
    """A folder still to be read. `real` is its path with every symlink resolved."""

    path: str
    real: str
    ignores: tuple[Ignore, ...]


class _Walk:
    """One walk over one named folder, which is read even where a pattern concerns the folder itself."""

    def __init__(self, top: str, exclusion_of: ExclusionOf, seen: set[str]) -> None:
        self.exclusion_of = exclusion_of
        self.seen = seen
        self.found: list[str] = []
        self.links: list[tuple[str, str, tuple[Ignore, ...]]] = []
        exclusion = exclusion_of(top)
        above = _gitignores_above(top, exclusion) if exclusion.respect_gitignore else ()
        self.top = _Folder(top, os.path.realpath(top), tuple(each for each in above if not self._concerns(each, top)))
        configured = _exclude_patterns(exclusion)
        self.waived = configured if self._concerns(configured, top) else None

    @staticmethod
    def _concerns(ignore: Ignore, top: str) -> bool:
        above = (each for each in (top, *_parents(top)) if each.startswith(ignore.folder + os.sep))
        return any(ignore.match(each, os.path.basename(each), True) for each in above)

    def run(self) -> list[str]:
        self._read_all(self.top)
        # What a link leads to may also lie in the walk by its own name, which is the better one: links come last.
        while self.links:
            links, self.links = sorted(self.links, key=lambda link: link[0]), []
            for path, name, ignores in links:
                self._follow(path, name, ignores)
        return self.found

    def _follow(self, path: str, name: str, ignores: tuple[Ignore, ...]) -> None:
        real = os.path.realpath(path)
        is_dir = os.path.isdir(real)
        contains_us = (self.top.real + os.sep).startswith(real.rstrip(os.sep) + os.sep)
        if real in self.seen or contains_us:
            return
        if self._kept_out(path, name, is_dir, ignores, self.exclusion_of(os.path.dirname(path))):
            return
        if is_dir:
            self._read_all(_Folder(path, real, ignores))
        elif name.endswith(".py") and os.path.isfile(real):
            self.seen.add(real)
            self.found.append(path)

    def _kept_out(self, path: str, name: str, is_dir: bool, ignores: tuple[Ignore, ...], exclusion: Exclusion) -> bool:
        configured = _exclude_patterns(exclusion)
        if configured is not self.waived and configured.match(path, name, is_dir):
            return True
        return exclusion.respect_gitignore and _verdict(ignores, path, name, is_dir) is not None

    def _read_all(self, folder: _Folder) -> None:
        pending = [folder]
        while pending:
            folder = pending.pop()
            if folder.real in self.seen:
                continue
            self.seen.add(folder.real)
            try:
                with os.scandir(folder.path) as scan:
                    entries = list(scan)
            except OSError:
                continue  # a folder that may not be read, or went away, holds nothing for us
            pending.extend(self._read_entries(folder, entries))

    def _read_entries(self, folder: _Folder, entries: list[os.DirEntry[str]]) -> Iterator[_Folder]:
        exclusion = self.exclusion_of(folder.path)
        names = {entry.name for entry in entries}
        ignores = folder.ignores
        if exclusion.respect_gitignore and folder is not self.top:
            if ".git" in names:
                ignores = _read_ignore(folder.path, ".git", "info", "exclude")  # another repository: its own rules
            if ".gitignore" in names:
                ignores += _read_ignore(folder.path, ".gitignore")
        for entry in entries:
            name, path = entry.name, entry.path
            is_dir = entry.is_dir(follow_symlinks=False)
            if entry.is_symlink():
                self.links.append((path, name, ignores))
            elif (is_dir or name.endswith(".py")) and not self._kept_out(path, name, is_dir, ignores, exclusion):
                real = os.path.join(folder.real, name)
                if is_dir:
                    yield _Folder(path, real, ignores)
                elif real not in self.seen:
                    self.seen.add(real)
                    self.found.append(path)


def discover(paths: Iterable[str], exclusion_of: ExclusionOf, *, force_exclude: bool = False) -> list[str]:
    """The Python files under `paths`, as sorted absolute paths, each file once.

    A file that is named itself is always in, whatever its name, unless `force_exclude` and something keeps it out.
    A folder that is named itself is always read. Folders that cannot be read, and paths that do not exist, hold
    nothing.
    """
    found: set[str] = set()
    named: list[str] = []
    for path in map(os.path.abspath, paths):
        if force_exclude and excluded_by(path, exclusion_of):
            continue
        if os.path.isdir(path):
            named.append(path)
        elif os.path.isfile(path):
            found.add(path)
    seen = {os.path.realpath(path) for path in found}
    for folder in sorted(named):
        found.update(_Walk(folder, exclusion_of, seen).run())
    return sorted(found)
