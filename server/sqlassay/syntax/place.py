"""Where something is: a file, one of its top-level statements, and bytes inside that statement."""

from __future__ import annotations

from msgspec import Struct


class Place(Struct, frozen=True, array_like=True):
    """A range of code that stays true when lines above its statement are typed or removed.

    `start` and `end` are bytes from the first byte of the top-level statement named by `anchor`
    (`syntax.parser.TopLevel.anchor`), or of the method (`syntax.members`), of the file at `path`. A file that is not
    Python has no statements: there the anchor is empty, and bytes count from its beginning.
    """

    path: str
    anchor: str
    start: int
    end: int

    def holds(self, other: Place) -> bool:
        """Whether the other range begins in this one. Offsets of different statements have nothing to do with it."""
        return (self.path, self.anchor) == (other.path, other.anchor) and self.start <= other.start < self.end
