"""From headings and fences to cases: programs with expectations in their lines, and fixes with before and after."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct, field
from sqlassay.project.toml import TomlError, parse

from harness.markdown import Fence, Line, MarkdownError, Section

FLAGS, SILENT, ACROSS, FIX = SECTIONS = ("Flags", "Stays silent", "Across files", "Fix")
CONFIG = "sqlassay.toml"
DEFAULT_FILE = "main.py"
PRELUDE = "prelude"

EXPECT = re.compile(r"#\s*expect:\s*(.*)$")
EXPECTED_ITEM = re.compile(r"\s*([\w-]+)(?:\s*\[(.*?)\])?\s*(?:,|$)")
REVEALED = re.compile(r"#\s*revealed:\s*(.*?)\s*$")
LEVEL = re.compile(r"\b(unsafe|safe)\b", re.IGNORECASE)
BECOMES = re.compile(r"\bbecomes:\s*(unchanged)?\.?$", re.IGNORECASE)


class Expected(Struct, frozen=True):
    """A finding that a line announces. `line` counts from 1 in its file; `rule` is a code or a name."""

    path: str
    line: int
    rule: str
    message: str = ""
    """A part of the message, empty where it does not matter."""


class Program(Struct):
    """The files of one project, with its configuration. Prelude files are among them."""

    files: dict[str, Fence]
    config: Fence | None = None

    def sources(self) -> dict[str, str]:
        return {path: fence.text for path, fence in self.files.items()}

    def settings(self) -> dict[str, Any]:
        """The configuration as it stands in the case; raises MarkdownError where it is not TOML."""
        if self.config is None:
            return {}
        try:
            return parse(self.config.text)
        except TomlError as error:
            where = self.config.line + error.line - 1
            raise MarkdownError(where, f"{CONFIG} is not TOML: {error.message}") from error

    def markdown_line(self, path: str, line: int) -> int:
        """The Markdown line of a line (from 1) of a file; 1 for a file that no fence holds."""
        return self.files[path].line + line - 1 if path in self.files else 1

    def expected(self) -> list[Expected]:
        return [
            Expected(path, number, *item)
            for path, fence in self.files.items()
            for number, code in enumerate(fence.text.splitlines(), 1)
            if (found := EXPECT.search(code))
            for item in expected_items(found[1], fence.line + number - 1)
        ]

    def revealed(self) -> list[Expected]:
        """The lines that say what an expression is: as Expected, with the text in `message`."""
        return [
            Expected(path, number, "revealed", found[1])
            for path, fence in self.files.items()
            for number, code in enumerate(fence.text.splitlines(), 1)
            if (found := REVEALED.search(code))
        ]


class FixStep(Struct):
    """A program, and what fixing at a level makes of it. `after` is None where it must stay as it is."""

    line: int
    unsafe: bool
    before: Program
    after: dict[str, Fence] | None


class Case(Struct):
    """One heading with code. `section` is the `##` title above it (or its own)."""

    titles: tuple[str, ...]
    section: str
    line: int
    programs: list[Program] = field(default_factory=list)
    fixes: list[FixStep] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "/".join(self.titles)


def expected_items(text: str, line: int) -> list[tuple[str, str]]:
    """Split `ALC601 [part of the message], n-plus-one` into (rule, part). `line` is the Markdown line, for errors."""
    items: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        item = EXPECTED_ITEM.match(text, at)
        if item is None:
            raise MarkdownError(line, f"cannot read this expectation: {text!r}")
        items.append((item[1], item[2] or ""))
        at = item.end()
    if not items:
        raise MarkdownError(line, "an expectation names no rule")
    return items


def cases(root: Section, sections: tuple[str, ...] | None = None) -> list[Case]:
    """The cases of a file, in order.

    `sections`: the only `##` titles allowed, None for any. The section called Fix holds fix cases when they are given.
    Raises MarkdownError where the file is not of the form that `README.md` describes.
    """
    shared = _prelude(root)
    found: list[Case] = []
    names: set[str] = set()
    for titles, section in root.walk():
        part = titles[_above(root) :] if titles else ()
        if sections is not None and part and part[0] not in sections:
            raise MarkdownError(section.line, f"no such section: {part[0]!r} (known: {', '.join(sections)})")
        case = Case(part, part[0] if part else "", section.line)
        if sections is not None and case.section == FIX:
            case.fixes = _fixes(section, shared)
        elif part:
            case.programs = programs(section, shared)
        if not case.programs and not case.fixes:
            continue
        if case.name in names:
            raise MarkdownError(section.line, f"two cases are called {case.name!r}")
        names.add(case.name)
        found.append(case)
    return found


def _above(root: Section) -> int:
    """How many titles stand above the sections: 1 where the file has one `#` title over everything."""
    return 1 if len(root.children) == 1 and root.children[0].level == 1 else 0


def _prelude(root: Section) -> Program:
    shared = Program({})
    tops = [root, *(child for child in root.children if child.level == 1)]
    for titles, section in root.walk():
        for fence in section.fences():
            if PRELUDE not in fence.words:
                continue
            if section not in tops:
                raise MarkdownError(fence.line, f"a prelude stands at the top of the file, not under {titles[-1]!r}")
            _put(shared, fence, fence.name)
    return shared


def _put(program: Program, fence: Fence, name: str) -> None:
    if not name:
        raise MarkdownError(fence.line, "name this file on a line just above: `models.py`:")
    if name == CONFIG:
        program.config = fence
    else:
        program.files[name] = fence


def _is_file(fence: Fence) -> bool:
    """A fence is a file where it has a name or is Python; others are prose. Prelude files are read apart."""
    return PRELUDE not in fence.words and (bool(fence.name) or fence.language == "python")


def _with(shared: Program, fences: list[Fence]) -> Program:
    program = Program(dict(shared.files), shared.config)
    for fence in fences:
        _put(program, fence, fence.name or DEFAULT_FILE)
    return program


def _check_names(fences: list[Fence]) -> None:
    taken: set[str] = set()
    for fence in fences:
        name = fence.name or DEFAULT_FILE
        if name in taken:
            raise MarkdownError(fence.line, f"{name} stands twice in this case")
        taken.add(name)


def programs(section: Section, shared: Program) -> list[Program]:
    """The programs that stand directly under a heading, each with the `shared` files.

    One program of all the files where any but the configuration is named; else one for each block.
    """
    fences = [fence for fence in section.fences() if _is_file(fence)]
    code = [fence for fence in fences if fence.name != CONFIG]
    if any(fence.name for fence in code):
        _check_names(fences)
        return [_with(shared, fences)]
    config = [fence for fence in fences if fence.name == CONFIG]
    return [_with(shared, [*config, fence]) for fence in code]


def _fixes(section: Section, shared: Program) -> list[FixStep]:
    """The steps of one heading: what stands between two `becomes:` is what the first becomes, then the next block."""
    steps: list[FixStep] = []
    level = _level(section.title)
    before: list[Fence] = []
    parts = _split(section)
    for number, (items, becomes) in enumerate(parts):
        fences = [item for item in items if isinstance(item, Fence) and _is_file(item)]
        if number:
            after, before = _after(fences, parts[number - 1][1], is_last=becomes is None)
            steps[-1].after = after
        else:
            before = fences
        if becomes is None:
            break
        prose = [item.text for item in items if isinstance(item, Line)] + [becomes.text]
        level = next((found for text in reversed(prose) if (found := _level(text))), level)
        if level is None:
            raise MarkdownError(becomes.line, "say whether this fix is safe or unsafe, in the heading or a line above")
        if not before:
            raise MarkdownError(becomes.line, "what becomes? no code stands above")
        _check_names(before)
        steps.append(FixStep(becomes.line, level == "unsafe", _with(shared, before), None))
        before = []
    if before:
        raise MarkdownError(before[0].line, "this block never becomes anything: say `becomes:` or `becomes: unchanged`")
    return steps


def _split(section: Section) -> list[tuple[list[Fence | Line], Line | None]]:
    """Cut the items of a section at its `becomes` lines; each part comes with the line that ends it, if any."""
    parts: list[tuple[list[Fence | Line], Line | None]] = [([], None)]
    for item in section.items:
        if isinstance(item, Line) and BECOMES.search(item.text):
            parts[-1] = (parts[-1][0], item)
            parts.append(([], None))
        else:
            parts[-1][0].append(item)
    return parts


def _after(fences: list[Fence], becomes: Line | None, *, is_last: bool) -> tuple[dict[str, Fence] | None, list[Fence]]:
    """What the code above `becomes` turns into (None: it stays), and the blocks left over for the next step."""
    found = BECOMES.search(becomes.text) if becomes else None
    if becomes is None or found is None or found[1]:
        return None, fences
    if not fences:
        raise MarkdownError(becomes.line, "what does it become? no code follows")
    named = any(fence.name for fence in fences)
    if named and not is_last:
        raise MarkdownError(becomes.line, "one fix a heading, where files are named")
    mine = fences if named else fences[:1]
    _check_names(mine)
    return {fence.name or DEFAULT_FILE: fence for fence in mine}, fences[len(mine) :]


def _level(text: str) -> str | None:
    found = LEVEL.search(text)
    return found[1].lower() if found else None
