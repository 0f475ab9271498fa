"""Folders that come and go, and files that change behind the editor's back."""

from __future__ import annotations

from pathlib import Path

from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsprotocol import types
from sqlassay.lsp.watch import FOLDERS, GLOBS

pytestmark = MODULE_LOOP


def folders(event: types.WorkspaceFoldersChangeEvent) -> types.DidChangeWorkspaceFoldersParams:
    return types.DidChangeWorkspaceFoldersParams(event)


def folder(path: Path) -> types.WorkspaceFolder:
    return types.WorkspaceFolder(path.as_uri(), path.name)


async def test_what_to_watch_is_asked_of_clients_that_let_us(start: Start) -> None:
    editor = await start("visual_studio_code")
    await editor.until(lambda: len(editor.registered) == 2)
    watching = next(each for each in editor.registered if each.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    assert [each["globPattern"] for each in watching.register_options["watchers"]] == [*GLOBS, FOLDERS]

    other = await start("neovim@v0.7.0")
    other.open("app.py", programs.NAMELESS)
    await other.diagnostics("app.py")
    assert other.registered == []


async def test_a_file_that_changes_on_disk(start: Start, root: Path) -> None:
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start()
    editor.open("totals.py", programs.TOTALS)
    assert await editor.diagnostics("totals.py")

    eager = programs.ORDERS.replace('back_populates="order"', 'back_populates="order", lazy="selectin"')
    (root / "orders.py").write_text(eager)
    editor.changed_on_disk("orders.py")
    await editor.until(lambda: not editor.published[editor.uri("totals.py")].diagnostics)

    (root / "orders.py").unlink()
    editor.changed_on_disk("orders.py")
    (root / "orders.py").write_text(programs.ORDERS)
    editor.changed_on_disk("orders.py")
    await editor.until(lambda: editor.published[editor.uri("totals.py")].diagnostics)


async def test_a_save_is_noticed_without_a_watching_client(start: Start, root: Path) -> None:
    (root / "orders.py").write_text("x = 1\n")
    editor = await start("neovim@v0.7.0")
    editor.open("totals.py", programs.TOTALS)
    assert await editor.diagnostics("totals.py") == []
    (root / "orders.py").write_text(programs.ORDERS)
    editor.save("orders.py")
    await editor.until(lambda: editor.published[editor.uri("totals.py")].diagnostics)


async def test_what_decides_nothing_does_not_have_the_project_read_anew(start: Start, root: Path) -> None:
    editor = await start("visual_studio_code")
    editor.open("app.py", programs.NAMELESS)
    assert await editor.diagnostics("app.py")
    (root / "sqlassay.toml").write_text('exclude = ["app.py"]\n')
    for name in ("models.pyi", "notes.md", "sqlassay.toml"):
        editor.save(name)
    await editor.until(lambda: not editor.published[editor.uri("app.py")].diagnostics)
    assert len(editor.client.progress_reports) == 2  # at the start, and for sqlassay.toml


async def test_the_project_changes_the_sqlalchemy_it_runs_on(start: Start, root: Path) -> None:
    editor = await start()
    editor.open("app.py", programs.NAMELESS)
    before = await editor.diagnostics("app.py")
    (root / "requirements.txt").write_text("sqlalchemy==2.0.40\n")
    editor.changed_on_disk("requirements.txt")
    editor.change("app.py", 2, programs.NAMELESS)
    assert await editor.diagnostics("app.py", 2) == before
    assert editor.client.messages == []


async def test_folders_are_apart(start: Start, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for each in (one, two):
        each.mkdir()
    (one / "orders.py").write_text(programs.ORDERS)
    (two / "orders.py").write_text("class Order:\n    items = []\n")
    editor = await start(folders=[one, two])
    for each in (one, two):
        editor.open((each / "totals.py").as_uri(), programs.TOTALS)
    assert await editor.diagnostics((one / "totals.py").as_uri())
    assert await editor.diagnostics((two / "totals.py").as_uri()) == []


async def test_a_folder_comes_and_goes(start: Start, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "orders.py").write_text(programs.ORDERS)
    (other / "sqlassay.toml").write_text('exclude = ["app.py"]\n')
    editor = await start()
    totals, app = (other / "totals.py").as_uri(), (other / "app.py").as_uri()
    editor.open(totals, programs.TOTALS)
    editor.open(app, programs.NAMELESS)
    # Outside every folder: the file alone, its neighbours unread.
    assert await editor.diagnostics(totals) == []
    assert await editor.diagnostics(app) != []

    editor.client.workspace_did_change_workspace_folders(
        folders(types.WorkspaceFoldersChangeEvent([folder(other)], []))
    )
    await editor.until(lambda: editor.published[totals].diagnostics and not editor.published[app].diagnostics)

    editor.client.workspace_did_change_workspace_folders(
        folders(types.WorkspaceFoldersChangeEvent([], [folder(other)]))
    )
    await editor.until(lambda: not editor.published[totals].diagnostics and editor.published[app].diagnostics)


async def test_a_folder_inside_a_folder(start: Start, root: Path) -> None:
    inner = root / "inner"
    inner.mkdir()
    (root / "sqlassay.toml").write_text('exclude = ["app.py"]\n')
    (inner / "sqlassay.toml").write_text("")
    editor = await start(folders=[root, inner])
    editor.open("app.py", programs.NAMELESS)
    editor.open("inner/app.py", programs.NAMELESS)
    assert await editor.diagnostics("app.py") == []
    assert await editor.diagnostics("inner/app.py") != []


async def test_a_folder_that_is_on_no_disk(start: Start) -> None:
    editor = await start()
    remote = types.WorkspaceFolder("vscode-vfs://github/x/y", "y")
    editor.client.workspace_did_change_workspace_folders(folders(types.WorkspaceFoldersChangeEvent([remote], [remote])))
    editor.open("app.py", programs.NAMELESS)
    assert await editor.diagnostics("app.py")
