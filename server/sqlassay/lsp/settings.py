"""What a person sets in the editor: the config keys, in the editor's spelling, and what only the server knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

SECTION = "sqlassay"

OVERRIDES = {
    "select": "select",
    "ignore": "ignore",
    "extendSelect": "extend-select",
    "perFileIgnores": "per-file-ignores",
    "exclude": "exclude",
    "extendExclude": "extend-exclude",
    "severities": "severities",
    "targetVersion": "target-version",
    "dialect": "dialect",
    "loaders": "loaders",
    "src": "src",
    "respectGitignore": "respect-gitignore",
}
"""The editor's name of each config key. The key's own spelling is understood too."""


class Settings(Struct, frozen=True):
    """The settings of one editor session."""

    overrides: dict[str, Any] = field(default_factory=dict)
    """Config keys and their values: they win over the project's files."""
    configuration: str | None = None
    """Path of a config file to use in place of those found beside the code."""
    fix_on_save: bool = False


def read(*sources: object) -> Settings:
    """Settings from what clients send, later sources over earlier ones.

    Each source is a section's content or an object that holds the section; anything else says nothing. Unset values
    (null, an empty text or list) leave the project's config alone, so that a client may forward its defaults.
    """
    values: dict[str, Any] = {}
    for source in sources:
        values.update(_section(source))
    overrides = {OVERRIDES[name]: value for name, value in values.items() if name in OVERRIDES}
    overrides |= {name: value for name, value in values.items() if name in OVERRIDES.values()}
    configuration = values.get("configuration")
    return Settings(
        overrides=overrides,
        configuration=configuration if isinstance(configuration, str) else None,
        fix_on_save=values.get("fixOnSave") is True,
    )


def _section(source: object) -> dict[str, Any]:
    if not isinstance(source, Mapping):
        return {}
    for name in ("settings", SECTION):
        inner = source.get(name)
        if isinstance(inner, Mapping):
            return _section(inner)
    return {str(name): value for name, value in source.items() if value not in (None, "", [], {})}
