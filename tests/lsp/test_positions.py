"""Lines and characters in every unit that a client may speak, and edits that lie outside the text."""

from __future__ import annotations

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, at
from lsprotocol import types

pytestmark = MODULE_LOOP

PREFIX = "print('\N{PILE OF POO}\u00e9'); "
LINE = programs.NAMELESS.splitlines()[programs.LINE]
TEXT = programs.NAMELESS.replace("    return list", f"    {PREFIX}return list")
"""The finding moves right by the prefix: 13 code points, 14 UTF-16 units, 17 bytes."""

UNITS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def offering(*units: str):
    def change(capabilities: types.ClientCapabilities) -> None:
        capabilities.general = types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind(unit) for unit in units] or None
        )

    return change


def shift(unit: str) -> int:
    return len(PREFIX.encode(UNITS[unit])) // WIDTH[unit]


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ((), "utf-16"),
        (("utf-16",), "utf-16"),
        (("utf-32", "utf-8", "utf-16"), "utf-8"),
        (("utf-16", "utf-8"), "utf-8"),
        (("utf-32", "utf-16"), "utf-16"),
        (("utf-32",), "utf-32"),
    ],
)
async def test_the_agreed_unit_counts_both_ways(start: Start, offered: tuple[str, ...], agreed: str) -> None:
    editor = await start("visual_studio_code", capable=offering(*offered))
    assert editor.result.capabilities.position_encoding == agreed
    editor.open("app.py", TEXT)
    (found,) = await editor.diagnostics("app.py")
    begin, end = programs.START + shift(agreed), programs.END + shift(agreed)
    assert found.range == at(programs.LINE, begin, end)
    assert await editor.hover("app.py", programs.LINE, begin) is not None
    assert await editor.hover("app.py", programs.LINE, begin - 1) is None

    # An edit behind the wide characters lands where it should.
    word = at(programs.LINE, begin, begin + len("User"))
    editor.change("app.py", 2, types.TextDocumentContentChangePartial(word, "Base"))
    moved = await editor.diagnostics("app.py", 2)
    editor.change("app.py", 3, TEXT.replace("User.name is", "Base.name is"))
    assert await editor.diagnostics("app.py", 3) == moved


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
async def test_line_ends(editor: Editor, name: str, newline: str) -> None:
    text = programs.NAMELESS.replace("\n", newline)
    editor.open(name, text)
    (found,) = await editor.diagnostics(name)
    assert found.range == at(programs.LINE, programs.START, programs.END)
    fix = await editor.resolved((await editor.actions(name, at(programs.LINE, programs.START)))[0])
    (change,) = fix.edit.document_changes
    assert all(newline in each.new_text or "\n" not in each.new_text for each in change.edits)


async def test_tabs_form_feeds_and_no_last_newline(editor: Editor, name: str) -> None:
    text = (
        programs.NAMELESS.replace("    return", "\treturn").replace("\n\n\ndef", "\n\x0c\n\x0b# \u2028\ndef").rstrip()
    )
    editor.open(name, text)
    (found,) = await editor.diagnostics(name)
    assert found.range == at(programs.LINE, programs.START - 3, programs.END - 3)


OUTSIDE = [
    types.Range(types.Position(0, 0), types.Position(10**6, 10**6)),
    types.Range(types.Position(10**6, 0), types.Position(10**6, 5)),
    types.Range(types.Position(0, 10**6), types.Position(0, 10**6)),
    types.Range(types.Position(5, 0), types.Position(2, 3)),
]


@pytest.mark.parametrize("place", OUTSIDE, ids=["to beyond", "beyond", "past the line", "backwards"])
async def test_edits_outside_the_text_are_brought_inside(editor: Editor, name: str, place: types.Range) -> None:
    editor.open(name, programs.NAMELESS)
    await editor.diagnostics(name)
    editor.change(name, 2, types.TextDocumentContentChangePartial(place, "# x\n"))
    await editor.diagnostics(name, 2)
    editor.change(name, 3, programs.NAMELESS)
    (found,) = await editor.diagnostics(name, 3)
    assert found.range == at(programs.LINE, programs.START, programs.END)
    assert editor.client.messages == []


async def test_questions_outside_the_text(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    assert await editor.hover(name, 10**6, 10**6) is None
    assert await editor.actions(name, at(10**6, 0, 10**6), ["quickfix"]) == []
