"""workspace/executeCommand on a whole project: its schema, what configuration holds, fixing all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, with_edits
from lsprotocol import types

pytestmark = MODULE_LOOP

MODELS = """\
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    customer: Mapped[Customer] = relationship(back_populates="orders")
"""


async def run(editor: Editor, command: str, *arguments: object) -> Any:
    params = types.ExecuteCommandParams(command, list(arguments))
    return await editor.wait(editor.client.workspace_execute_command_async(params))


def applying(editor: Editor) -> list[types.ApplyWorkspaceEditParams]:
    """What the server asks the client to apply from now on."""
    asked: list[types.ApplyWorkspaceEditParams] = []
    editor.client.protocol.fm.features.pop(types.WORKSPACE_APPLY_EDIT, None)

    @editor.client.feature(types.WORKSPACE_APPLY_EDIT)
    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        asked.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    return asked


# ---- the schema


@pytest.mark.parametrize("named", [True, False])
async def test_the_diagram_of_the_models(start: Start, root: Path, named: bool) -> None:
    (root / "models.py").write_text(MODELS)
    editor = await start()
    uri = editor.uri("models.py")
    diagram = await run(editor, "sqlassay.schema", *([uri] if named else []))
    assert diagram["folder"] == root.as_uri()
    customers, orders = diagram["boxes"]
    assert (customers["title"], customers["models"]) == ("customers", ["Customer"])
    assert customers["places"] == [{"uri": uri, "line": MODELS.splitlines().index("class Customer(Base):")}]
    assert [(each["name"], each["primaryKey"], each["foreignKey"]) for each in orders["columns"]] == [
        ("id", True, False),
        ("customer_id", False, True),
    ]
    (line,) = diagram["lines"]
    assert (line["child"], line["parent"], line["label"]) == (1, 0, "orders / customer")
    assert (line["required"], line["alone"], line["bothMany"]) == (True, False, False)


async def test_the_diagram_follows_what_is_typed(start: Start, root: Path) -> None:
    (root / "models.py").write_text(MODELS)
    editor = await start()
    editor.open("models.py", MODELS)
    editor.change("models.py", 2, MODELS.replace('"orders"\n', '"purchases"\n'))
    diagram = await run(editor, "sqlassay.schema")
    assert [each["title"] for each in diagram["boxes"]] == ["customers", "purchases"]


@pytest.mark.parametrize("command", ["sqlassay.schema", "sqlassay.configuration"])
async def test_nothing_is_said_of_what_is_not_open(start: Start, command: str) -> None:
    editor = await start()
    assert await run(editor, command, Path("/elsewhere/x.py").as_uri()) is None


# ---- configuration


async def test_what_holds_for_a_file(start: Start, root: Path) -> None:
    (root / "sqlassay.toml").write_text('dialect = "sqlite"\nextend-exclude = ["left.py"]\n')
    editor = await start()
    told = await run(editor, "sqlassay.configuration", editor.uri("app.py"))
    assert told["configuration"] == str(root / "sqlassay.toml")
    assert told["project"] == str(root)
    assert told["values"]["dialect"] == {"value": ["sqlite"], "source": f"{root / 'sqlassay.toml'}:1"}
    assert told["values"]["select"]["source"] == "editor settings"
    assert "is-comparison" in [each["name"] for each in told["rules"]]
    assert told["excluded_by"] is None
    left = await run(editor, "sqlassay.configuration", editor.uri("left.py"))
    assert "sqlassay.toml" in left["excluded_by"]


# ---- fixing all


async def test_fixing_the_workspace_is_one_edit_that_is_confirmed(start: Start, root: Path) -> None:
    for name in ("open.py", "closed.py", "excluded.py"):
        (root / name).write_text(programs.NAMELESS)
    (root / "fine.py").write_text("x = 1\n")
    (root / "sqlassay.toml").write_text('extend-exclude = ["excluded.py"]\n')
    editor = await start()
    editor.open("open.py", programs.NAMELESS, version=7)
    asked = applying(editor)
    assert await run(editor, "sqlassay.fixWorkspace") == 2
    (params,) = asked
    (annotation,) = params.edit.change_annotations.values()
    assert annotation.needs_confirmation
    changed = {Path(each.text_document.uri).name: each for each in params.edit.document_changes}
    assert sorted(changed) == ["closed.py", "open.py"]
    assert changed["open.py"].text_document.version == 7
    assert changed["closed.py"].text_document.version is None
    for each in changed.values():
        assert all(isinstance(edit, types.AnnotatedTextEdit) for edit in each.edits)
        assert ".is_(None)" in with_edits(programs.NAMELESS, each.edits)
    assert (root / "closed.py").read_text() == programs.NAMELESS, "the client writes, not the server"


async def test_a_client_that_asks_nobody_gets_the_plain_edit(start: Start, root: Path) -> None:
    (root / "closed.py").write_text(programs.NAMELESS)
    editor = await start("neovim@v0.7.0")
    asked = applying(editor)
    assert await run(editor, "sqlassay.fixWorkspace") == 1
    edits = [edit for each in asked[0].edit.document_changes or () for edit in each.edits]
    edits += [edit for each in (asked[0].edit.changes or {}).values() for edit in each]
    assert [type(edit) for edit in edits] == [types.TextEdit]
    assert asked[0].edit.change_annotations is None


async def test_nothing_to_fix(start: Start, root: Path) -> None:
    (root / "fine.py").write_text("x = 1\n")
    editor = await start()
    asked = applying(editor)
    assert await run(editor, "sqlassay.fixWorkspace") == 0
    assert asked == []
