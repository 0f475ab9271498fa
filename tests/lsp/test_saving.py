"""Fix on save, for editors that run no code actions on save: only where it is set."""

from __future__ import annotations

from pathlib import Path

from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, at, with_edits
from lsprotocol import types

pytestmark = MODULE_LOOP
SESSION = {"settings": {"fixOnSave": True}}


async def will_save(editor: Editor, name: str) -> list[types.TextEdit]:
    params = types.WillSaveTextDocumentParams(
        types.TextDocumentIdentifier(editor.uri(name)), types.TextDocumentSaveReason.Manual
    )
    found = await editor.wait(editor.client.text_document_will_save_wait_until_async(params))
    return list(found or [])


async def test_off_by_default(start: Start) -> None:
    editor = await start()
    editor.open("app.py", programs.NAMELESS)
    assert await will_save(editor, "app.py") == []


async def test_safe_fixes_when_set(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    assert with_edits(programs.NAMELESS, await will_save(editor, name)) == programs.FIXED
    editor.open("stamped_" + name, programs.STAMPED)
    assert await will_save(editor, "stamped_" + name) == []
    assert await will_save(editor, "never.py") == []


async def test_an_excluded_file_is_left_alone(start: Start, root: Path) -> None:
    (root / "sqlassay.toml").write_text('exclude = ["vendored"]\n')
    (root / "vendored").mkdir()
    editor = await start(**SESSION)
    editor.open("vendored/app.py", programs.NAMELESS)
    assert await will_save(editor, "vendored/app.py") == []
    editor.open("app.py", programs.NAMELESS)
    assert await will_save(editor, "app.py")


async def test_a_file_that_does_not_parse_is_left_alone(editor: Editor, name: str) -> None:
    unfinished = programs.TWICE + "\n\ndef later(session: Session\n"
    editor.open(name, unfinished)
    assert await editor.diagnostics(name)
    assert await will_save(editor, name) == []
    assert await editor.actions(name, at(0), ["source.fixAll"]) == []
    titles = [action.title for action in await editor.actions(name, at(programs.LINE, programs.START))]
    assert "Fix all is-comparison in this file" in titles
    editor.change(name, 2, programs.NAMELESS)
    assert await will_save(editor, name)
    assert await editor.actions(name, at(0), ["source.fixAll"])


async def test_only_changed_lines_are_edited(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    (edit,) = await will_save(editor, name)
    assert (edit.range.start.line, edit.range.end.line) == (programs.LINE, programs.LINE + 1)


async def test_set_later(start: Start) -> None:
    editor = await start("neovim@v0.7.0")
    editor.open("app.py", programs.NAMELESS)
    settings = {"sqlassay": {"fixOnSave": True}}
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
    await editor.settled("app.py")
    assert with_edits(programs.NAMELESS, await will_save(editor, "app.py")) == programs.FIXED


async def test_the_server_asks_for_it_only_where_the_client_can(start: Start) -> None:
    able, unable = await start("emacs"), await start("neovim@v0.7.0")
    assert able.result.capabilities.text_document_sync.will_save_wait_until
    assert not unable.result.capabilities.text_document_sync.will_save_wait_until
