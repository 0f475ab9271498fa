"""Templates as trees: read through the World, parsed with jinja2's own parser, never rendered."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from sqlassay.semantics import values as v
from sqlassay.semantics.world import World
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

_EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n")


class TemplateFolder(v.Value, frozen=True):
    """What renders templates by name: `Jinja2Templates(directory=...)`, an Environment, a loader."""

    folders: tuple[str, ...]


class TemplateFile(v.Value, frozen=True):
    """A template that is rendered by its method: by name, or from its text."""

    name: str
    folders: tuple[str, ...]
    text: str | None = None


class Page(Struct):
    """A template's tree. `path` is empty for one that stands in the code itself, at `place`."""

    path: str
    place: Place | None
    tree: nodes.Template
    lines: tuple[tuple[int, str], ...]
    """Each line with the byte at which it starts."""

    def at(self, line: int, word: str) -> Place:
        """Where a line (from 1) of the template names an attribute; the whole line, where that is not plain."""
        if self.place is not None:
            return self.place
        start, text = self.lines[min(line, len(self.lines)) - 1]
        index = text.find(word) if text.count(word) == 1 else -1
        if index >= 0:
            start += len(text[:index].encode())
            return Place(self.path, "", start, start + len(word.encode()))
        indent = len(text) - len(text.lstrip())
        return Place(self.path, "", start + indent, start + len(text.rstrip().encode()))


def page(world: World, path: str) -> Page | None:
    """A template of the project; None where it cannot be read or does not parse."""
    found: Page | None = world.memo.of(("page", path), lambda: _page(world, path), None)
    return found


def _page(world: World, path: str) -> Page | None:
    source = world.template(path)
    return _parsed(path, None, source.text) if source is not None else None


def written(text: str, place: Place) -> Page | None:
    """A template that the code itself holds, at `place`."""
    return _parsed("", place, text)


def _parsed(path: str, place: Place | None, text: str) -> Page | None:
    from jinja2 import TemplateError

    try:
        tree = _environment().parse(text)
    except (TemplateError, RecursionError):
        return None
    lines: list[tuple[int, str]] = []
    start = 0
    for line in text.split("\n"):
        lines.append((start, line))
        start += len(line.encode()) + 1
    return Page(path, place, tree, tuple(lines))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(extensions=_EXTENSIONS, autoescape=True)
