"""Completing inside the strings of mapping code."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, at, with_edits
from lsp.notebook import Notebook, able
from lsp.programs import place_of
from lsprotocol import types

pytestmark = MODULE_LOOP
PROFILES = ["visual_studio_code", "neovim", "emacs"]

TYPED = programs.ORDERS + '    shop_id: Mapped[int] = mapped_column(ForeignKey("or'
HERE = TYPED.count("\n"), len(TYPED.rsplit("\n", 1)[-1])


@pytest.mark.parametrize("profile", PROFILES)
async def test_an_open_string_in_broken_code(start: Start, profile: str) -> None:
    editor = await start(profile)
    assert editor.result.capabilities.completion_provider.resolve_provider
    editor.open("orders.py", TYPED)
    first, *_ = items = await editor.completions("orders.py", *HERE)
    assert [each.label for each in items] == ["orders.id", "items.id", "orders", "items"]
    assert first.text_edit == types.TextEdit(at(HERE[0], HERE[1] - 2, HERE[1]), "orders.id")
    assert (first.kind, first.detail) == (types.CompletionItemKind.Field, "INTEGER")
    assert sorted(items, key=lambda each: each.sort_text) == items
    assert first.documentation is None
    content = (await editor.completed(first)).documentation
    if profile == "emacs":  # names no format
        assert content == "orders.id INTEGER NOT NULL PRIMARY KEY\n\n- Referenced by items.order_id"
    else:
        assert content.kind is types.MarkupKind.Markdown
        assert content.value.startswith("```sql\norders.id INTEGER NOT NULL PRIMARY KEY\n```")


async def test_the_whole_string_is_replaced(editor: Editor, name: str) -> None:
    text = programs.ORDERS.replace('back_populates="items"', 'back_populates="itms"')
    editor.open(name, text)
    (item,) = await editor.completions(name, *place_of(text, 'back_populates="i|tms"'))
    assert with_edits(text, [item.text_edit]) == programs.ORDERS


async def test_behind_wide_characters_with_windows_line_ends(editor: Editor, name: str) -> None:
    text = programs.ORDERS.replace("\n", "\r\n") + "    é = '\U0001f600'; x = relationship(\"It"
    editor.open(name, text)
    line, last = text.count("\n"), text.rsplit("\n", 1)[-1]
    end = len(last.encode("utf-16-le")) // 2
    items = await editor.completions(name, line, end)
    assert [each.label for each in items] == ["Order", "Item"]
    assert items[0].text_edit.range == at(line, end - 2, end)


async def test_while_somebody_types(editor: Editor, name: str) -> None:
    editor.open(name, programs.ORDERS)
    line = programs.ORDERS.count("\n")
    code = "    x: Mapped[list[Order]] = relationship(lazy='se"
    for character, letter in enumerate(code):
        place = at(line, character)
        editor.change(name, 2 + character, types.TextDocumentContentChangePartial(place, letter))
        items = await editor.completions(name, line, character + 1)
    assert items[0].label == "select"
    assert "one SELECT for each object" in (await editor.completed(items[0])).documentation.value


async def test_models_of_files_that_are_not_open(start: Start, root: Path) -> None:
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start()
    text = (
        "from sqlalchemy import ForeignKey\nfrom sqlalchemy.orm import mapped_column\nfrom orders import Base\n\n\n"
        'class Note(Base):\n    __tablename__ = "notes"\n    id = mapped_column(ForeignKey("'
    )
    editor.open("notes.py", text)
    items = await editor.completions("notes.py", 7, len(text.rsplit("\n", 1)[-1]))
    assert {"orders.id", "items.id"} <= {each.label for each in items}


async def test_in_a_cell(start: Start) -> None:
    editor = await start(capable=able)
    notebook = Notebook(editor, "orders")
    cell = 'class Note(Base):\n    order_id = mapped_column(ForeignKey("'
    notebook.open(programs.ORDERS, cell)
    items = await editor.completions(notebook.cell(1), 1, len(cell.rsplit("\n", 1)[-1]))
    assert items[0].label == "orders.id"
    assert items[0].text_edit.range == at(1, len(cell.rsplit("\n", 1)[-1]))


async def test_where_nothing_fits(editor: Editor, name: str) -> None:
    editor.open(name, TYPED)
    assert await editor.completions(name, 0, 4) == []
    assert await editor.completions("never.py", 0, 0) == []


async def test_items_that_are_not_ours(editor: Editor, name: str) -> None:
    editor.open(name, TYPED)
    for data in (None, 1, {"key": 1}, {"key": "file:///none.py", "thing": ["model", ["/none.py", "X"]]}):
        item = types.CompletionItem("x", data=data)
        assert (await editor.completed(item)).documentation is None
