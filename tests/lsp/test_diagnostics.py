"""Diagnostics: what is in them, when they are sent, and what they are never sent for."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, at
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from sqlassay.lsp import diagnostics, session
from sqlassay.lsp.capabilities import Client

pytestmark = MODULE_LOOP

PULLING = "neovim@v0.11.0"


def insertion(line: int, character: int, text: str) -> types.TextDocumentContentChangePartial:
    return types.TextDocumentContentChangePartial(at(line, character), text)


async def test_the_rule_is_linked_where_the_client_shows_links(start: Start) -> None:
    editor = await start("visual_studio_code")
    editor.open("app.py", programs.NAMELESS)
    (found,) = await editor.diagnostics("app.py")
    assert found.code_description is not None
    page = Path(found.code_description.href.removeprefix("file://"))
    assert page.read_text("utf-8").startswith("# is-comparison (ALC552)")
    assert "<!--" not in page.read_text("utf-8")

    other = await start("emacs")
    other.open("app.py", programs.NAMELESS)
    (found,) = await other.diagnostics("app.py")
    assert found.code_description is None


async def test_related_places_prove_the_finding(start: Start, root: Path) -> None:
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start("visual_studio_code")
    editor.open("totals.py", programs.TOTALS)
    (found,) = await editor.diagnostics("totals.py")
    assert found.code == "ALC601"
    assert found.related_information
    for related in found.related_information:
        path = Path(related.location.uri.removeprefix("file://"))
        text = programs.TOTALS if path.name == "totals.py" else path.read_text()
        assert related.location.range.end.line < len(text.splitlines())
        assert related.message

    other = await start("emacs")
    other.open("totals.py", programs.TOTALS)
    (found,) = await other.diagnostics("totals.py")
    assert found.related_information is None


async def test_tags_and_data(editor: Editor, name: str) -> None:
    editor.open(name, programs.STAMPED)
    (found,) = await editor.diagnostics(name)
    assert found.data == {"name": "datetime-utcnow-default", "fix": "unsafe"}


async def test_every_edit_is_answered_with_its_version(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    await editor.diagnostics(name, 1)
    for version in range(2, 7):
        editor.change(name, version, insertion(0, 0, "\n"))
        (found,) = await editor.diagnostics(name, version)
        assert found.range.start.line == programs.LINE + version - 1


async def test_findings_of_a_burst_are_those_of_its_last_text(editor: Editor, name: str) -> None:
    editor.open(name, programs.CLEAN)
    await editor.diagnostics(name)
    for version in range(2, 60):
        editor.change(name, version, insertion(0, 0, "\n"))
    editor.change(name, 60, programs.NAMELESS)
    (found,) = await editor.diagnostics(name, 60)
    assert found.range == at(programs.LINE, programs.START, programs.END)
    history = [each for each in editor.history if each.uri == editor.uri(name)]
    versions = [each.version for each in history]
    assert versions == sorted(versions), "an older text's findings came after a newer one's"
    for each in history[:-1]:
        assert not each.diagnostics, "findings of the last text under an earlier version"


async def test_several_changes_in_one_message(editor: Editor, name: str) -> None:
    editor.open(name, programs.CLEAN)
    tail = programs.NAMELESS.removeprefix(programs.CLEAN)
    end = len(programs.CLEAN.splitlines())
    editor.change(name, 2, insertion(end, 0, tail), insertion(0, 0, "# one\n"), insertion(1, 0, "# two\n"))
    (found,) = await editor.diagnostics(name, 2)
    assert found.range == at(programs.LINE + 2, programs.START, programs.END)


async def test_closing_takes_back_what_was_pushed(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    assert await editor.diagnostics(name)
    editor.close(name)
    assert await editor.diagnostics(name, None) == []


async def test_an_open_file_wins_over_the_disk(start: Start, root: Path) -> None:
    (root / "orders.py").write_text("class Order:\n    items = []\n")
    editor = await start("visual_studio_code")
    editor.open("totals.py", programs.TOTALS)
    editor.open("orders.py", programs.ORDERS)
    await editor.until(
        lambda: editor.published.get(editor.uri("totals.py")) and editor.published[editor.uri("totals.py")].diagnostics
    )


async def test_another_open_file_follows_an_edit(start: Start, root: Path) -> None:
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start("visual_studio_code")
    editor.open("orders.py", programs.ORDERS)
    editor.open("totals.py", programs.TOTALS)
    (found,) = await editor.diagnostics("totals.py")
    assert found.code == "ALC601"
    eager = programs.ORDERS.replace('back_populates="order"', 'back_populates="order", lazy="selectin"')
    editor.change("orders.py", 2, eager)
    await editor.until(lambda: not editor.published[editor.uri("totals.py")].diagnostics)
    assert editor.published[editor.uri("totals.py")].version == 1


# ---- pulled


async def pulled(editor: Editor, name: str) -> types.RelatedFullDocumentDiagnosticReport:
    report = await editor.pull(name)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    return report


async def test_pulling_again_says_unchanged(start: Start) -> None:
    editor = await start(PULLING)
    editor.open("app.py", programs.NAMELESS)
    first = await pulled(editor, "app.py")
    assert [each.code for each in first.items] == ["ALC552"]
    again = await editor.pull("app.py", first.result_id)
    assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
    assert again.result_id == first.result_id

    editor.change("app.py", 2, insertion(0, 0, "\n"))
    moved = await editor.pull("app.py", first.result_id)
    assert isinstance(moved, types.RelatedFullDocumentDiagnosticReport)
    assert moved.items[0].range.start.line == programs.LINE + 1


async def test_a_pull_that_an_edit_overtakes_is_to_be_called_again() -> None:
    server = session.SqlassayServer()
    server.client = Client(pull=True)
    revision = server.documents.touch("file:///app.py")

    async def ask(_: object) -> diagnostics.Checked:
        server.documents.touch("file:///app.py")  # the edit, while the worker is busy
        return diagnostics.Checked("file:///app.py", revision, {}, {}, ())

    server.ask = ask
    params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier("file:///app.py"))
    with pytest.raises(JsonRpcException) as cancelled:
        await diagnostics.pull(server, params)
    assert cancelled.value.code == types.LSPErrorCodes.ServerCancelled
    assert cancelled.value.data == types.DiagnosticServerCancellationData(retrigger_request=True)


async def test_an_answer_about_a_document_is_not_one_about_it_opened_again() -> None:
    documents = session.SqlassayServer().documents
    revision = documents.touch("file:///app.py")
    documents.drop("file:///app.py")
    documents.touch("file:///app.py")
    assert not documents.is_current("file:///app.py", revision)


async def test_a_document_that_is_not_open_has_no_findings_to_pull(start: Start) -> None:
    editor = await start(PULLING)
    assert not (await pulled(editor, "never.py")).items


@pytest.mark.parametrize("name", ["git:/project/app.py", "output:channel", "file:///etc/hosts.pyi", "stub.pyi"])
async def test_documents_that_are_not_ours(start: Start, name: str) -> None:
    editor = await start("visual_studio_code")
    editor.open(name, programs.NAMELESS)
    editor.change(name, 2, programs.TWICE)
    editor.open("app.py", programs.NAMELESS)
    assert await editor.diagnostics("app.py")
    await editor.settled("app.py")
    assert editor.uri(name) not in editor.published
    assert await editor.hover(name, programs.LINE, programs.START) is None
    assert await editor.actions(name, at(programs.LINE, programs.START)) == []


async def test_another_language_is_not_ours(start: Start) -> None:
    editor = await start("visual_studio_code")
    editor.open("app.sql", "select 1", language="sql")
    editor.open("app.py", programs.NAMELESS)
    await editor.diagnostics("app.py")
    await editor.settled("app.py")
    assert set(editor.published) == {editor.uri("app.py")}


@pytest.mark.parametrize(
    "name", ["untitled:Untitled-1", "vscode-notebook-cell:/x/y.ipynb#W0s", "file:///elsewhere/far/off.py"]
)
async def test_documents_outside_the_project(start: Start, name: str) -> None:
    editor = await start("visual_studio_code")
    editor.open(name, programs.NAMELESS)
    (found,) = await editor.diagnostics(name)
    assert found.code == "ALC552"
    editor.change(name, 2, insertion(0, 0, "\n"))
    (found,) = await editor.diagnostics(name, 2)
    assert found.range == at(programs.LINE + 1, programs.START, programs.END)


async def test_an_excluded_file_is_quiet(start: Start, root: Path) -> None:
    (root / "sqlassay.toml").write_text('extend-exclude = ["generated"]\n')
    editor = await start("visual_studio_code")
    editor.open("generated/app.py", programs.NAMELESS)
    assert await editor.diagnostics("generated/app.py") == []
    editor.open("app.py", programs.NAMELESS)
    assert await editor.diagnostics("app.py") != []


async def test_without_a_folder(start: Start) -> None:
    editor = await start("neovim@v0.7.0", folders=[])
    editor.open("app.py", programs.NAMELESS)
    (found,) = await editor.diagnostics("app.py")
    assert found.code == "ALC552"


async def refreshed(start: Start) -> tuple[Editor, list[object]]:
    """An editor that pulls and is told when to pull again, and what it was told so far: that the project is read."""

    def refreshes(capabilities: types.ClientCapabilities) -> None:
        assert capabilities.workspace is not None
        capabilities.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)

    editor = await start(PULLING, capable=refreshes)
    told: list[object] = []

    editor.client.protocol.fm.features.pop(types.WORKSPACE_DIAGNOSTIC_REFRESH)

    @editor.client.feature(types.WORKSPACE_DIAGNOSTIC_REFRESH)
    def refresh(*_: object) -> None:
        told.append(1)
        editor._news.set()

    await editor.until(lambda: told)
    return editor, told


async def test_a_client_that_pulls_is_told_of_an_edit_that_reaches_other_documents(start: Start) -> None:
    editor, told = await refreshed(start)
    editor.open("orders.py", programs.ORDERS)
    editor.open("totals.py", programs.TOTALS)
    assert (await pulled(editor, "totals.py")).items
    told.clear()

    editor.change("orders.py", 2, programs.ORDERS.rstrip("\n") + "  # a remark\n")
    assert (await pulled(editor, "totals.py")).items
    assert not told, "it reaches nobody"

    editor.change("orders.py", 3, programs.ORDERS.replace('"order")', '"order", lazy="selectin")'))
    await editor.until(lambda: told)
    assert not (await pulled(editor, "totals.py")).items


async def test_a_client_that_pulls_is_told_of_lines_that_move_what_findings_point_to(start: Start, root: Path) -> None:
    editor, told = await refreshed(start)
    editor.open("orders.py", programs.ORDERS)
    editor.open("totals.py", programs.TOTALS)
    before = lines_of_notes(await pulled(editor, "totals.py"), editor.uri("orders.py"))
    assert before
    told.clear()
    editor.change("orders.py", 2, "# a comment\n" + programs.ORDERS)
    await editor.until(lambda: told)
    moved = lines_of_notes(await pulled(editor, "totals.py"), editor.uri("orders.py"))
    assert moved == [line + 1 for line in before]

    told.clear()
    (root / "orders.py").write_text("# two\n# lines\n" + programs.ORDERS)
    editor.close("orders.py")
    editor.changed_on_disk("orders.py")
    await editor.until(lambda: told)
    await editor.settled("totals.py")
    moved = lines_of_notes(await pulled(editor, "totals.py"), editor.uri("orders.py"))
    assert moved == [line + 2 for line in before]


def lines_of_notes(report: types.RelatedFullDocumentDiagnosticReport, uri: str) -> list[int]:
    """The lines of another document that the notes of what was pulled point to."""
    notes = [each for found in report.items for each in found.related_information or ()]
    return [each.location.range.start.line for each in notes if each.location.uri == uri]


async def test_a_client_that_pulls_is_told_of_an_opened_text_that_reaches_other_documents(start: Start) -> None:
    """What was not saved when its file got another name is opened under the new one as it is."""
    editor, told = await refreshed(start)
    editor.open("totals.py", programs.TOTALS)
    assert not (await pulled(editor, "totals.py")).items
    told.clear()
    editor.open("orders.py", programs.ORDERS)
    await editor.until(lambda: told)
    assert (await pulled(editor, "totals.py")).items
