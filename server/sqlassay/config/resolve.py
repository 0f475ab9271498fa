"""What holds for a file: the nearest configuration file, with what the command line or the editor says on top."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, structs
from pathspec import GitIgnoreSpec

from sqlassay.config import keys, selectors
from sqlassay.config.errors import ConfigError, Refused
from sqlassay.config.layers import Layer, layer_in, read_layer
from sqlassay.findings import Severity
from sqlassay.project.discovery import Exclusion, excluded_by
from sqlassay.rules import base

EXTENDING = ("extend-select", "ignore", "extend-exclude")
"""Override lists that add to the file's instead of taking their place."""


class Settings(Struct, frozen=True):
    """What holds for one file."""

    enabled: frozenset[str]
    """The codes of the rules that are on in it."""
    severities: dict[str, str]
    """By rule code; only where configuration speaks."""
    target_version: str | None
    """The SQLAlchemy version or specifier that configuration names."""
    dialects: tuple[str, ...]
    """Of postgresql, mysql, mariadb, sqlite, oracle, mssql; empty where not configured."""
    loaders: Mapping[str, str]
    """The loader that fixes add to a query, by what it loads (`semantics.plans.LOADERS`)."""
    src: tuple[str, ...]
    """Absolute folders that imports start from."""
    folder: str
    """Absolute folder of the configuration: its file's, or the project's root."""
    file: str | None
    """The configuration file, None where there is none."""

    def severity(self, code: str) -> Severity:
        """The severity of a rule's findings where the hit does not say; raises KeyError for an unknown rule."""
        said = self.severities.get(code)
        return base.rules_by_name()[code].meta.severity if said in (None, "off") else Severity(said)


class _Resolved(Struct):
    """What one layer and the overrides come to."""

    layer: Layer
    values: dict[str, Any]
    settings: Settings
    exclusion: Exclusion
    per_file: list[tuple[GitIgnoreSpec, bool, frozenset[str]]]
    """Pattern, whether a match means it does not hold (`!`), and the codes that it ignores."""
    variants: dict[frozenset[str], Settings]


def _read(values: Mapping[str, object], origin: str) -> dict[str, Any]:
    try:
        return keys.read(values)
    except Refused as refused:
        raise ConfigError(origin, None, refused.message) from None


