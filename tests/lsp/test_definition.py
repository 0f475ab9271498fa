"""Going to definitions, and finding references, of what mapping code names."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, at, uri_of
from lsp.notebook import Notebook, able
from lsp.programs import place_of
from lsprotocol import types

pytestmark = MODULE_LOOP
PROFILES = ["visual_studio_code", "neovim", "emacs"]

ORDER = at(*place_of(programs.ORDERS, "    |order: Mapped"), place_of(programs.ORDERS, "order|: Mapped")[1])


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_string_leads_to_the_relationship(start: Start, root: Path, profile: str) -> None:
    editor = await start(profile)
    editor.open("orders.py", programs.ORDERS)
    line, character = place_of(programs.ORDERS, 'back_populates="or|der"')
    (link,) = await editor.definition("orders.py", line, character)
    assert isinstance(link, types.LocationLink)
    assert link.target_uri == uri_of(root / "orders.py")
    assert link.target_range == link.target_selection_range == ORDER
    assert link.origin_selection_range == at(line, character - 2, character + 3)


async def test_plain_locations_for_clients_without_links(start: Start, root: Path) -> None:
    def simple(capabilities: types.ClientCapabilities) -> None:
        capabilities.text_document.definition.link_support = False

    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start("emacs", capable=simple)
    editor.open("totals.py", programs.TOTALS)
    (place,) = await editor.definition("totals.py", *place_of(programs.TOTALS, "order.it|ems"))
    line, character = place_of(programs.ORDERS, "    |items: Mapped")
    assert place == types.Location(uri_of(root / "orders.py"), at(line, character, character + 5))


async def test_behind_wide_characters(editor: Editor, name: str) -> None:
    text = (
        programs.ORDERS.replace('"orders.id"', '"orders.id", name="\U0001f600"')
        + "    é = ForeignKey('\U0001f600'); x = ForeignKey('orders.id')\n"
    )
    editor.open(name, text)
    line = text.count("\n") - 1
    character = len(text.splitlines()[line].split("'orders")[0].encode("utf-16-le")) // 2 + 1
    (link,) = await editor.definition(name, line, character + 7)
    assert link.origin_selection_range == at(line, character + 7, character + 9)
    assert link.target_range.start.line == place_of(text, "    |id: Mapped")[0]


async def test_an_untitled_document(editor: Editor) -> None:
    uri = "untitled:Untitled-7"
    editor.open(uri, programs.ORDERS)
    (link,) = await editor.definition(uri, *place_of(programs.ORDERS, 'ForeignKey("or|ders.id"'))
    assert link.target_uri == uri
    assert link.target_range.start.line == place_of(programs.ORDERS, "class |Order(")[0]


async def test_from_cell_to_cell(start: Start) -> None:
    editor = await start(capable=able)
    head, item = programs.ORDERS.split("\n\nclass Item")
    second = "%time pass\nclass Item" + item
    notebook = Notebook(editor, "orders")
    notebook.open(head, second)
    (link,) = await editor.definition(notebook.cell(1), *place_of(second, 'ForeignKey("or|ders.id"'))
    assert link.target_uri == notebook.cell(0)
    assert link.target_range.start.line == place_of(head, "class |Order(")[0]
    hover = await editor.hover(notebook.cell(1), *place_of(second, "class |Item("))
    assert "**Item**, mapped to `items`" in hover.contents.value
    assert hover.range.start.line == 1


async def test_nothing_to_go_to(editor: Editor, name: str) -> None:
    editor.open(name, programs.ORDERS)
    assert not await editor.definition(name, 0, 3)
    assert not await editor.definition(name, 10**6, 10**6)
    assert not await editor.references(name, 0, 3)


async def test_references(editor: Editor, name: str) -> None:
    editor.open(name, programs.ORDERS)
    found = await editor.references(name, *place_of(programs.ORDERS, "    |items: Mapped"))
    named = ["    |items: Mapped", 'back_populates=|"items"']
    assert [each.range.start.line for each in found] == [place_of(programs.ORDERS, each)[0] for each in named]
