"""Settings: from the editor and from config files, at the start and later, right and wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor
from lsprotocol import types
from sqlassay.lsp import lifecycle, session
from sqlassay.lsp.capabilities import Client
from sqlassay.lsp.settings import Settings

pytestmark = MODULE_LOOP


async def codes(editor: Editor, name: str, version: int = 1) -> list[object]:
    return [each.code for each in await editor.diagnostics(name, version)]


async def test_asked_for_where_the_client_answers(start: Start) -> None:
    editor = await start("visual_studio_code", configuration={"ignore": ["is-comparison"]})
    editor.open("app.py", programs.NAMELESS)
    assert await codes(editor, "app.py") == []


async def test_changed_while_at_work(start: Start) -> None:
    editor = await start("visual_studio_code")
    editor.open("app.py", programs.NAMELESS)
    assert await codes(editor, "app.py") == ["ALC552"]
    editor.client.set_configuration({"ignore": ["ALC552"]}, section="sqlassay")
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    await editor.until(lambda: not editor.published[editor.uri("app.py")].diagnostics)


async def test_each_folder_has_its_own(start: Start, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    editor = Editor(tmp_path, tmp_path / "cache")
    editor.client.set_configuration({"ignore": ["ALC552"]}, section="sqlassay", scope_uri=folders[1].as_uri())
    await editor.start("visual_studio_code", folders=folders)
    for name in ("one/app.py", "two/app.py"):
        editor.open(name, programs.NAMELESS)
    assert await codes(editor, "one/app.py") == ["ALC552"]
    assert await codes(editor, "two/app.py") == []
    await editor.end()


async def test_the_projects_file_is_read(start: Start, root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.sqlassay]\nignore = ["is-comparison"]\n')
    editor = await start("neovim@v0.7.0", settings={"select": None})
    editor.open("app.py", programs.NAMELESS)
    assert "ALC552" not in await codes(editor, "app.py")


async def test_a_config_file_that_changes(start: Start, root: Path) -> None:
    editor = await start("visual_studio_code")
    editor.open("app.py", programs.NAMELESS)
    assert await codes(editor, "app.py") == ["ALC552"]
    (root / "sqlassay.toml").write_text('exclude = ["app.py"]\n')
    editor.changed_on_disk("sqlassay.toml")
    await editor.until(lambda: not editor.published[editor.uri("app.py")].diagnostics)
    (root / "sqlassay.toml").unlink()
    editor.changed_on_disk("sqlassay.toml")
    await editor.until(lambda: editor.published[editor.uri("app.py")].diagnostics)


async def test_a_save_has_the_config_file_looked_at_where_nobody_watches(start: Start, root: Path) -> None:
    editor = await start("neovim@v0.7.0")
    editor.open("app.py", programs.NAMELESS)
    assert await codes(editor, "app.py") == ["ALC552"]
    (root / "sqlassay.toml").write_text('exclude = ["app.py"]\n')
    editor.save("app.py")
    await editor.until(lambda: not editor.published[editor.uri("app.py")].diagnostics)


async def test_a_config_file_that_changed_before_another_file_was_opened(start: Start, root: Path) -> None:
    editor = await start("neovim@v0.7.0")
    editor.open("app.py", programs.NAMELESS)
    assert await codes(editor, "app.py") == ["ALC552"]
    (root / "sqlassay.toml").write_text('exclude = ["app.py"]\n')
    editor.open("other.py", programs.NAMELESS)
    assert await codes(editor, "other.py") == ["ALC552"]
    editor.save("app.py")
    await editor.until(lambda: not editor.published[editor.uri("app.py")].diagnostics)


@pytest.mark.parametrize("answer", [None, [], [None]])
async def test_a_client_that_answers_too_little_about_settings(answer: object) -> None:
    server = session.SqlassayServer()
    server.client = Client(configuration=True)
    server.initial = {"fixOnSave": True}
    server.folders = {"/project": "file:///project"}

    async def asked(_: object) -> object:
        return answer

    server.workspace_configuration_async = asked
    await lifecycle._fetch_settings(server)
    assert server.settings == {"": Settings(fix_on_save=True), "/project": Settings(fix_on_save=True)}


async def test_a_pull_waits_for_the_settings(start: Start) -> None:
    editor = await start("neovim@v0.11.0", configuration={"ignore": ["is-comparison"]})
    editor.open("app.py", programs.NAMELESS)
    assert not (await editor.pull("app.py")).items


async def test_a_bad_config_file_is_said_once_and_the_last_good_one_stays(start: Start, root: Path) -> None:
    (root / "sqlassay.toml").write_text('extend-exclude = ["old.py"]\n')
    editor = await start("visual_studio_code")
    editor.open("app.py", programs.NAMELESS)
    assert await codes(editor, "app.py") == ["ALC552"]
    (root / "sqlassay.toml").write_text('# mine\nextend-exclud = ["app.py"]\n')
    for _ in range(2):
        editor.changed_on_disk("sqlassay.toml")
        await editor.settled("app.py")
    (message,) = editor.client.messages
    assert message.message.startswith(f"{root / 'sqlassay.toml'}:2: ")
    assert "extend-exclude" in message.message
    editor.open("old.py", programs.NAMELESS)
    assert await codes(editor, "old.py") == []
    editor.change("app.py", 2, programs.TWICE)
    assert await codes(editor, "app.py", 2) == ["ALC552", "ALC552"]


async def test_below_a_bad_config_file_the_one_above_holds(start: Start, root: Path) -> None:
    (root / "inner").mkdir()
    (root / "inner" / "sqlassay.toml").write_text("select = 5\n")
    editor = await start("visual_studio_code")
    editor.open("inner/app.py", programs.NAMELESS)
    editor.open("app.py", programs.NAMELESS)
    assert await codes(editor, "app.py") == ["ALC552"]
    assert await codes(editor, "inner/app.py") == ["ALC552"]
    (message,) = editor.client.messages
    assert message.message.startswith(f"{root / 'inner' / 'sqlassay.toml'}:1: ")


async def test_bad_settings_are_said_and_the_projects_file_holds(start: Start, root: Path) -> None:
    (root / "sqlassay.toml").write_text('extend-exclude = ["old.py"]\n')
    editor = await start("visual_studio_code", configuration={"ignore": ["no-such-rule"]})
    for name in ("app.py", "old.py"):
        editor.open(name, programs.NAMELESS)
    assert "ALC552" in await codes(editor, "app.py")
    assert await codes(editor, "old.py") == []
    (message,) = editor.client.messages
    assert "no-such-rule" in message.message


async def test_a_client_that_never_answers_about_settings(start: Start) -> None:
    editor = await start("neovim@v0.7.0", settings={"ignore": ["is-comparison"]})
    editor.open("app.py", programs.NAMELESS)
    assert await codes(editor, "app.py") == []


async def test_another_config_file_by_setting(start: Start, root: Path) -> None:
    (root / "strict.toml").write_text("[tool.sqlassay]\n")
    (root / "other").mkdir()
    (root / "other" / "sqlassay.toml").write_text('ignore = ["is-comparison"]\n')
    editor = await start("neovim@v0.7.0", settings={"select": None, "configuration": "other/sqlassay.toml"})
    editor.open("app.py", programs.NAMELESS)
    assert "ALC552" not in await codes(editor, "app.py")
