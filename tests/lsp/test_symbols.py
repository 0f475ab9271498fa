"""The symbols of a document and of the workspace."""

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


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_document_as_a_tree(start: Start, profile: str) -> None:
    editor = await start(profile)
    editor.open("orders.py", programs.ORDERS)
    base, order, item = await editor.symbols("orders.py")
    assert [each.name for each in (base, order, item)] == ["Base", "Order", "Item"]
    assert (order.kind, order.detail) == (types.SymbolKind.Class, "orders")
    line, character = place_of(programs.ORDERS, "class |Order(")
    assert order.selection_range == at(line, character, character + 5)
    assert order.range.start == types.Position(line, 0)
    kinds = {each.name: (each.kind, each.detail) for each in item.children}
    assert kinds == {
        "id": (types.SymbolKind.Field, "INTEGER"),
        "order_id": (types.SymbolKind.Field, "INTEGER"),
        "order": (types.SymbolKind.Interface, "Order"),
    }


async def test_a_flat_list_for_clients_without_trees(start: Start) -> None:
    def simple(capabilities: types.ClientCapabilities) -> None:
        capabilities.text_document.document_symbol.hierarchical_document_symbol_support = False

    editor = await start("emacs", capable=simple)
    editor.open("orders.py", programs.ORDERS)
    found = [(each.name, each.container_name) for each in await editor.symbols("orders.py")]
    assert found == [
        ("Base", None),
        ("Order", None),
        ("id", "Order"),
        ("items", "Order"),
        ("Item", None),
        ("id", "Item"),
        ("order_id", "Item"),
        ("order", "Item"),
    ]


async def test_each_cell_has_its_own(start: Start) -> None:
    editor = await start(capable=able)
    head, item = programs.ORDERS.split("\n\nclass Item")
    notebook = Notebook(editor, "orders")
    notebook.open(head, "class Item" + item)
    assert [each.name for each in await editor.symbols(notebook.cell(0))] == ["Base", "Order"]
    (item_symbol,) = await editor.symbols(notebook.cell(1))
    assert item_symbol.range.start == types.Position(0, 0)


async def test_documents_without_models(editor: Editor, name: str) -> None:
    editor.open(name, "import os\n")
    assert await editor.symbols(name) == []
    assert await editor.symbols("never.py") == []


async def test_the_whole_workspace(start: Start, root: Path) -> None:
    (root / "orders.py").write_text(programs.ORDERS)
    (root / "app.py").write_text(programs.CLEAN)
    editor = await start()
    first, *_ = found = await editor.search("ordr")
    assert first.name == "Order"
    assert first.kind is types.SymbolKind.Class
    line, character = place_of(programs.ORDERS, "class |Order(")
    assert first.location == types.Location(uri_of(root / "orders.py"), at(line, character, character + 5))
    assert ("order_id", "Item") in [(each.name, each.container_name) for each in found]
    assert await editor.search("nothing of this name") == []
    assert {"User", "Order", "Item"} <= {each.name for each in await editor.search("")}


async def test_what_is_typed_is_found(start: Start, root: Path) -> None:
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start()
    assert await editor.search("Voucher") == []
    editor.open("orders.py", programs.ORDERS.replace("Item", "Voucher"))
    (found, *_) = await editor.search("Voucher")
    assert found.location.uri == editor.uri("orders.py")
