"""Parsing texts that come one after the other, each mostly like the one before."""

from __future__ import annotations

import tree_sitter

from sqlassay.syntax.changes import changed_range
from sqlassay.syntax.lowering import LANGUAGE


class Reparser:
    """Takes over from the tree of its last text what stands in the new one too. Not thread-safe."""

    def __init__(self) -> None:
        self._parser = tree_sitter.Parser(LANGUAGE)
        self._data = b""
        self._tree: tree_sitter.Tree | None = None

    def parse(self, data: bytes) -> tree_sitter.Tree:
        """The tree of a text. Whether it has errors depends on the text alone; what stands around them may not."""
        old = self._tree
        if old is not None:
            start, old_end, new_end = changed_range(self._data, data)
            if 2 * (new_end - start) < len(data):
                old = old.copy()
                points = _point(self._data, start), _point(self._data, old_end), _point(data, new_end)
                old.edit(start, old_end, new_end, *points)
            else:
                old = None
        self._data = data
        self._tree = self._parser.parse(data, old) if old is not None else self._parser.parse(data)
        return self._tree


def _point(data: bytes, offset: int) -> tuple[int, int]:
    """The line and the byte in it, both from 0."""
    return data.count(b"\n", 0, offset), offset - data.rfind(b"\n", 0, offset) - 1
