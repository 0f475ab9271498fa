"""What every editor gets, with the capabilities of each."""

from __future__ import annotations

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP
from lsp.editor import Editor, applied, at
from lsprotocol import types

EDITORS = ["visual_studio_code", "neovim@v0.7.0", "neovim@v0.11.0", "emacs"]

pytestmark = [
    MODULE_LOOP,
    pytest.mark.parametrize("editor", EDITORS, indirect=True, scope="module"),
    pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"),
]


async def diagnostics(editor: Editor, name: str) -> list[types.Diagnostic]:
    """The document's diagnostics in the way that the client gets them."""
    if editor.client.capabilities.text_document.diagnostic is not None:
        return list((await editor.pull(name)).items)
    return await editor.diagnostics(name)


async def test_diagnostics(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    (found,) = await diagnostics(editor, name)
    assert found.range == at(programs.LINE, programs.START, programs.END)
    assert (found.code, found.source, found.severity) == ("ALC552", "sqlassay", types.DiagnosticSeverity.Error)
    assert found.message
    pulls = editor.client.capabilities.text_document.diagnostic is not None
    await editor.settled(name)
    assert (editor.uri(name) in editor.published) is not pulls


async def test_hover_on_a_finding(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    hover = await editor.hover(name, programs.LINE, programs.START + 2)
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    assert hover.contents.kind is types.MarkupKind.Markdown
    for part in ("is-comparison", "ALC552", "Why", "Use instead", "```python", "is-comparison.md"):
        assert part in hover.contents.value
    assert hover.range == at(programs.LINE, programs.START, programs.END)
    assert await editor.hover(name, 0, 0) is None


async def test_quick_fix(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    actions = await editor.actions(name, at(programs.LINE, programs.START))
    fix = actions[0]
    assert fix.kind == types.CodeActionKind.QuickFix
    assert fix.is_preferred
    assert "unsafe" not in fix.title
    assert [each.code for each in fix.diagnostics or ()] == ["ALC552"]
    resolves = editor.client.capabilities.text_document.code_action.resolve_support is not None
    assert (fix.edit is None) is resolves
    fixed = applied(programs.NAMELESS, (await editor.resolved(fix)).edit, editor.uri(name))
    assert fixed == programs.FIXED


@pytest.mark.parametrize("kind", ["source.fixAll", "source.fixAll.sqlassay", "source"])
async def test_fix_all(editor: Editor, name: str, kind: str) -> None:
    editor.open(name, programs.TWICE)
    (action,) = await editor.actions(name, at(0), [kind])
    assert action.kind == "source.fixAll.sqlassay"
    fixed = applied(programs.TWICE, (await editor.resolved(action)).edit, editor.uri(name))
    assert "User.name.is_(None)" in fixed
    assert "User.name.is_not(None)" in fixed
    editor.change(name, 2, fixed)
    assert await editor.actions(name, at(0), [kind]) == []


async def test_versions_in_edits_where_the_client_knows_them(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS, version=7)
    edit = (await editor.resolved((await editor.actions(name, at(programs.LINE, programs.START)))[0])).edit
    assert edit is not None
    if editor.client.capabilities.workspace.workspace_edit.document_changes:
        (change,) = edit.document_changes or ()
        assert isinstance(change, types.TextDocumentEdit)
        assert change.text_document.version == 7
        assert edit.changes is None
    else:
        assert edit.document_changes is None
        assert list(edit.changes or ()) == [editor.uri(name)]


async def test_progress_while_indexing(editor: Editor, name: str) -> None:
    editor.open(name, programs.CLEAN)
    await diagnostics(editor, name)
    (reports,) = editor.client.progress_reports.values()
    assert isinstance(reports[0], types.WorkDoneProgressBegin)
    assert isinstance(reports[-1], types.WorkDoneProgressEnd)
