"""Bytes become texts and texts bytes; offsets become positions and positions offsets."""

from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlassay.syntax.source import SourceText, TextEdit, Unit, Unreadable, Unwritable, apply_edits

UNITS: tuple[Unit, ...] = ("utf-8", "utf-16", "utf-32")

texts = st.text(st.sampled_from("ab \t\f\x0b\x1c\n\réß中𝄞\u2028\ufeff"), max_size=40)


def length(text: str, unit: Unit) -> int:
    return {"utf-8": len(text.encode()), "utf-16": len(text.encode("utf-16-le")) // 2, "utf-32": len(text)}[unit]


def lines_of(text: str) -> list[str]:
    """As LSP splits: at CRLF, LF and CR, and nowhere else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


# ------------------------------------------------------------------- positions


@pytest.mark.parametrize(
    ("text", "at", "utf_8", "utf_16", "utf_32"),
    [
        ("abc", "c", (0, 2), (0, 2), (0, 2)),
        ("x = 'é' + y", "y", (0, 11), (0, 10), (0, 10)),
        ("x = '𝄞' + y", "y", (0, 13), (0, 11), (0, 10)),
        ("a\nb", "b", (1, 0), (1, 0), (1, 0)),
        ("a\r\nb", "b", (1, 0), (1, 0), (1, 0)),
        ("a\rb", "b", (1, 0), (1, 0), (1, 0)),
        ("a\r\n\rb", "b", (2, 0), (2, 0), (2, 0)),
        ("a\n\n\n\tb", "b", (3, 1), (3, 1), (3, 1)),
        ("a\x0cb\x0bc\x1cd\u2028e", "e", (0, 10), (0, 8), (0, 8)),
        ("𝄞\n𝄞b", "b", (1, 4), (1, 2), (1, 1)),
    ],
)
def test_position_of_a_character(
    text: str, at: str, utf_8: tuple[int, int], utf_16: tuple[int, int], utf_32: tuple[int, int]
) -> None:
    source = SourceText.from_str(text)
    offset = text.encode().index(at.encode())
    for unit, expected in zip(UNITS, (utf_8, utf_16, utf_32), strict=True):
        assert source.position(offset, unit) == expected
        assert source.offset(*expected, unit) == offset


@given(texts, st.sampled_from(UNITS))
def test_every_character_has_a_position_that_leads_back(text: str, unit: Unit) -> None:
    source = SourceText.from_str(text)
    text = text.removeprefix("\ufeff")
    lines = lines_of(text)
    assert source.line_count == len(lines)
    for number, line in enumerate(lines):
        assert source.line_text(number) == line
        for index in range(len(line) + 1):
            position = number, length(line[:index], unit)
            offset = source.offset(*position, unit)
            start, _ = source.line_span(number)
            assert offset == start + len(line[:index].encode())
            assert source.position(offset, unit) == position


@given(texts, st.integers(-5, 60), st.integers(-5, 60), st.sampled_from(UNITS))
def test_positions_outside_the_text_are_brought_inside(text: str, line: int, character: int, unit: Unit) -> None:
    source = SourceText.from_str(text)
    offset = source.offset(line, character, unit)
    assert 0 <= offset <= len(source.data)
    source.data[:offset].decode()  # never inside a character
    if line < 0:
        assert offset == 0
    elif line >= source.line_count:
        assert offset == len(source.data)
    else:
        start, end = source.line_span(line)
        assert start <= offset <= end


@given(texts, st.integers(-5, 200), st.sampled_from(UNITS))
def test_offsets_outside_the_text_are_brought_inside(text: str, offset: int, unit: Unit) -> None:
    source = SourceText.from_str(text)
    line, character = source.position(offset, unit)
    assert 0 <= line < source.line_count
    assert 0 <= character <= length(source.line_text(line), unit)
    assert source.offset(line, character, unit) <= max(offset, 0)


def test_half_of_a_surrogate_pair_is_the_start_of_the_character() -> None:
    source = SourceText.from_str("a𝄞b")
    assert source.offset(0, 2) == source.offset(0, 1) == 1
    assert source.offset(0, 3) == 5
    assert source.position(3) == (0, 1)


def test_between_cr_and_lf_is_the_end_of_the_line() -> None:
    source = SourceText.from_str("ab\r\nc")
    assert source.position(3) == (0, 2)
    assert source.offset(0, 99) == 2


def test_last_line() -> None:
    assert SourceText.from_str("").line_count == 1
    assert SourceText.from_str("a").line_count == 1
    assert SourceText.from_str("a\n").line_count == 2
    assert SourceText.from_str("a\n").position(2) == (1, 0)


# ----------------------------------------------------------------------- bytes


@pytest.mark.parametrize(
    ("data", "encoding", "bom", "text"),
    [
        (b"x = 1\n", "utf-8", False, "x = 1\n"),
        ("x = 'é'\n".encode(), "utf-8", False, "x = 'é'\n"),
        (codecs.BOM_UTF8 + b"x\n", "utf-8", True, "x\n"),
        (codecs.BOM_UTF8 + b"# coding: utf8\n", "utf-8", True, "# coding: utf8\n"),
        ("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"), "iso8859-1", False, None),
        ("#!/bin/python\r\n# vim: set fileencoding=cp1252 :\r\nx = '€'\r\n".encode("cp1252"), "cp1252", False, None),
        ("\n# coding: koi8-r\n# Привет\n".encode("koi8-r"), "koi8-r", False, None),
        (b"x = 1\n# coding: latin-1\n", "utf-8", False, "x = 1\n# coding: latin-1\n"),
        (b"\n\n# coding: no-such-thing\n", "utf-8", False, "\n\n# coding: no-such-thing\n"),
        (b"", "utf-8", False, ""),
    ],
)
def test_read_and_written_back(data: bytes, encoding: str, bom: bool, text: str | None) -> None:
    source = SourceText.from_bytes(data)
    assert (source.encoding, source.bom) == (encoding, bom)
    assert source.text == (data.decode(encoding) if text is None else text)
    assert source.data == source.text.encode()
    assert source.encode() == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = 1\0", "NUL byte at offset 5"),
        (b"\x7fELF\x02\x01\x01\0", "NUL byte"),
        ("x = 1\n".encode("utf-16"), "UTF-16"),
        (b"a\nb\n\xff\xfe c", "not UTF-8: byte 0xff in line 3"),
        (b"# coding: klingon\n", "unknown encoding: klingon"),
        (b"# coding: rot13\n", "unknown encoding: rot13"),
        (b"# coding: hex\n", "unknown encoding: hex"),
        (b"# coding: ascii\nx = '\xe9'\n", "not ascii"),
        (b"# coding: undefined\n", "unknown encoding"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "byte order mark"),
        (b"# coding: utf-7\n# +AGE-\n", "could not be written back"),
    ],
)
def test_unreadable(data: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message.replace("+", r"\+")):
        SourceText.from_bytes(data)


@given(st.binary(max_size=60), st.sampled_from([b"", codecs.BOM_UTF8, b"# coding: latin-1\n", b"# coding: utf-16\n"]))
def test_any_bytes_are_a_text_or_unreadable(data: bytes, head: bytes) -> None:
    try:
        source = SourceText.from_bytes(head + data)
    except Unreadable:
        return
    assert source.encode() == head + data


def test_a_character_that_the_encoding_lacks() -> None:
    source = SourceText.from_bytes(b"# coding: latin-1\nx = 1\n")
    with pytest.raises(Unwritable, match=r"iso8859-1.*'€'"):
        source.edited(len(source.data), len(source.data), "# €").encode()


@pytest.mark.parametrize(
    ("text", "newline"), [("a\nb\r\n", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\rb\r", "\r"), ("", "\n"), ("a", "\n")]
)
def test_newline(text: str, newline: str) -> None:
    assert SourceText.from_str(text).newline == newline


def test_half_a_surrogate_pair_from_an_editor() -> None:
    assert SourceText.from_str("a\ud800b").text == "a\ufffdb"
    assert SourceText.from_str("a\ud834\udd1eb").text == "a𝄞b"
    assert SourceText.from_str("").edited(0, 0, "\udc00").text == "\ufffd"


# ----------------------------------------------------------------------- edits


@given(texts, st.integers(-3, 90), st.integers(-3, 90), texts)
def test_one_edit(text: str, start: int, end: int, new: str) -> None:
    source = SourceText.from_str(text)
    edited = source.edited(start, end, new)
    kept = len(edited.data) - len(new.encode())
    assert 0 <= kept <= len(source.data)
    assert new in edited.text


@given(texts, st.randoms(use_true_random=False))
def test_many_edits_are_the_same_as_one_after_the_other_from_the_end(text: str, draw: random.Random) -> None:
    source = SourceText.from_str(text)
    cuts = sorted(draw.randint(0, 80) for _ in range(6))
    ends = [source.offset(*source.position(cut, "utf-8"), "utf-8") for cut in cuts]
    edits = [TextEdit(start, end, f"<{start}>") for start, end in zip(ends[::2], ends[1::2], strict=True)]
    expected = source
    for edit in reversed(edits):
        expected = expected.edited(edit.start, edit.end, edit.text)
    shuffled = edits[:]
    draw.shuffle(shuffled)
    if len({edit.start for edit in edits}) == len(edits):
        assert apply_edits(source, shuffled) == expected


def test_insertions_at_one_place_keep_their_order() -> None:
    source = SourceText.from_str("ab")
    assert apply_edits(source, [TextEdit(1, 1, "x"), TextEdit(1, 1, "y"), TextEdit(1, 2, "z")]).text == "axyz"


@pytest.mark.parametrize("edits", [[(0, 2), (1, 3)], [(2, 1)], [(0, 9)], [(-1, 1)]])
def test_edits_that_cannot_be_applied(edits: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="edits overlap or leave the text"):
        apply_edits(SourceText.from_str("abcd"), [TextEdit(start, end, "") for start, end in edits])


def test_edits_keep_encoding_and_byte_order_mark() -> None:
    source = SourceText.from_bytes(codecs.BOM_UTF8 + b"a\r\nb")
    assert source.edited(0, 1, "x").encode() == codecs.BOM_UTF8 + b"x\r\nb"
    assert apply_edits(source, [TextEdit(3, 4, "y")]).encode() == codecs.BOM_UTF8 + b"a\r\ny"
