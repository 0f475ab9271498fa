"""What the project's code does with a name, wherever it does: read off the texts, when somebody asks for a name.

Facts say what files declare, not what their functions do. Searching all texts for one name is cheap (most do not hold
it), and an edit searches only its own file again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from sqlassay.project.files import Files

WRITTEN = r"""
    (?: \.{name} | [(,]\s*{name} ) \s* = (?!=) (?!\s*{copied})    # item.name = ..., values(name=...)
  | ["']{name}["'] \s*: (?!\s*{copied})                          # {{"name": ...}}
  | setattr \( [^,()]+ , \s* ["']{name}["']
  | \b SET \s+ {name} \b                                        # in SQL
"""
"""The name is given a value."""

HANDED_OVER = r"\brun_sync \( \s* (?: [\w.]*\. )? {name} \b"
"""A function of that name is given to `run_sync`, which calls it with what blocks."""

_COPIED = r"[\w.]*\.{name}\b"
"""`Answer(updated_at=item.updated_at)` reads the name off something else, and changes nothing."""


class Written:
    """By name, the files in which `pattern` finds it; those of tests do not count."""

    def __init__(self, root: str, files: Files, pattern: str = WRITTEN) -> None:
        self._pattern = pattern
        self._root = root
        self._files = files
        self._found: dict[str, set[str]] = {}

    def anywhere(self, name: str, paths: Iterable[str]) -> bool:
        """Whether some file of the project does it with `name`."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = {path for path in paths if self._gives(path, name)}
        return bool(found)

    def changed(self, paths: Iterable[str]) -> set[str]:
        """These files have other texts now: the names for which the answer is another."""
        turned: set[str] = set()
        for name, found in self._found.items():
            before = bool(found)
            for path in paths:
                (found.add if self._gives(path, name) else found.discard)(path)
            if bool(found) != before:
                turned.add(name)
        return turned

    def clear(self) -> None:
        """The project has other files now."""
        self._found.clear()

    def _gives(self, path: str, name: str) -> bool:
        source = self._files.source(path)
        if source is None or name.encode() not in source.data or _is_test(path[len(self._root) :]):
            return False
        escaped = re.escape(name)
        copied = _COPIED.format(name=escaped)
        pattern = re.compile(self._pattern.format(name=escaped, copied=copied).encode(), re.VERBOSE)
        return pattern.search(source.data) is not None


def _is_test(path: str) -> bool:
    return any(part.startswith(("test", "conftest")) for part in PurePath(path).parts)
