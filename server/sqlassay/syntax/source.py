"""A text and its positions.

Everything inside the server counts UTF-8 bytes from the start of the text (after a byte order mark). This module is
where files become such a text, and where bytes become the lines and characters that editors speak of, and back.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate
from typing import Literal

from msgspec import Struct

Unit = Literal["utf-8", "utf-16", "utf-32"]
"""What a character of a position counts: bytes, UTF-16 code units or code points."""

_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK_OR_COMMENT = re.compile(rb"[ \t\f]*(?:#.*)?$")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LONE_CR = re.compile(rb"\r(?!\n)")
_UTF_16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE = 40
"""How many bytes of a codec's name a message quotes at most."""


class Unreadable(ValueError):
    """The bytes are not a text that Python would read. The message says why, for a person."""


class Unwritable(ValueError):
    """The text holds a character that the file's encoding has no bytes for. The message says which."""


class TextEdit(Struct, frozen=True):
    """Replace the bytes from `start` to `end` (UTF-8, from the start of the text) by `text`."""

    start: int
    end: int
    text: str


class SourceText:
    """An immutable text with its encoding and its line index. Two of them are equal when their texts are."""

    def __init__(self, data: bytes, encoding: str = "utf-8", bom: bool = False) -> None:
        """`data` is valid UTF-8 without a byte order mark. Use `from_bytes` or `from_str` for anything else."""
        self.data = data
        self.encoding = encoding
        self.bom = bom

    @classmethod
    def from_bytes(cls, data: bytes) -> SourceText:
        """Read a file's bytes as Python would (byte order mark, PEP 263, else UTF-8).

        Raises Unreadable for binary data, an unknown encoding, or bytes that are not of the encoding.
        """
        if data.startswith(_UTF_16_BOMS):
            raise Unreadable("the file is UTF-16, which Python does not read; save it as UTF-8")
        bom = data.startswith(codecs.BOM_UTF8)
        if bom:
            data = data[len(codecs.BOM_UTF8) :]
        nul = data.find(b"\0")
        if nul >= 0:
            raise Unreadable(f"not a text: NUL byte at offset {nul}")
        encoding = _declared_encoding(data)
        if encoding is None or encoding == "utf-8":
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as error:
                line = len(_LINE_END.findall(data, 0, error.start)) + 1
                raise Unreadable(
                    f"not UTF-8: byte 0x{data[error.start]:02x} in line {line}, and no coding comment names another"
                    " encoding"
                ) from None
            return cls(data, "utf-8", bom)
        if bom:
            raise Unreadable(f"the file starts with a UTF-8 byte order mark but its coding comment says {encoding}")
        return cls(_decode(data, encoding).encode("utf-8"), encoding)

    @classmethod
    def from_str(cls, text: str) -> SourceText:
        """A text as an editor sends it. Half surrogate pairs, which no file can hold, become U+FFFD."""
        bom = text.startswith("\ufeff")
        if bom:
            text = text[1:]
        return cls(_encode_utf8(text), "utf-8", bom)

    @cached_property
    def text(self) -> str:
        return self.data.decode("utf-8")

    @cached_property
    def code(self) -> bytes:
        """`data` as it is parsed, byte for byte of the same length.

        A lone CR ends a line in Python but not in tree-sitter's grammar, and a NUL, which only an editor can send,
        ends the whole text there.
        """
        code = self.data
        if b"\r" in code:
            code = _LONE_CR.sub(b"\n", code)
        return code.replace(b"\0", b" ")

    @cached_property
    def is_ascii(self) -> bool:
        return self.data.isascii()

    @cached_property
    def newline(self) -> str:
        """The line end that the text uses most: newline (also when it has none), CRLF or a lone CR."""
        crlf = self.data.count(b"\r\n")
        counts = {"\n": self.data.count(b"\n") - crlf, "\r\n": crlf, "\r": self.data.count(b"\r") - crlf}
        return max(counts, key=counts.__getitem__)

    def encode(self) -> bytes:
        """The bytes to write to the file, in its own encoding. Raises Unwritable."""
        if self.encoding == "utf-8":
            return codecs.BOM_UTF8 + self.data if self.bom else self.data
        try:
            return self.text.encode(self.encoding)
        except UnicodeEncodeError as error:
            character = self.text[error.start]
            raise Unwritable(f"{self.encoding}, the file's encoding, has no {character!r}") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SourceText) and self.data == other.data

    def __hash__(self) -> int:
        return hash(self.data)

    # ---- lines; they end at \n, \r\n and \r only, as in LSP: not at a form feed or U+2028

    @cached_property
    def line_starts(self) -> list[int]:
        """The byte offset at which each line starts. There is always a first line."""
        lines = self.data.splitlines(keepends=True)  # of bytes: at no other line ends than these three
        starts = [0, *accumulate(map(len, lines))]
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            starts.pop()
        return starts

    @property
    def line_count(self) -> int:
        return len(self.line_starts)

    def line_at(self, offset: int) -> int:
        """The line, from 0, that holds the byte at `offset`."""
        return max(bisect_right(self.line_starts, offset) - 1, 0)

    def line_span(self, line: int) -> tuple[int, int]:
        """The bytes of a line (from 0) without its line end. Outside the text: the nearest line."""
        starts = self.line_starts
        line = min(max(line, 0), len(starts) - 1)
        start = starts[line]
        end = starts[line + 1] if line + 1 < len(starts) else len(self.data)
        while end > start and self.data[end - 1] in b"\r\n":
            end -= 1
        return start, end

    def line_text(self, line: int) -> str:
        """A line (from 0) without its line end."""
        start, end = self.line_span(line)
        return self.data[start:end].decode("utf-8")

    # ---- positions

    def position(self, offset: int, unit: Unit = "utf-16") -> tuple[int, int]:
        """The line and character, from 0, of a byte offset.

        Offsets outside the text, inside a character or inside a line end give the nearest position before them.
        """
        offset = self._floor(offset)
        line = self.line_at(offset)
        start, end = self.line_span(line)
        offset = min(offset, end)
        if self.is_ascii or unit == "utf-8":
            return line, offset - start
        before = self.data[start:offset].decode("utf-8")
        return line, len(before) if unit == "utf-32" else _utf16_length(before)

    def offset(self, line: int, character: int, unit: Unit = "utf-16") -> int:
        """The byte offset of a line and character, from 0.

        Outside the text gives its nearest end, past a line's end gives the line's end, and inside a character
        (half of a surrogate pair) gives the character's start.
        """
        if line < 0:
            return 0
        if line >= self.line_count:
            return len(self.data)
        start, end = self.line_span(line)
        character = max(character, 0)
        if self.is_ascii or unit == "utf-8":
            return self._floor(min(start + character, end))
        content = self.data[start:end].decode("utf-8")
        if unit == "utf-32":
            before = content[:character]
        else:
            before = content.encode("utf-16-le")[: 2 * character].decode("utf-16-le", "ignore")
        return start + len(before.encode("utf-8"))

    def _floor(self, offset: int) -> int:
        """`offset` inside the text, and at the start of a character."""
        offset = min(max(offset, 0), len(self.data))
        while 0 < offset < len(self.data) and self.data[offset] & 0xC0 == 0x80:
            offset -= 1
        return offset

    # ---- edits

    def edited(self, start: int, end: int, text: str) -> SourceText:
        """This text with the bytes from `start` to `end` replaced. Offsets outside the text are brought inside."""
        start = self._floor(start)
        end = max(self._floor(end), start)
        return SourceText(self.data[:start] + _encode_utf8(text) + self.data[end:], self.encoding, self.bom)


