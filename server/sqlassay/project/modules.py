"""Which file a dotted module name is: packages, namespace packages, src layouts, several source roots, scripts."""

from __future__ import annotations

import os
from collections.abc import Iterable

_LIBRARIES = frozenset(("alembic", "fastapi", "flask", "flask_sqlalchemy", "sqlalchemy", "sqlmodel"))
"""Packages that a file of the same name in some folder does not hide."""


class Modules:
    """The files of a project by the names under which they can be imported."""

    def __init__(self, root: str, sources: Iterable[str] = ()) -> None:
        """`root` and `sources` are absolute folders that imports may start from; more are found from the packages."""
        self.root = root
        self.sources = tuple(sources)
        self._files: set[str] = set()
        self._names: set[str] = set()
        """What files and folders are called: no other name can begin that of a module of the project."""
        self._roots: list[str] = []
        self._found: dict[tuple[str, str], str | None] = {}
        self._asked: dict[tuple[str, str, int], str | None] = {}

    def set_files(self, paths: Iterable[str]) -> None:
        """The project's files are these."""
        self._files = set(paths)
        self._names = {part.removesuffix(".py") for path in self._files for part in path.split(os.sep)}
        self._found.clear()
        self._asked.clear()
        folders = {os.path.dirname(path) for path in self._files if path.endswith(f"{os.sep}__init__.py")}
        tops = {os.path.dirname(folder) for folder in folders} - folders
        ordered = [*self.sources, self.root, os.path.join(self.root, "src"), *sorted(tops)]
        self._roots = list(dict.fromkeys(ordered))

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def name_of(self, path: str) -> str:
        """The dotted name under which a file of the project is imported."""
        folder = os.path.dirname(path)
        while os.path.join(folder, "__init__.py") in self._files:
            folder = os.path.dirname(folder)
        above = [each for each in self._roots if (folder + os.sep).startswith(each.rstrip(os.sep) + os.sep)]
        start = max(above, key=len, default=folder)
        parts = os.path.relpath(path, start).removesuffix(".py").split(os.sep)
        return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)

    def path_of(self, importer: str, module: str, level: int) -> str | None:
        """The file of a module as imported by the file `importer` ('' where nobody in particular asks)."""
        asked = (importer, module, level)
        if asked not in self._asked:
            self._asked[asked] = self._path_of(importer, module, level)
        return self._asked[asked]

    def _path_of(self, importer: str, module: str, level: int) -> str | None:
        folder = os.path.dirname(importer)
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return self._under(folder, module)
        key = (folder, module)
        if key not in self._found:
            self._found[key] = self._absolute(folder, module)
        return self._found[key]

    def _absolute(self, folder: str, module: str) -> str | None:
        first = module.partition(".")[0]
        if first and first not in self._names:
            return None
        for root in self._roots:
            found = self._under(root, module)
            if found is not None:
                return found
        if first in _LIBRARIES:
            return None
        # A script beside its modules, or a package whose parents have no __init__.py.
        while folder.startswith(self.root) and len(folder) >= len(self.root) and folder:
            found = self._under(folder, module)
            if found is not None:
                return found
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
        return None

    def _under(self, folder: str, module: str) -> str | None:
        base = os.path.join(folder, *module.split(".")) if module else folder
        for candidate in (os.path.join(base, "__init__.py"), f"{base}.py"):
            if candidate in self._files:
                return candidate
        return None