class Config:
    """The configuration of a project. Files are read when they are first asked about, and then remembered."""

    def __init__(
        self,
        root: str | Path = ".",
        overrides: Mapping[str, object] | None = None,
        *,
        only: Layer | None = None,
        origin: str = "settings",
    ) -> None:
        """`overrides` have the keys of the files and stand above them; `origin` says where they are from.

        `only` holds for everything, and no file is looked for. Raises ConfigError for overrides that are refused.
        """
        self.root = os.path.abspath(root)
        self.origin = origin
        self.overrides = _read(overrides or {}, origin)
        self._only = only
        self.reload()

    @classmethod
    def load(
        cls,
        root: str | Path,
        *,
        overrides: Mapping[str, object] | None = None,
        file: str | Path | None = None,
        isolated: bool = False,
        origin: str = "settings",
    ) -> Config:
        """The configuration of the project at `root`, read from the disk.

        `file` holds for everything instead of the files found; `isolated`: no file is read. Raises ConfigError where
        the overrides, `file`, or the file that holds for `root` are refused; those further down may be refused later.
        """
        only = Layer(os.path.abspath(root), {}) if isolated else None
        if file is not None:
            only = read_layer(os.path.abspath(file), required=True)
        config = cls(root, overrides, only=only, origin=origin)
        config.exclusion(config.root)
        return config

    @classmethod
    def default(cls) -> Config:
        """The configuration of a project that says nothing. Reads nothing from the disk."""
        return cls.from_settings({})

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], root: str | Path = ".") -> Config:
        """The configuration that a sqlassay.toml with these keys, in `root`, would give. Reads nothing from the disk.

        Raises ConfigError.
        """
        folder = os.path.abspath(root)
        return cls(folder, only=Layer(folder, _read(settings, "settings")))

    def reload(self) -> None:
        """Read the files again when they are next asked about: they changed on disk."""
        self._layers: dict[str, Layer] = {}
        self._resolved: dict[str | None, _Resolved] = {}

    # ---- what holds

    def for_file(self, path: str | Path) -> Settings:
        """What holds for the file at `path`; raises ConfigError where its configuration file is refused."""
        absolute = os.path.abspath(path)
        resolved = self._of(os.path.dirname(absolute))
        off: frozenset[str] = frozenset()
        if resolved.per_file:
            relative = os.path.relpath(absolute, resolved.layer.folder).replace(os.sep, "/")
            for spec, negated, codes in resolved.per_file:
                if spec.match_file(relative) is not negated:
                    off |= codes
        off &= resolved.settings.enabled
        if not off:
            return resolved.settings
        variant = resolved.variants.get(off)
        if variant is None:
            variant = structs.replace(resolved.settings, enabled=resolved.settings.enabled - off)
            resolved.variants[off] = variant
        return variant

    def exclusion(self, folder: str) -> Exclusion:
        """What is not checked among the entries of an absolute `folder`: for `project.discovery`."""
        return self._of(folder).exclusion

    def excluded_by(self, path: str | Path) -> str | None:
        """Who keeps `path` from being checked when it is not named itself (a file, for a reader); None: nobody."""
        return excluded_by(os.path.abspath(path), self.exclusion)

    def values(self, path: str | Path) -> dict[str, tuple[Any, str]]:
        """Every key with its value for the file at `path` and where that is from, for a reader."""
        resolved = self._of(os.path.dirname(os.path.abspath(path)))
        result: dict[str, tuple[Any, str]] = {}
        for name, key in keys.KEYS.items():
            said = [resolved.layer.origin(name), self.origin if name in self.overrides else None]
            result[name] = (resolved.values.get(name, key.default), " and ".join(filter(None, said)) or "default")
        return result

    # ---- how it comes about

    def _of(self, folder: str) -> _Resolved:
        layer = self._only or self._layer(folder)
        resolved = self._resolved.get(layer.path)
        if resolved is None:
            resolved = self._resolved[layer.path] = self._resolve(layer)
        return resolved

    def _layer(self, folder: str) -> Layer:
        asked: list[str] = []
        while (layer := self._layers.get(folder)) is None:
            asked.append(folder)
            parent = os.path.dirname(folder)
            layer = layer_in(folder) or (Layer(self.root, {}) if parent == folder else None)
            if layer is not None:
                break
            folder = parent
        self._layers.update(dict.fromkeys(asked, layer))
        return layer

    def _resolve(self, layer: Layer) -> _Resolved:
        values = dict(layer.values)
        for name, said in self.overrides.items():
            if isinstance(said, dict):
                values[name] = {**values.get(name, {}), **said}
            elif name in EXTENDING:
                values[name] = (*values.get(name, ()), *said)
            else:
                values[name] = said

        def value(name: str) -> Any:
            return values.get(name, keys.KEYS[name].default)

        severities = selectors.spread(value("severities"))
        off = {code for code, level in severities.items() if level == "off"}
        settings = Settings(
            enabled=self._enabled(layer) - off,
            severities=severities,
            target_version=value("target-version"),
            dialects=value("dialect"),
            loaders=value("loaders"),
            src=tuple(os.path.normpath(os.path.join(layer.folder, each)) for each in value("src")),
            folder=layer.folder,
            file=layer.path,
        )
        exclusion = Exclusion(
            folder=layer.folder,
            patterns=(*value("exclude"), *value("extend-exclude")),
            respect_gitignore=value("respect-gitignore"),
            said_by=f"exclude in {layer.path}" if layer.path else "the default excludes",
        )
        per_file = [
            (
                GitIgnoreSpec.from_lines([glob.removeprefix("!")]),
                glob.startswith("!"),
                selectors.resolve((), selectors.parse_all(texts), ()),
            )
            for glob, texts in value("per-file-ignores").items()
        ]
        return _Resolved(layer, values, settings, exclusion, per_file, {})

    def _enabled(self, layer: Layer) -> frozenset[str]:
        enabled: frozenset[str] = frozenset()
        sources = [{"select": keys.KEYS["select"].default, **layer.values}, self.overrides]
        for values in sources:
            # A `select` on top starts anew: what the file ignores, a person who names rules asks for.
            chosen = (*values.get("select", ()), *values.get("extend-select", ()))
            start = () if "select" in values else enabled
            enabled = selectors.resolve(
                start, selectors.parse_all(chosen), selectors.parse_all(values.get("ignore", ()))
            )
        return enabled
