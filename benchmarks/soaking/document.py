"""A text in the editor: its edits as the protocol's changes, with undo and redo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Edit:
    """`text` in place of what stands between two characters (not bytes) of a text."""

    start: int
    end: int
    text: str


@dataclass
class Document:
    """An open file. `path` is relative to the project; `saved` is the text that was last seen on disk."""

    path: str
    text: str
    saved: str
    version: int = 1
    undone: list[Edit] = field(default_factory=list)
    done: list[Edit] = field(default_factory=list)
    """What takes back each edit so far, the last one at the end."""

    @property
    def dirty(self) -> bool:
        return self.text != self.saved

    def edit(self, edit: Edit) -> dict[str, Any]:
        """Make an edit that can be taken back. Gives it as a TextDocumentContentChangeEvent."""
        self.undone.clear()
        self.done.append(self._inverse(edit))
        return self._apply(edit)

    def undo(self) -> dict[str, Any] | None:
        return self._swap(self.done, self.undone)

    def redo(self) -> dict[str, Any] | None:
        return self._swap(self.undone, self.done)

    def position(self, offset: int) -> dict[str, int]:
        """A character of the text as the protocol counts: lines, and UTF-16 units in the line."""
        start = self.text.rfind("\n", 0, offset) + 1
        return {"line": self.text.count("\n", 0, start), "character": _units(self.text[start:offset])}

    def offset(self, position: dict[str, int]) -> int:
        """The character at a position."""
        start = 0
        for _ in range(position["line"]):
            found = self.text.find("\n", start)
            if found < 0:
                return len(self.text)
            start = found + 1
        end = self.text.find("\n", start)
        line = self.text[start : end if end >= 0 else len(self.text)]
        units = 0
        for index, letter in enumerate(line):
            if units >= position["character"]:
                return start + index
            units += _units(letter)
        return start + len(line)

    def _swap(self, source: list[Edit], target: list[Edit]) -> dict[str, Any] | None:
        if not source:
            return None
        edit = source.pop()
        target.append(self._inverse(edit))
        return self._apply(edit)

    def _inverse(self, edit: Edit) -> Edit:
        return Edit(edit.start, edit.start + len(edit.text), self.text[edit.start : edit.end])

    def _apply(self, edit: Edit) -> dict[str, Any]:
        place = {"start": self.position(edit.start), "end": self.position(edit.end)}
        self.text = self.text[: edit.start] + edit.text + self.text[edit.end :]
        self.version += 1
        return {"range": place, "text": edit.text}


def difference(before: str, after: str) -> Edit:
    """The one edit between two texts."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return Edit(start, len(before) - end, after[start : len(after) - end])


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
