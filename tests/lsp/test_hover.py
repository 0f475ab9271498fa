"""Hovers: on findings, and on rules that a suppression names."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, at
from lsprotocol import types

pytestmark = MODULE_LOOP


@pytest.mark.parametrize(
    ("comment", "word"),
    [
        ("# noqa: ALC552", "ALC552"),
        ("# noqa:E501,ALC552", "ALC552"),
        ("# NOQA: is-comparison", "is-comparison"),
        ("# sqlassay: ignore[n-plus-one, is-comparison]", "is-comparison"),
        ("# sqlassay: ignore-file[ALC552]", "ALC552"),
    ],
)
async def test_the_rule_that_a_suppression_names(editor: Editor, name: str, comment: str, word: str) -> None:
    text = programs.CLEAN + f"x = 1  {comment}\n"
    line = len(programs.CLEAN.splitlines())
    editor.open(name, text)
    begin = text.splitlines()[line].index(word)
    for character in (begin, begin + 3, begin + len(word)):
        hover = await editor.hover(name, line, character)
        assert hover is not None
        assert "is-comparison" in hover.contents.value
        assert hover.range == at(line, begin, begin + len(word))


async def test_what_a_hover_says(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    (found,) = await editor.diagnostics(name)
    hover = await editor.hover(name, programs.LINE, programs.START)
    text = hover.contents.value
    assert text.startswith("**is-comparison** (ALC552), error\n\n" + found.message)
    assert text.index("**Why**") < text.index("**Use instead**") < text.index("](file://")


async def test_plain_text_for_clients_without_markdown(start: Start) -> None:
    def simple(capabilities: types.ClientCapabilities) -> None:
        capabilities.text_document.hover.content_format = [types.MarkupKind.PlainText]

    editor = await start("emacs", capable=simple)
    editor.open("app.py", programs.NAMELESS)
    hover = await editor.hover("app.py", programs.LINE, programs.START)
    assert hover.contents.kind is types.MarkupKind.PlainText
    assert "is-comparison" in hover.contents.value
    for mark in ("**", "```", "`", "]("):
        assert mark not in hover.contents.value


async def test_the_card_of_a_model(editor: Editor, name: str) -> None:
    editor.open(name, programs.ORDERS)
    line, character = programs.place_of(programs.ORDERS, "class |Order(")
    hover = await editor.hover(name, line, character)
    assert hover.range == at(line, character, character + 5)
    assert hover.contents.kind is types.MarkupKind.Markdown
    assert hover.contents.value.startswith("**Order**, mapped to `orders`")
    assert "- `items`: one-to-many to `Item`" in hover.contents.value


async def test_the_card_follows_a_finding(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    (found,) = await editor.diagnostics(name)
    hover = await editor.hover(name, programs.LINE, programs.END - len(" is None") - 1)
    finding, rule, card = hover.contents.value.partition("\n\n---\n\n")
    assert found.message in finding
    assert rule
    assert card.startswith("```sql\nusers.name VARCHAR NULL")
    assert hover.range == at(programs.LINE, programs.START, programs.END)


async def test_the_card_of_a_string_that_is_typed(editor: Editor, name: str) -> None:
    text = programs.ORDERS + '    parent: Mapped[Order] = relationship(back_populates="items'
    editor.open(name, text)
    hover = await editor.hover(name, text.count("\n"), len(text.rsplit("\n", 1)[-1]) - 2)
    assert hover.contents.value.startswith("**Order.items**: one-to-many to `Item`")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("", "", "order.|items"),
        ("len(order.items)", "count(order)", "|count(order))"),
        ("select(Order)", "select(Order).options(raiseload(Order.items))", "order.|items))"),
        ("session: Session", "session: AsyncSession", "order.|items"),
    ],
)
async def test_the_sql_of_a_lazy_load(start: Start, root: Path, before: str, after: str, code: str) -> None:
    text = programs.TOTALS.replace(before, after)
    text = text.replace("import Session", "import Session, raiseload\nfrom sqlalchemy.ext.asyncio import AsyncSession")
    text += "\n\ndef count(order: Order) -> int:\n    return len(order.items)\n"
    if "AsyncSession)" in text:
        text = text.replace("def totals", "async def totals").replace("session.scalars", "await session.scalars")
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start("visual_studio_code", settings={"select": ["ALL"]})
    editor.open("totals.py", text)
    hover = await editor.hover("totals.py", *programs.place_of(text, code))
    _, _, sql = hover.contents.value.partition("**What a lazy load runs**\n\n")
    assert sql.startswith("```sql\nSELECT ... FROM items\nWHERE items.order_id = ?\n```"), hover.contents.value
