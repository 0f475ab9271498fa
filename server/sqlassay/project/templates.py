"""The templates of a project: found and read when a render call asks for one, looked at again when they change."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from sqlassay.project.files import Files
from sqlassay.semantics.memo import Dependency
from sqlassay.syntax.source import SourceText

PAGES = (".html", ".htm", ".jinja", ".jinja2", ".j2")
"""How the names of most templates end: what an editor is asked to tell of."""

_FOLDER = "templates"
_MAX_BYTES = 1_000_000

Stamp = tuple[int, int]


class Templates:
    """Reads templates on demand. What was read is known by its time and size on disk."""

    def __init__(self, root: str, files: Files) -> None:
        self._root = root
        self._files = files
        self._read: dict[str, Stamp | None] = {}
        """Of the templates read so far, when they were written and how large they were; None for one in an editor."""

    def find(self, importer: str, name: str, folders: tuple[str, ...], paths: Iterable[str]) -> str | None:
        """The file of a template that the code in `importer` names; None where it is not there, or several may be it.

        `folders` are those the code gives, else the folder `templates`: beside the code or above it, the nearest
        first; then beside any other code of the project (`paths`), where only one holds it.
        """
        if os.path.isabs(name) or ".." in name.split("/"):
            return None
        wanted = [os.path.join(*each.split("/"), *name.split("/")) for each in (*folders, _FOLDER) if each]
        for each in wanted:
            for above in self._above(os.path.dirname(importer)):
                path = os.path.join(above, each)
                if self._exists(path):
                    return path
        around = {above for path in paths for above in self._above(os.path.dirname(path))}
        found = {path for each in wanted for above in around if self._exists(path := os.path.join(above, each))}
        return found.pop() if len(found) == 1 else None

    def _above(self, folder: str) -> Iterator[str]:
        """A folder and those around it, up to the project's root."""
        while folder.startswith(self._root):
            yield folder
            folder = os.path.dirname(folder)

    def _exists(self, path: str) -> bool:
        state = self._files.states.get(path)
        return (state is not None and state.open_source is not None) or os.path.isfile(path)

    def source(self, path: str) -> SourceText | None:
        """A template's text; None where it cannot be read."""
        self._read[path] = _stamp(path)
        source = self._files.source(path)
        return source if source is not None and len(source.data) <= _MAX_BYTES else None

    def below(self, folder: str) -> list[str]:
        """The templates of a folder that came or went: those that were read, and those that are there now."""
        now = [os.path.join(inside, name) for inside, _, names in os.walk(folder) for name in names]
        read = [path for path in self._read if path.startswith(folder + os.sep)]
        return [*(path for path in now if path.endswith(PAGES)), *read]

    def changed(self) -> set[Dependency]:
        """The templates that are others now than when they were read."""
        changed = {path for path, stamp in self._read.items() if _stamp(path) != stamp}
        for path in changed:
            del self._read[path]
        return {("template", path) for path in changed}


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
