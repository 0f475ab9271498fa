"""What a rule is: a small declared value, found by folder, that listens to events and yields findings."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from sqlassay.findings import Lazy, Severity

if TYPE_CHECKING:
    from sqlassay.fixes.ops import Fix
    from sqlassay.syntax.place import Place

SECTIONS = ("Why", "Example", "Use instead", "Fix safety", "What it cannot see", "References")
PRESETS = ("recommended", "strict", "sqlalchemy-2.0")


class Note(Struct, frozen=True):
    """A related place of a hit, with what to say about it."""

    place: Place
    message: str


class Hit(Struct, frozen=True):
    """What a rule yields: where, what to say, what proves it, how to repair it."""

    place: Place
    message: str
    related: tuple[Note, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None
    """Where this hit deserves another severity than the rule's."""
    tags: tuple[str, ...] = ()
    lazy: Lazy | None = None
    """The relationship whose lazy load it is about."""


class Meta(Struct, frozen=True):
    """The declared facts of a rule. `sqlalchemy` is a version specifier (PEP 440) on SQLAlchemy."""

    code: str
    name: str
    severity: Severity
    category: str
    presets: frozenset[str]
    """The presets that turn it on; 'recommended' means on by default. Every rule is in 'strict' unless opt-in."""
    sqlalchemy: str
    fix: str
    """none, safe, unsafe or either: what the rule's fixes are."""


class Rule:
    """Base of all rules. A subclass defines methods named after the events it wants (`semantics.events`).

    Each takes the event and yields Hits. The docstring is the rule's page: a first line that says what is found,
    then the sections of `SECTIONS`.
    """

    meta: Meta

    @cached_property
    def page(self) -> Page:
        return parse_page(inspect.cleandoc(type(self).__doc__ or ""))


class Page(Struct, frozen=True):
    """A rule's documentation, split at its headings. `summary` is its first paragraph."""

    summary: str
    sections: dict[str, str]


def parse_page(doc: str) -> Page:
    """Split a docstring at its `## ` headings (not inside code fences)."""
    summary: list[str] = []
    sections: dict[str, list[str]] = {}
    into = summary
    fenced = False
    for line in doc.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        if not fenced and line.startswith("## "):
            into = sections.setdefault(line[3:].strip(), [])
        else:
            into.append(line)
    return Page("\n".join(summary).strip(), {name: "\n".join(lines).strip() for name, lines in sections.items()})


R = TypeVar("R", bound=type[Rule])


def rule(
    code: str,
    name: str,
    *,
    severity: Severity,
    presets: tuple[str, ...] = ("recommended",),
    sqlalchemy: str = "",
    fix: str = "none",
    opt_in: bool = False,
) -> Callable[[R], R]:
    """Declare a rule. In preset 'strict' too unless `opt_in`; off by default unless 'recommended' is among presets."""
    unknown = set(presets) - set(PRESETS)
    if unknown:
        raise ValueError(f"{code}: no such preset: {', '.join(sorted(unknown))}")

    def declare(cls: R) -> R:
        category = cls.__module__.split(".")[-2]
        on = frozenset(presets if opt_in else (*presets, "strict"))
        cls.meta = Meta(code, name, severity, category, on, sqlalchemy, fix)
        return cls

    return declare


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code. Found by walking the category folders: adding a rule touches its own file only."""
    import sqlassay.rules as package

    found: list[Rule] = []
    for category in pkgutil.iter_modules(package.__path__):
        if not category.ispkg:
            continue
        folder = importlib.import_module(f"{package.__name__}.{category.name}")
        for module_info in pkgutil.iter_modules(folder.__path__):
            module = importlib.import_module(f"{folder.__name__}.{module_info.name}")
            found.extend(
                value()
                for value in vars(module).values()
                if isinstance(value, type)
                and issubclass(value, Rule)
                and value.__module__ == module.__name__
                and "meta" in vars(value)
            )
    return tuple(sorted(found, key=lambda each: each.meta.code))


@cache
def rules_by_name() -> dict[str, Rule]:
    """Every rule under its code and under its name: users may write either."""
    return {key: each for each in all_rules() for key in (each.meta.code, each.meta.name)}


def subscriptions(rules: tuple[Rule, ...], events: tuple[str, ...]) -> dict[str, tuple[tuple[Rule, Any], ...]]:
    """For each event name, the (rule, bound method) pairs that listen to it."""
    return {
        event: tuple((each, getattr(each, event)) for each in rules if hasattr(type(each), event)) for event in events
    }


def run(listeners: tuple[tuple[Rule, Any], ...], event: object) -> Iterator[tuple[Rule, Hit]]:
    """Give an event to its listeners. What a rule raises goes through: the linter catches it and names the rule."""
    for each, method in listeners:
        for hit in method(event):
            yield each, hit
