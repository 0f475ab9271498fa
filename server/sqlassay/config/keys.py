"""Every key that configuration knows: what it may hold, what it is by default, what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from packaging.specifiers import InvalidSpecifier

from sqlassay.config import selectors
from sqlassay.config.errors import Refused, nearest
from sqlassay.findings import Severity
from sqlassay.project.discovery import check_pattern
from sqlassay.project.versions import parse_target
from sqlassay.semantics.plans import LOADERS

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".mypy_cache",
    ".nox",
    ".pyenv",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)

DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite", "oracle", "mssql")
DIALECT_ALIASES = {"postgres": "postgresql", "sqlserver": "mssql"}
LOADER_NAMES = ("selectinload", "joinedload", "subqueryload")
SEVERITIES = (*(each.value for each in Severity), "off")

_KINDS = {str: "a string", bool: "true or false", list: "a list", dict: "a table", int: "a number", float: "a number"}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "something else")


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise Refused(f"must be a list of strings, not {_kind(value)}")
    for each in value:
        if not isinstance(each, str):
            raise Refused(f"must be a list of strings, but holds {_kind(each)}")
    return tuple(value)


def _selectors(value: object) -> tuple[str, ...]:
    texts = _strings(value)
    selectors.parse_all(texts)
    return texts


def _patterns(value: object) -> tuple[str, ...]:
    patterns = _strings(value)
    for each in patterns:
        _pattern(each)
    return patterns


def _pattern(text: str) -> None:
    try:
        check_pattern(text)
    except ValueError:
        raise Refused(f'"{text}" is no pattern as in a .gitignore file', element=text) from None


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise Refused(f"must be a table, not {_kind(value)}")
    return value


def _per_file_ignores(value: object) -> dict[str, tuple[str, ...]]:
    result: dict[str, tuple[str, ...]] = {}
    for glob, texts in _mapping(value).items():
        try:
            _pattern(glob.removeprefix("!"))
            result[glob] = _selectors(texts)
        except Refused as refused:
            raise Refused(refused.message, (glob,), refused.element) from None
    return result


def _severities(value: object) -> dict[str, str]:
    result: dict[str, str] = {}
    for rule, level in _mapping(value).items():
        try:
            selectors.parse(rule)
        except Refused as refused:
            raise Refused(refused.message, (rule,)) from None
        if level not in SEVERITIES:
            said = f'"{level}"{nearest(level, SEVERITIES)}' if isinstance(level, str) else _kind(level)
            raise Refused(f"a severity is one of {', '.join(SEVERITIES)}, not {said}", (rule,))
        result[rule] = str(level)
    return result


def _version(value: object) -> str:
    if not isinstance(value, str):
        raise Refused(f'must be a string such as "2.0" or ">=1.4,<2.1", not {_kind(value)}')
    try:
        parse_target(value)
    except InvalidSpecifier:
        raise Refused(f'"{value}" is no version: write "2.0", "2.0.30" or ">=1.4,<2.1"') from None
    return value


def _dialects(value: object) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else _strings(value)
    named = tuple(DIALECT_ALIASES.get(each, each) for each in texts)
    for each in named:
        if each not in DIALECTS:
            raise Refused(f'a dialect is one of {", ".join(DIALECTS)}, not "{each}"{nearest(each, DIALECTS)}')
    return named


def _loaders(value: object) -> dict[str, str]:
    result = dict(LOADERS)
    for what, loader in _mapping(value).items():
        if what not in LOADERS:
            raise Refused(f'loaders are of {" and ".join(LOADERS)}, not of "{what}"{nearest(what, LOADERS)}', (what,))
        if loader not in LOADER_NAMES:
            said = f'"{loader}"{nearest(loader, LOADER_NAMES)}' if isinstance(loader, str) else _kind(loader)
            raise Refused(f"a loader is one of {', '.join(LOADER_NAMES)}, not {said}", (what,))
        result[what] = str(loader)
    return result


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused(f"must be true or false, not {_kind(value)}")
    return value


class Key(Struct, frozen=True):
    """`read` takes the value as TOML gives it and gives the one we work with, or raises Refused."""

    read: Callable[[object], Any]
    default: Any
    meaning: str


KEYS: dict[str, Key] = {
    "select": Key(_selectors, ("recommended",), "the rules that are on"),
    "extend-select": Key(_selectors, (), "rules that are on besides those of select"),
    "ignore": Key(_selectors, (), "rules that are off"),
    "per-file-ignores": Key(_per_file_ignores, {}, "rules that are off in the files of a pattern"),
    "severities": Key(_severities, {}, "how loud a rule is, or off"),
    "exclude": Key(_patterns, DEFAULT_EXCLUDE, "what is not checked, in place of the usual list"),
    "extend-exclude": Key(_patterns, (), "what is not checked besides"),
    "respect-gitignore": Key(_flag, True, "whether what git ignores is not checked"),
    "target-version": Key(_version, None, "the SQLAlchemy that the code runs on"),
    "dialect": Key(_dialects, (), "the databases that the code runs on"),
    "loaders": Key(_loaders, LOADERS, "the loaders that fixes add to a query"),
    "src": Key(_strings, (".", "src"), "the folders that imports start from"),
}


def read(values: Mapping[str, object]) -> dict[str, Any]:
    """The values of a table, each as its key reads it; raises Refused at the first that is not understood."""
    result: dict[str, Any] = {}
    for name, value in values.items():
        key = KEYS.get(name)
        if key is None:
            raise Refused(f'unknown key "{name}"{nearest(name, KEYS)}', (name,))
        try:
            result[name] = key.read(value)
        except Refused as refused:
            raise Refused(f'"{name}": {refused.message}', (name, *refused.keys), refused.element) from None
    return result
