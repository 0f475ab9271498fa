"""Conversions between our terms and the protocol's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from sqlassay.lsp import convert
from sqlassay.syntax.source import SourceText, TextEdit, apply_edits

TEXTS = st.text(st.sampled_from("ab\n\r\té\N{PILE OF POO}\x0c\u2028"), max_size=40)
PLACES = st.builds(types.Position, st.integers(0, 60), st.integers(0, 60))


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.py", "/a/b.py"),
        ("FILE:///a/b.py", "/a/b.py"),
        ("file://localhost/a/b.py", "/a/b.py"),
        ("file:///a%20b/%C3%A9%23%3F.py", "/a b/é#?.py"),
        ("file:///a/./c/../b.py", "/a/b.py"),
        ("untitled:Untitled-1", None),
        ("git:/a/b.py", None),
        ("file:", None),
        ("file:///a%00b.py", None),
        ("file://[broken/a.py", None),
        ("", None),
        ("/a/b.py", None),
    ],
)
def test_paths_of_uris(uri: str, path: str | None) -> None:
    assert convert.path_of(uri) == path


@given(st.text(st.characters(blacklist_characters="\0/", blacklist_categories=["Cs"]), min_size=1))
def test_a_path_survives_being_a_uri(name: str) -> None:
    path = f"/folder/x{name}x"
    uri = convert.uri_of(path)
    assert uri.isascii()
    assert convert.path_of(uri) == path


def test_a_drive_has_one_spelling() -> None:
    assert convert.uri_of("C:/a b/c.py") == "file:///c:/a%20b/c.py"


@given(TEXTS, TEXTS)
def test_a_difference_makes_one_text_of_the_other(before: str, after: str) -> None:
    source = SourceText.from_str(before)
    edits = convert.difference(source, after)
    assert apply_edits(source, edits).text == after
    assert edits == sorted(edits, key=lambda each: each.start)


def test_a_difference_leaves_other_lines_alone() -> None:
    source = SourceText.from_str("a\nb\nc\nd\ne\n")
    assert convert.difference(source, "a\nB\nc\nd\ne\nf\n") == [TextEdit(2, 4, "B\n"), TextEdit(10, 10, "f\n")]
    assert convert.difference(source, source.text) == []


@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-32"]), st.integers(0, 60), st.integers(0, 60))
def test_positions_outside_come_inside_and_back(text: str, unit: str, line: int, character: int) -> None:
    source = SourceText.from_str(text)
    offset = convert.offset(source, types.Position(line, character), unit)
    assert 0 <= offset <= len(source.data)
    assert convert.offset(source, convert.position(source, offset, unit), unit) == offset


@given(TEXTS, TEXTS, PLACES, PLACES)
def test_every_change_is_an_edit_inside_the_text(
    text: str, new: str, first: types.Position, last: types.Position
) -> None:
    source = SourceText.from_str(text)
    change = types.TextDocumentContentChangePartial(types.Range(first, last), new)
    edit = convert.text_edit(source, change, "utf-16")
    assert 0 <= edit.start <= edit.end <= len(source.data)


def test_a_whole_text_is_an_edit_too() -> None:
    source = SourceText.from_str("old\n")
    edit = convert.text_edit(source, types.TextDocumentContentChangeWholeDocument("new"), "utf-16")
    assert source.edited(edit.start, edit.end, edit.text).text == "new"


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        (None, True),
        ([""], True),
        (["source"], True),
        (["source.fixAll"], True),
        (["quickfix", "source.fixAll.sqlassay"], True),
        ([], False),
        (["source.fixAll.sqlassay.more"], False),
        (["source.fix"], False),
        (["quickfix"], False),
    ],
)
def test_which_kinds_are_asked_for(only: list[str] | None, wanted: bool) -> None:
    assert convert.asks_for("source.fixAll.sqlassay", only) is wanted
