"""Configuration files: which one holds for a folder, and what stands in it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from sqlassay.config import keys
from sqlassay.config.errors import ConfigError, Refused
from sqlassay.config.locate import line_of
from sqlassay.project.toml import TomlError, parse, table

NAMES = ("sqlassay.toml", "pyproject.toml")
"""Looked for in each folder in this order."""

_SECTION = ("tool", "sqlassay")
_MENTIONED = re.compile(r"""\btool\s*\.\s*["']?sqlassay\b""")


class Layer(Struct, frozen=True):
    """One source of configuration. `values` are as their keys read them; only the keys that it sets."""

    folder: str
    """Absolute; patterns and paths are relative to it."""
    values: dict[str, Any]
    path: str | None = None
    """The file, for a reader; None for the defaults."""
    text: str = ""
    section: tuple[str, ...] = ()

    def origin(self, key: str) -> str | None:
        """`pyproject.toml:12`, or None where the key is not set here."""
        if key not in self.values or self.path is None:
            return None
        return f"{self.path}:{line_of(self.text, (*self.section, key))}"


def parse_layer(text: str, path: str, folder: str, section: Sequence[str]) -> Layer | None:
    """The layer in a TOML text; None where it has no such section. Raises ConfigError."""
    try:
        values: object = parse(text)
    except TomlError as error:
        raise ConfigError(path, error.line, f"not valid TOML: {error.message}") from None
    for depth, name in enumerate(section, 1):
        if name not in table(values):
            return None
        values = table(values)[name]
        if not isinstance(values, dict):
            raise ConfigError(path, line_of(text, section[:depth]), f"[{'.'.join(section[:depth])}] must be a table")
    if not section and _SECTION[1] in table(table(values).get(_SECTION[0])):
        raise ConfigError(
            path, line_of(text, _SECTION), "[tool.sqlassay] is for pyproject.toml: here keys have no table"
        )
    try:
        read = keys.read(table(values))
    except Refused as refused:
        line = line_of(text, (*section, *refused.keys), refused.element)
        raise ConfigError(path, line, refused.message) from None
    return Layer(folder, read, path, text, tuple(section))


def read_layer(path: str, *, required: bool = False) -> Layer | None:
    """The layer of a file; None where it does not exist, or is a pyproject.toml that says nothing about us.

    `required`: then that is refused as well. Raises ConfigError.
    """
    is_project = os.path.basename(path) == "pyproject.toml"
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        if required:
            raise ConfigError(path, None, "no such file") from None
        return None
    except OSError as error:
        if is_project and not required:
            return None
        raise ConfigError(path, None, f"cannot be read: {error.strerror}") from None
    if is_project and not required and b"sqlassay" not in data:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, line, "not valid TOML: not UTF-8") from None
    if is_project and not required and not _MENTIONED.search(text) and "[tool]" not in text:
        return None  # it may be broken, but not in anything that we were to read
    layer = parse_layer(text, path, os.path.dirname(path), _SECTION if is_project else ())
    if layer is None and required:
        raise ConfigError(path, None, "has no [tool.sqlassay]")
    return layer


def layer_in(folder: str) -> Layer | None:
    """The configuration file of exactly this folder."""
    for name in NAMES:
        if (layer := read_layer(os.path.join(folder, name))) is not None:
            return layer
    return None
