"""Markdown read as far as the tests need it: headings, code fences, and the lines between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
FENCE = re.compile(r"(\s*)(`{3,}|~{3,})\s*(.*)$")
NAME = re.compile(r"`([^`]+)`:?$")


class Fence(Struct):
    """A code block. `line` is the Markdown line (from 1) of its first code line; `name` stands just above it."""

    language: str
    words: tuple[str, ...]
    """What follows the language, such as `prelude`."""
    text: str
    line: int
    name: str = ""


class Line(Struct):
    """A line of prose, with its Markdown line (from 1)."""

    text: str
    line: int


class Section(Struct):
    """A heading (level 0: the top of the file) and what stands under it, up to the next heading of any level."""

    level: int
    title: str
    line: int
    items: list[Fence | Line] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)

    def fences(self) -> list[Fence]:
        return [item for item in self.items if isinstance(item, Fence)]

    def walk(self, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Section]]:
        """This section and all below it, each with its path of titles (the top of the file has none)."""
        path = (*above, self.title) if self.level else above
        yield path, self
        for child in self.children:
            yield from child.walk(path)


class MarkdownError(Exception):
    """The file is not what a test may look like. `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def read(text: str) -> Section:
    """Give the tree of headings. Raises MarkdownError where a fence is not closed."""
    root = Section(0, "", 1)
    open_sections = [root]
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if opening := FENCE.match(line):
            start = number
            code: list[str] = []
            indent, ticks, info = opening.groups()
            while number < len(lines) and not _closes(lines[number], ticks):
                code.append(lines[number].removeprefix(indent))
                number += 1
            if number == len(lines):
                raise MarkdownError(start, "this code fence is never closed")
            number += 1
            language, *words = info.split() or [""]
            body = "".join(each + "\n" for each in code)
            _add_fence(open_sections[-1], Fence(language, tuple(words), body, start + 1))
        elif heading := HEADING.match(line):
            section = Section(len(heading[1]), heading[2], number)
            while open_sections[-1].level >= section.level:
                open_sections.pop()
            open_sections[-1].children.append(section)
            open_sections.append(section)
        else:
            open_sections[-1].items.append(Line(line, number))
    return root


def _closes(line: str, ticks: str) -> bool:
    stripped = line.strip()
    return set(stripped) == {ticks[0]} and len(stripped) >= len(ticks)


def _add_fence(section: Section, fence: Fence) -> None:
    """Put the fence into its section; a file name on the last line above it becomes its name."""
    above = len(section.items)
    while above and isinstance(item := section.items[above - 1], Line) and not item.text.strip():
        above -= 1
    if above and isinstance(item := section.items[above - 1], Line) and (named := NAME.match(item.text.strip())):
        fence.name = named[1]
        del section.items[above - 1 :]
    section.items.append(fence)
