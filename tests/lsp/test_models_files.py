"""Files of models that come, go, and change their names: what is said of the other open files follows."""

from __future__ import annotations

from pathlib import Path

from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor
from lsprotocol import types

pytestmark = MODULE_LOOP

BASE, ORDER, ITEM = (
    programs.ORDERS.replace("\n\n\nclass Order", "\f\n\nclass Order")
    .replace("\n\n\nclass Item", "\f\n\nclass Item")
    .split("\f")
)
"""The shop's models in three files, each an import of the one before."""

FILES = {
    "base.py": f"{BASE}\n",
    "orders.py": f"from base import Base\nfrom sqlalchemy.orm import Mapped, mapped_column, relationship\n{ORDER}\n",
    "items.py": "from base import Base\nfrom orders import Order\nfrom sqlalchemy import ForeignKey\n"
    f"from sqlalchemy.orm import Mapped, mapped_column, relationship\n{ITEM}",
}


SETTINGS = {"select": ["n-plus-one", "relationship-target-not-found", "back-populates-missing-attribute"]}


def codes(editor: Editor, name: str) -> set[types.Diagnostic | int | str | None]:
    """The codes of what the editor shows for a document now."""
    shown = editor.published.get(editor.uri(name))
    return {each.code for each in shown.diagnostics} if shown is not None else set()


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).write_text(FILES[name])


async def test_a_models_file_is_made_in_the_editor_and_thrown_away(start: Start, root: Path) -> None:
    write(root, "base.py", "items.py")
    editor = await start(settings=SETTINGS)
    editor.open("totals.py", programs.TOTALS)
    assert await editor.diagnostics("totals.py") == []
    editor.open("orders.py", programs.ORDERS)
    await editor.until(lambda: codes(editor, "totals.py") == {"ALC601"})
    editor.close("orders.py")
    await editor.until(lambda: codes(editor, "totals.py") == set())


async def test_a_file_that_is_deleted_while_it_is_open_is_gone_once_it_is_closed(start: Start, root: Path) -> None:
    editor = await start(settings=SETTINGS)
    editor.open("totals.py", programs.TOTALS)
    editor.open("orders.py", programs.ORDERS)
    await editor.until(lambda: codes(editor, "totals.py") == {"ALC601"})
    # Until it goes again, it is what the other files import.
    (root / "sqlalchemy.py").write_text("")
    editor.open("sqlalchemy.py", "")
    await editor.until(lambda: codes(editor, "totals.py") == set())
    (root / "sqlalchemy.py").unlink()
    editor.changed_on_disk("sqlalchemy.py")
    editor.close("sqlalchemy.py")
    await editor.until(lambda: codes(editor, "totals.py") == {"ALC601"})


async def test_a_models_file_comes_and_goes_on_disk(start: Start, root: Path) -> None:
    write(root, "base.py", "orders.py")
    editor = await start(settings=SETTINGS)
    editor.open("orders.py", FILES["orders.py"])
    # `Item` is nowhere: configuring the mappers would raise.
    await editor.until(lambda: codes(editor, "orders.py") == {"ALC401"})
    write(root, "items.py")
    editor.changed_on_disk("items.py")
    await editor.until(lambda: codes(editor, "orders.py") == set())
    (root / "items.py").unlink()
    editor.changed_on_disk("items.py")
    await editor.until(lambda: codes(editor, "orders.py") == {"ALC401"})


async def test_a_folder_comes_and_goes_on_disk(start: Start, root: Path) -> None:
    """VS Code tells of the folder alone where it goes, and may where it comes."""
    (root / "models").mkdir()
    write(root / "models", *FILES)
    editor = await start(settings=SETTINGS)
    totals = programs.TOTALS.replace("from orders", "from models.orders")
    editor.open("totals.py", totals)
    await editor.until(lambda: codes(editor, "totals.py") == {"ALC601"})
    (root / "models").rename(root / "tables")
    editor.changed_on_disk("models")
    await editor.until(lambda: codes(editor, "totals.py") == set())
    editor.change("totals.py", 2, totals.replace("from models", "from tables"))
    editor.changed_on_disk("tables")
    await editor.until(lambda: codes(editor, "totals.py") == {"ALC601"})


async def test_a_models_file_gets_another_name(start: Start, root: Path) -> None:
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start(settings=SETTINGS)
    editor.open("totals.py", programs.TOTALS)
    editor.open("orders.py", programs.ORDERS)
    await editor.until(lambda: codes(editor, "totals.py") == {"ALC601"})
    (root / "orders.py").rename(root / "bills.py")
    editor.close("orders.py")
    editor.open("bills.py", programs.ORDERS)
    editor.changed_on_disk("bills.py", "orders.py")
    await editor.until(lambda: codes(editor, "totals.py") == set())
    editor.change("totals.py", 2, programs.TOTALS.replace("from orders", "from bills"))
    await editor.until(lambda: codes(editor, "totals.py") == {"ALC601"})


async def test_a_relationship_gets_another_name(start: Start, root: Path) -> None:
    write(root, "base.py", "orders.py", "items.py")
    editor = await start(settings=SETTINGS)
    editor.open("items.py", FILES["items.py"])
    editor.open("orders.py", FILES["orders.py"])
    assert await editor.diagnostics("items.py") == []
    editor.change("orders.py", 2, FILES["orders.py"].replace("    items:", "    lines:"))
    await editor.until(lambda: codes(editor, "items.py") == {"ALC402"})
    editor.change("orders.py", 3, FILES["orders.py"])
    await editor.until(lambda: codes(editor, "items.py") == set())
