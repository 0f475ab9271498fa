"""Where in a statement the interpolated parts of its text stand: as values, which can be bound, or as names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from sqlassay.rules.base import Note
from sqlassay.semantics.events import SqlText
from sqlassay.semantics.flow import looks_up
from sqlassay.semantics.texts import BIND_NAME
from sqlassay.semantics.values import Hole, Text

_MARK = "\0"
"""Stands for the holes before the one that is looked at."""

_OPERATOR = re.compile(
    r"(?:[=<>]|\b(?:LIKE|ILIKE|RLIKE|REGEXP|LIMIT|OFFSET|BETWEEN|BETWEEN\s+\S+\s+AND))\s*\(?\s*\Z", re.IGNORECASE
)
_LIST = re.compile(r"\b(?:IN|VALUES\b[^;]*?)\s*\((?!\s*(?:SELECT|WITH)\b)(?:[^()]|\([^()]*\))*\Z", re.IGNORECASE)
_NAME_GOES_ON = re.compile(r"[\w.(\"`\]]")
_UTILITY = re.compile(
    r"\s*(?:CREATE|ALTER|DROP|SET|GRANT|REVOKE|PRAGMA|NOTIFY|LISTEN|USE|COMMENT|TRUNCATE|REINDEX|VACUUM|LOCK|BEGIN|"
    r"SHOW|ANALYZE|COPY|ATTACH|KILL|LOAD|RENAME)\b",
    re.IGNORECASE,
)
"""Statements that take no parameters, or not in every database."""


class Spot(Struct, frozen=True):
    """A hole and where it stands: `value` (bare or in quotes of its own), `quoted` (part of a literal), `list` (among
    the values of IN or VALUES), `bound` (the name of a parameter) or `name` (anything else, or anything at all in a
    statement that takes no parameters).
    """

    hole: Hole
    position: str
    in_quotes: bool = False
    """A `value` with quotes around it, which go when it is bound."""

    @property
    def is_value(self) -> bool:
        """Whether a bound parameter can stand in its place, or hold it."""
        return self.position in ("value", "quoted", "list")


def spots(text: Text) -> Iterator[Spot]:
    """The holes of a text, in order. In a statement that takes no parameters all of them are names."""
    no_values = _UTILITY.match(text.literals[0]) is not None
    before = ""
    for index, hole in enumerate(text.holes):
        before += text.literals[index]
        after = text.literals[index + 1] if index + 1 < len(text.literals) else ""
        position, in_quotes = _position(before, after)
        yield Spot(hole, "name" if no_values and position != "bound" else position, in_quotes)
        before += _MARK


def notes(event: SqlText, holes: list[Hole]) -> tuple[Note, ...]:
    """The places of holes, as far as they are not in the text that the finding is on."""
    at = event.at(event.argument)
    return tuple(
        Note(hole.place, f"{named(hole)} is put in here")
        for hole in holes[:4]
        if (hole.place.path, hole.place.anchor) != (at.path, at.anchor)
        or not at.start <= hole.place.start <= hole.place.end <= at.end
    )


def named(hole: Hole) -> str:
    """What a message calls the content of a hole."""
    return f"`{hole.code}`" if hole.code else "a value"


def is_checked(event: SqlText, code: str) -> bool:
    """Whether the function asks if this variable is one of some (`if name not in NAMES`): it is then no other."""
    function = event.frame.function
    return function is not None and bool(code) and code in looks_up(function)


def _position(before: str, after: str) -> tuple[str, bool]:
    if BIND_NAME.search(before):
        return "bound", False
    if before.replace("''", "").count("'") % 2:
        whole = before.endswith("'") and after.startswith("'")
        return ("value", True) if whole else ("quoted", False)
    if _NAME_GOES_ON.match(after) or (before and _NAME_GOES_ON.match(before[-1]) and not before.endswith("(")):
        return "name", False
    if _LIST.search(before):
        return "list", False
    return ("value", False) if _OPERATOR.search(before) else ("name", False)
