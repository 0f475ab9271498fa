"""What a front shows: a finding with positions a person can use."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from sqlassay.fixes.ops import Fix


class Severity(str, Enum):
    """How loud a finding is; the four levels of LSP, `info` being its Information."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    HINT = "hint"


class Related(Struct, frozen=True):
    """Another place that proves the finding: the query, the loop, the model. Bytes count from the file's start."""

    path: str
    start: int
    end: int
    message: str


class Lazy(Struct, frozen=True):
    """A relationship that a finding says is loaded when it is read: of the class `model` (a dotted name) of a file."""

    path: str
    model: str
    name: str


class Finding(Struct, frozen=True):
    """One finding in one file. `start` and `end` are UTF-8 bytes from the start of the file's text (after a BOM)."""

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    start: int
    end: int
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    tags: tuple[str, ...] = ()
    """unnecessary, deprecated: as LSP's diagnostic tags."""
    lazy: Lazy | None = None
    """What is loaded lazily, where that is what the finding is about: its SQL can be shown."""
