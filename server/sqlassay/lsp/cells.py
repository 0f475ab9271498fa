"""A notebook as one module: its Python cells in order, without what only IPython understands.

Pure: text and positions in, text and positions out. Lines and characters count from 0; characters pass through
untouched, in whatever unit the client speaks, because a cell's lines are the module's lines.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from lsprotocol import types
from msgspec import Struct, structs

from sqlassay.lsp import convert
from sqlassay.syntax.source import SourceText, Unit

PYTHON_CELL_MAGICS = frozenset({"capture", "debug", "prun", "pypy", "python", "python3", "time", "timeit"})
"""`%%name` cells whose other lines are Python that runs in the notebook's namespace."""

LINES = re.compile(r"\r\n|\n|\r")
MAGIC = re.compile(r"\s*[%!?]|\s*[\w.*]+\?{1,2}\s*$")
"""A statement of IPython: no statement of Python begins or ends so."""
ASSIGNED = re.compile(r"(\s*[\w.,\[\]'\" ()*]+?=\s*)[%!]")
TOKENS = re.compile(
    r"""(?P<quote>(?:'''|\"\"\"|'|"))|(?P<open>[\[({])|(?P<close>[\])}])|(?P<comment>\#.*)|\\.""", re.DOTALL
)


class Cell(Struct):
    """A cell as the client shows it: `uri` names its text document, `version` that document's version."""

    uri: str
    code: bool
    """Python code, and not Markdown or another language."""
    version: int
    text: str


class Piece(Struct, frozen=True):
    """The lines of one cell that are in the module: from line `skip` of the cell on, at line `start` of the module."""

    uri: str
    start: int
    skip: int
    count: int


class Layout(Struct, frozen=True):
    """Which line of the module is which line of which cell."""

    pieces: tuple[Piece, ...]

    def to_client(self, start: types.Position, end: types.Position) -> tuple[str, types.Range] | None:
        """The cell and the range in it of a range of the module; None where it leaves its cell."""
        index = bisect_right(self.pieces, start.line, key=lambda piece: piece.start) - 1
        if index < 0:
            return None
        piece = self.pieces[index]
        if not piece.start <= end.line < piece.start + piece.count:
            return None
        shift = piece.skip - piece.start
        return piece.uri, types.Range(
            types.Position(start.line + shift, start.character), types.Position(end.line + shift, end.character)
        )

    def to_module(self, uri: str, position: types.Position) -> types.Position | None:
        """The place in the module of a place in a cell; None where the module does not have that line."""
        for piece in self.pieces:
            if piece.uri == uri and 0 <= position.line - piece.skip < piece.count:
                return types.Position(position.line - piece.skip + piece.start, position.character)
        return None


def module(cells: Iterable[Cell]) -> tuple[str, Layout]:
    """The module that a notebook's cells make together, and where each of its lines comes from."""
    lines: list[str] = []
    pieces: list[Piece] = []
    for cell in cells:
        if not cell.code:
            continue
        own = LINES.split(cell.text)
        skip = _magic_head(own)
        if skip is None:
            continue
        code = _without_magics(own[skip:])
        if code:
            pieces.append(Piece(cell.uri, len(lines), skip, len(code)))
            lines += code
    return "\n".join(lines) + "\n", Layout(tuple(pieces))


def _magic_head(lines: list[str]) -> int | None:
    """How many lines a cell's magics take at its top (and the blank lines there); None where no line is Python."""
    for number, line in enumerate(lines):
        text = line.strip()
        if text.startswith("%%"):
            words = text[2:].split()
            if not words or words[0] not in PYTHON_CELL_MAGICS:
                return None
        elif text and not (text[0] in "%!" and not text.endswith("\\")):
            return number
    return len(lines)


def _without_magics(lines: list[str]) -> list[str]:
    """The same lines with each magic one made Python that does nothing; lines inside strings or brackets stay."""
    result: list[str] = []
    state = _State()
    continued = False
    for line in lines:
        if continued:
            continued = line.rstrip().endswith("\\")
            result.append("")
            continue
        if state.at_statement:
            replaced = _plain(line)
            if replaced is not None:
                result.append(replaced)
                continued = line.rstrip().endswith("\\")
                continue
        state.read(line)
        result.append(line)
    return result


def _plain(line: str) -> str | None:
    """Python in place of a line of IPython; None where the line is Python."""
    if MAGIC.match(line):
        return line[: len(line) - len(line.lstrip())] + "pass"
    assigned = ASSIGNED.match(line)
    # A call of a name that nothing defines: a value that nobody knows anything about.
    return assigned.group(1) + "__magic__()" if assigned else None


class _State:
    """Whether the next line begins a statement: not inside brackets, a long string or after a backslash."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote = ""
        self.joined = False

    @property
    def at_statement(self) -> bool:
        return not (self.depth or self.quote or self.joined)

    def read(self, line: str) -> None:
        at = 0
        while at < len(line):
            if self.quote:
                at = _after_quote(line, at, self.quote)
                if at < 0:
                    break
                self.quote = ""
            found = TOKENS.search(line, at)
            if found is not None and found.lastgroup == "comment":
                self.joined = False  # a backslash at its end is text
                return
            if found is None:
                break
            at = found.end()
            if found.lastgroup == "quote":
                self.quote = found.group()
            elif found.lastgroup == "open":
                self.depth += 1
            elif found.lastgroup == "close":
                self.depth = max(0, self.depth - 1)
        self.joined = line.endswith("\\") and not self.quote
        if len(self.quote) == 1 and not line.endswith("\\"):
            self.quote = ""  # a broken string ends with its line


def _after_quote(line: str, at: int, quote: str) -> int:
    """The index after the closing quote, from `at` on; -1 where the line does not have it."""
    while at < len(line):
        if line[at] == "\\":
            at += 2
        elif line.startswith(quote, at):
            return at + len(quote)
        else:
            at += 1
    return -1


def changed(cells: dict[str, Cell], changes: types.NotebookDocumentCellChanges, unit: Unit) -> dict[str, Cell]:
    """The cells by URI after a change: new ones added, kinds and texts as they are now. What is gone stays in."""
    result = dict(cells)
    structure = changes.structure
    if structure is not None:
        kinds = {cell.document: cell.kind for cell in structure.array.cells or ()}
        for document in structure.did_open or ():
            result[document.uri] = opened(document, kinds.get(document.uri, types.NotebookCellKind.Code))
    for data in changes.data or ():
        if data.document in result:
            cell = result[data.document]
            result[cell.uri] = structs.replace(cell, code=cell.code and data.kind is types.NotebookCellKind.Code)
    for content in changes.text_content or ():
        edited = result.get(content.document.uri)
        if edited is None:
            continue
        source = SourceText.from_str(edited.text)
        for change in content.changes:
            edit = convert.text_edit(source, change, unit)
            source = source.edited(edit.start, edit.end, edit.text)
        result[edited.uri] = structs.replace(edited, text=source.text, version=content.document.version)
    return result


def opened(document: types.TextDocumentItem, kind: types.NotebookCellKind) -> Cell:
    """A cell as the client sent it."""
    code = kind is types.NotebookCellKind.Code and document.language_id == "python"
    return Cell(document.uri, code, document.version, document.text)
