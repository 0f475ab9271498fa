"""Code actions: which are offered where, and what each does."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp import programs
from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import Editor, applied, at
from lsprotocol import types
from pygls.exceptions import JsonRpcException

pytestmark = MODULE_LOOP

HERE = at(programs.LINE, programs.START)


async def titles(editor, name: str, place: types.Range, **options) -> dict[str, types.CodeAction]:
    return {action.title: action for action in await editor.actions(name, place, **options)}


def named(actions: dict[str, types.CodeAction], part: str) -> types.CodeAction:
    (title,) = [title for title in actions if part in title]
    return actions[title]


async def test_nothing_where_nothing_was_found(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    assert await editor.actions(name, at(0), ["quickfix"]) == []
    editor.open("clean.py", programs.CLEAN)
    assert await editor.actions("clean.py", at(0)) == []


async def test_an_unsafe_fix_says_so_and_is_not_preferred(editor: Editor, name: str) -> None:
    editor.open(name, programs.STAMPED)
    line = len(programs.STAMPED.splitlines()) - 1
    column = programs.STAMPED.splitlines()[line].index("utcnow")
    fix = (await editor.actions(name, at(line, column)))[0]
    assert fix.title.endswith(" (unsafe)")
    assert fix.is_preferred is False
    fixed = applied(programs.STAMPED, (await editor.resolved(fix)).edit, editor.uri(name))
    assert "timezone.utc" in fixed
    assert await editor.actions(name, at(0), ["source.fixAll"]) == []


async def test_fix_all_of_a_rule_needs_more_than_one(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    assert not [title for title in await titles(editor, name, HERE) if title.startswith("Fix all is-comparison")]
    editor.change(name, 2, programs.TWICE)
    action = named(await titles(editor, name, HERE), "Fix all is-comparison in this file")
    assert action.kind == types.CodeActionKind.QuickFix
    fixed = applied(programs.TWICE, (await editor.resolved(action)).edit, editor.uri(name))
    assert " is None" not in fixed
    assert " is not None" not in fixed


async def test_ignore_on_this_line(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    action = named(await titles(editor, name, HERE), "Ignore is-comparison on this line")
    silenced = applied(programs.NAMELESS, (await editor.resolved(action)).edit, editor.uri(name))
    assert silenced.splitlines()[programs.LINE] == programs.NAMELESS.splitlines()[programs.LINE] + "  # noqa: ALC552"
    editor.change(name, 2, silenced)
    assert await editor.diagnostics(name, 2) == []


async def test_ignore_joins_a_comment_that_is_there(editor: Editor, name: str) -> None:
    lines = programs.NAMELESS.splitlines(keepends=True)
    lines[programs.LINE] = lines[programs.LINE].rstrip() + "  # noqa: E501\n"
    text = "".join(lines)
    editor.open(name, text)
    action = named(await titles(editor, name, HERE), "Ignore is-comparison")
    silenced = applied(text, (await editor.resolved(action)).edit, editor.uri(name))
    comment = silenced.splitlines()[programs.LINE].partition("  # ")[2]
    assert comment.startswith("noqa:")
    assert "E501" in comment
    assert "ALC552" in comment
    assert comment.count("noqa") == 1
    editor.change(name, 2, silenced)
    assert await editor.diagnostics(name, 2) == []


async def test_open_the_page_of_the_rule(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    action = named(await titles(editor, name, HERE), "Open the page of is-comparison")
    assert action.command is not None
    assert action.command.command == "sqlassay.showRule"
    assert list(action.command.arguments or ()) == ["is-comparison"]
    params = types.ExecuteCommandParams(action.command.command, action.command.arguments)
    assert await editor.wait(editor.client.workspace_execute_command_async(params)) is None
    (shown,) = editor.client.shown_documents
    assert shown.uri.endswith("/is-comparison.md")


async def test_the_page_as_text_for_a_client_that_shows_no_documents(start: Start) -> None:
    editor = await start("neovim@v0.7.0")
    params = types.ExecuteCommandParams("sqlassay.showRule", ["ALC552"])
    text = await editor.wait(editor.client.workspace_execute_command_async(params))
    assert text.startswith("# is-comparison (ALC552)")


@pytest.mark.parametrize("arguments", [["no-such-rule"], [], [5], ["ALC552", "more"], None])
async def test_a_page_that_nobody_has(start: Start, arguments: list[object] | None) -> None:
    editor = await start("neovim@v0.7.0")
    params = types.ExecuteCommandParams("sqlassay.showRule", arguments)
    text = await editor.wait(editor.client.workspace_execute_command_async(params))
    known = bool(arguments) and arguments[0] == "ALC552"
    assert (text is not None) is known
    assert bool(editor.client.messages) is not known


async def test_an_edit_of_an_older_text_is_refused(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    fix = (await editor.actions(name, HERE))[0]
    assert fix.edit is None
    editor.change(name, 2, "# new\n" + programs.NAMELESS)
    with pytest.raises(JsonRpcException) as refused:
        await editor.resolved(fix)
    assert refused.value.code == types.LSPErrorCodes.ContentModified
    assert editor.client.messages == []


async def test_a_client_may_give_null_for_false(editor: Editor, name: str) -> None:
    """Emacs lsp-mode 8 does: it keeps one value for both."""
    editor.open(name, programs.NAMELESS)
    fix = (await editor.actions(name, HERE))[0]
    fix.data = {key: None if value is False else value for key, value in fix.data.items()}
    assert (await editor.resolved(fix)).edit is not None


async def test_all_is_fixed_in_the_text_of_now(editor: Editor, name: str) -> None:
    """As on a save: actions are asked for once, and each is made after those before it changed the text."""
    editor.open(name, programs.NAMELESS)
    (fix,) = await editor.actions(name, HERE, ["source.fixAll"])
    sorted_by_another = "# new\n" + programs.NAMELESS
    editor.change(name, 2, sorted_by_another)
    fixed = applied(sorted_by_another, (await editor.resolved(fix)).edit, editor.uri(name))
    assert fixed.startswith("# new\n")
    assert " is None" not in fixed
    editor.change(name, 3, fixed)
    assert applied(fixed, (await editor.resolved(fix)).edit, editor.uri(name)) == fixed


@pytest.mark.parametrize("data", [None, 5, {"kind": "fix"}, {"key": [], "revision": "x", "kind": "fix"}])
async def test_resolving_what_was_never_offered(editor: Editor, name: str, data: object) -> None:
    action = types.CodeAction("mine", data=data)
    answer = await editor.wait(editor.client.code_action_resolve_async(action))
    assert answer.edit is None


async def test_whole_file_actions_do_not_follow_the_cursor(editor: Editor, name: str) -> None:
    editor.open(name, programs.NAMELESS)
    moved = await editor.actions(name, HERE, trigger=types.CodeActionTriggerKind.Automatic)
    assert {action.kind for action in moved} == {"quickfix"}
    asked = await editor.actions(name, HERE, trigger=types.CodeActionTriggerKind.Invoked)
    assert {action.kind for action in asked} == {"quickfix", "source.fixAll.sqlassay"}
    saving = await editor.actions(name, HERE, ["source.fixAll"], types.CodeActionTriggerKind.Automatic)
    assert [action.kind for action in saving] == ["source.fixAll.sqlassay"]


@pytest.mark.parametrize("only", ["refactor", "source.organizeImports", "source.fixAll.ruff", "source.fix"])
async def test_kinds_that_are_not_ours(editor: Editor, name: str, only: str) -> None:
    editor.open(name, programs.NAMELESS)
    assert await editor.actions(name, HERE, [only]) == []


async def test_a_client_that_only_knows_commands_gets_no_actions(start: Start) -> None:
    def plain(capabilities: types.ClientCapabilities) -> None:
        capabilities.text_document.code_action.code_action_literal_support = None

    editor = await start("emacs", capable=plain)
    editor.open("app.py", programs.NAMELESS)
    assert await editor.actions("app.py", HERE) == []


ALL_RULES = {"select": ["async-lazy-load", "n-plus-one-helper"]}


async def test_other_ways_come_after_the_first(start: Start, root: Path) -> None:
    text = programs.TOTALS.replace("def totals", "async def totals").replace("in session", "in await session")
    text = text.replace("from sqlalchemy.orm import Session", "from sqlalchemy.ext.asyncio import AsyncSession")
    text = text.replace("session: Session", "session: AsyncSession")
    (root / "orders.py").write_text(programs.ORDERS)
    editor = await start("visual_studio_code", settings=ALL_RULES)
    editor.open("totals.py", text)
    line, character = programs.place_of(text, "order.|items")
    offered = [each for each in await editor.actions("totals.py", at(line, character)) if "unsafe" in each.title]
    assert [each.title for each in offered] == [
        "Add `.options(selectinload(Order.items))` to the query (unsafe)",
        "Refresh `items` before it is read (unsafe)",
    ]
    assert not any(each.is_preferred for each in offered)
    first, second = [
        applied(text, (await editor.resolved(each)).edit, editor.uri("totals.py")).splitlines() for each in offered
    ]
    assert "    for order in await session.scalars(select(Order).options(selectinload(Order.items))):" in first
    assert '        await session.refresh(order, ["items"])' in second
    assert "    for order in await session.scalars(select(Order)):" in second


async def test_each_of_several_findings_at_one_place(start: Start, root: Path) -> None:
    models = programs.ORDERS.replace(
        "\n\nclass Item", '    notes: Mapped[list["Note"]] = relationship()\n\n\nclass Item'
    ) + (
        '\n\nclass Note(Base):\n    __tablename__ = "notes"\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
        '    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))\n'
    )
    text = programs.TOTALS.replace("len(order.items)", "count(order)")
    text += "\n\ndef count(order: Order) -> int:\n    return len(order.items) + len(order.notes)\n"
    (root / "orders.py").write_text(models)
    editor = await start("visual_studio_code", settings=ALL_RULES)
    editor.open("totals.py", text)
    line, character = programs.place_of(text, "|count(order))")
    for name in ("items", "notes"):
        fix = named(await titles(editor, "totals.py", at(line, character)), f"Order.{name}")
        fixed = applied(text, (await editor.resolved(fix)).edit, editor.uri("totals.py"))
        assert f"select(Order).options(selectinload(Order.{name}))" in fixed