def apply_edits(source: SourceText, edits: Iterable[TextEdit]) -> SourceText:
    """Apply edits that all speak of `source` as it is. Raises ValueError where two overlap or one is outside.

    Insertions at one offset keep their order.
    """
    pieces: list[bytes] = []
    done = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if not done <= edit.start <= edit.end <= len(source.data):
            raise ValueError(f"edits overlap or leave the text at byte {edit.start}")
        pieces += source.data[done : edit.start], _encode_utf8(edit.text)
        done = edit.end
    pieces.append(source.data[done:])
    return SourceText(b"".join(pieces), source.encoding, source.bom)


def _encode_utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # Two halves that met again through an edit are one character; a half alone is none.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def _utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _declared_encoding(data: bytes) -> str | None:
    """The encoding that a coding comment in the first two lines names (PEP 263), normalised; None without one."""
    for line in _LINE_END.split(data[:1000], maxsplit=2)[:2]:
        found = _COOKIE.match(line)
        if found:
            return _codec_name(found[1].decode("ascii", "replace"))
        if not _BLANK_OR_COMMENT.match(line):
            return None
    return None


def _codec_name(name: str) -> str:
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # refuses codecs that are not of texts, such as rot13
    except (LookupError, ValueError):
        raise Unreadable(f"its coding comment names an unknown encoding: {name[:_SAMPLE]}") from None
    return found


def _decode(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
        survives = text.encode(encoding) == data and "\0" not in text
    except (UnicodeError, ValueError) as error:
        raise Unreadable(f"not {encoding}, which its coding comment names: {error}") from None
    if not survives:
        raise Unreadable(f"read as {encoding}, which its coding comment names, it could not be written back the same")
    return text
