"""The answers, as plain data for the fronts. Offsets are bytes from the start of a file's text."""

from __future__ import annotations

from typing import Union

from msgspec import Struct

from sqlassay.semantics.world import Ref


class Model(Struct, frozen=True, tag="model", array_like=True):
    """A class of the mapper's world."""

    ref: Ref


class Table(Struct, frozen=True, tag="table", array_like=True):
    """A table, by its key in its MetaData."""

    metadata: str
    key: str


class Column(Struct, frozen=True, tag="column", array_like=True):
    """A column of a table by its name in the database; or, of a class without a table, by its attribute (`ref`)."""

    metadata: str
    table: str
    name: str
    ref: Ref | None = None


class Relationship(Struct, frozen=True, tag="relationship", array_like=True):
    """A relationship of a class."""

    ref: Ref
    name: str


class Other(Struct, frozen=True, tag="other", array_like=True):
    """Any other attribute of a class: a hybrid, a proxy, a method."""

    ref: Ref
    name: str


class Word(Struct, frozen=True, tag="word", array_like=True):
    """A word with a meaning of its own in one place: `selectin` in `lazy=`; `kind` names the place."""

    kind: str
    word: str


Thing = Union[Model, Table, Column, Relationship, Other, Word]
"""What somebody can point at."""


class Card(Struct, frozen=True):
    """What is said of the thing at a position, in Markdown; `start` and `end` are the code that names it."""

    text: str
    start: int
    end: int


class Location(Struct, frozen=True):
    """Where something is declared or named."""

    path: str
    start: int
    end: int


class Definition(Struct, frozen=True):
    """Where the thing is declared that the code from `start` to `end` names."""

    start: int
    end: int
    targets: tuple[Location, ...]


class Suggestion(Struct, frozen=True):
    """One way to complete: `text` takes the place of the bytes from `start` to `end` of `Suggestions`."""

    text: str
    kind: str
    """model, table, column, relationship, attribute or word"""
    detail: str = ""
    """One line: a column's type, a relationship's target."""
    thing: Thing | None = None
    """What its card tells of."""


class Suggestions(Struct, frozen=True):
    """What fits at a position, best first."""

    start: int
    end: int
    items: tuple[Suggestion, ...]
    settled: bool = True
    """False where the project changed since the names were gathered: ask again soon."""


NOTHING = Suggestions(0, 0, ())


class Symbol(Struct, frozen=True):
    """Something that a file declares: from `start` to `end`, its name from `name_start` to `name_end`."""

    name: str
    kind: str
    """As of a Suggestion."""
    detail: str
    start: int
    end: int
    name_start: int
    name_end: int
    children: tuple[Symbol, ...] = ()


class Hit(Struct, frozen=True):
    """A symbol of the project that fits what was looked for; `container` is the class or table that holds it."""

    name: str
    kind: str
    container: str
    location: Location
