"""textDocument/codeAction and codeAction/resolve: quick fixes, fix all, ignore on this line, the rule's page.

A client that resolves gets actions whose `data` says what to do (`Task`), and asks for the edit of the one that is
picked; any other client gets every edit at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sqlassay.findings import Finding
from sqlassay.lsp import convert, edits, rule_pages
from sqlassay.lsp.commands import SHOW_RULE
from sqlassay.lsp.diagnostics import diagnostic
from sqlassay.lsp.projects import Module

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

QUICK_FIX = types.CodeActionKind.QuickFix.value
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.sqlassay"
OPTIONS = types.CodeActionOptions(
    code_action_kinds=[types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll, FIX_ALL],
    resolve_provider=True,
)


class Task(msgspec.Struct, frozen=True, omit_defaults=True):
    """The edit that an action stands for: one finding's fix or suppression, or fixing the whole module.

    It goes to the client and comes back. What is not so is left out: Emacs lsp-mode gives `null` for `false`.
    """

    key: str
    revision: int
    """The module and the number of its text: the edit is of that text and of no other, unless it fixes all."""
    kind: str
    """fix, ignore or all."""
    code: str = ""
    start: int = -1
    end: int = -1
    unsafe: bool = False
    nth: int = 0
    """Which of the findings of this rule at this place."""
    choice: int = 0
    """Of a fix: 0 for the finding's own, then the others."""


def register(server: SqlassayServer) -> None:
    server.answer(types.TEXT_DOCUMENT_CODE_ACTION, code_actions, OPTIONS)
    server.answer(types.CODE_ACTION_RESOLVE, resolve)


async def code_actions(ls: SqlassayServer, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    key = ls.documents.key_of(params.text_document.uri)
    if key is None or not ls.client.actions:
        return None
    actions, revision = await ls.ask(lambda: _actions(ls, key, params))
    # Edits without a version could be applied to a text that they do not fit.
    return actions if ls.documents.is_current(key, revision) else None


async def resolve(ls: SqlassayServer, action: types.CodeAction) -> types.CodeAction:
    try:
        task = msgspec.convert(action.data, Task)
    except msgspec.ValidationError:
        return action
    edit, revision = await ls.ask(lambda: _resolved(ls, task))
    if not ls.documents.is_current(task.key, revision):
        raise JsonRpcException("the text changed meanwhile", types.LSPErrorCodes.ContentModified.value)
    if edit is None:
        raise JsonRpcException("this cannot be done here", types.LSPErrorCodes.RequestFailed.value)
    action.edit = edit
    return action


# ---- on the worker


def _actions(ls: SqlassayServer, key: str, params: types.CodeActionParams) -> tuple[list[types.CodeAction], int]:
    module = ls.projects.modules.get(key)
    if module is None:
        return [], -1
    only = params.context.only
    wanted: list[types.CodeAction] = []
    if convert.asks_for(QUICK_FIX, only):
        wanted += _quick_fixes(ls, module, params)
    if convert.asks_for(FIX_ALL, only) and not _automatic(params):
        wanted += _fix_all(module)
    if not ls.client.resolve:
        wanted = [action for action in wanted if _completed(ls, action)]
    return wanted, module.revision


def _automatic(params: types.CodeActionParams) -> bool:
    """Asked with every move of the cursor, for no kind in particular: an action on the whole file is not meant."""
    return params.context.only is None and params.context.trigger_kind is types.CodeActionTriggerKind.Automatic


def _quick_fixes(ls: SqlassayServer, module: Module, params: types.CodeActionParams) -> Iterator[types.CodeAction]:
    here = [
        (finding, place[1])
        for finding in module.report().findings
        if (place := ls.range_in(module, finding.start, finding.end)) is not None
        and place[0] == params.text_document.uri
        and convert.overlaps(place[1], params.range)
    ]
    shown = {id(finding): [diagnostic(ls.projects, ls.client, finding, place)] for finding, place in here}
    for finding, _ in here:
        if finding.fix is not None:
            yield types.CodeAction(
                title=_title(finding.fix.title, finding.fix.safe),
                kind=QUICK_FIX,
                diagnostics=shown[id(finding)],
                is_preferred=finding.fix.safe,
                data=_data(module, "fix", finding),
            )
        for choice, other in enumerate(finding.others, 1):
            yield types.CodeAction(
                title=_title(other.title, other.safe),
                kind=QUICK_FIX,
                diagnostics=shown[id(finding)],
                is_preferred=False,
                data=_data(module, "fix", finding, choice=choice),
            )
    for code, (finding, safe) in _several(module, [finding for finding, _ in here]).items():
        yield types.CodeAction(
            title=_title(f"Fix all {finding.name} in this file", safe),
            kind=QUICK_FIX,
            diagnostics=shown[id(finding)],
            is_preferred=False,
            data=_data(module, "all", code=code, unsafe=not safe),
        )
    for finding, _ in here:
        if module.project.workspace.suppression(finding) is not None:
            yield types.CodeAction(
                title=f"Ignore {finding.name} on this line",
                kind=QUICK_FIX,
                diagnostics=shown[id(finding)],
                is_preferred=False,
                data=_data(module, "ignore", finding),
            )
    for name in dict.fromkeys(finding.name for finding, _ in here):
        if rule_pages.find(name) is not None:
            title = f"Open the page of {name}"
            yield types.CodeAction(
                title=title, kind=QUICK_FIX, command=types.Command(title, SHOW_RULE, arguments=[name])
            )


def _title(title: str, safe: bool) -> str:
    return title if safe else f"{title} (unsafe)"


def _several(module: Module, here: list[Finding]) -> dict[str, tuple[Finding, bool]]:
    """Of the rules found here, those with more than one fix in the file: one finding each, and whether safe ones do."""
    fixable = [finding for finding in module.report().findings if finding.fix is not None]
    all_fixes = Counter(finding.code for finding in fixable)
    safe_fixes = Counter(finding.code for finding in fixable if finding.fix is not None and finding.fix.safe)
    return {finding.code: (finding, safe_fixes[finding.code] > 1) for finding in here if all_fixes[finding.code] > 1}


def _fix_all(module: Module) -> Iterator[types.CodeAction]:
    if edits.unfinished(module.project, module.path):
        return
    if any(finding.fix is not None and finding.fix.safe for finding in module.report().findings):
        yield types.CodeAction(title="Fix all that is safe to fix", kind=FIX_ALL, data=_data(module, "all"))


def _data(
    module: Module, kind: str, finding: Finding | None = None, code: str = "", unsafe: bool = False, choice: int = 0
) -> Any:
    task = Task(module.key, module.revision, kind, code=code, unsafe=unsafe)
    if finding is not None:
        place = (finding.code, finding.start, finding.end)
        nth = next(index for index, each in enumerate(_alike(module, *place)) if each is finding)
        task = Task(module.key, module.revision, kind, *place, nth=nth, choice=choice)
    return msgspec.to_builtins(task)


def _alike(module: Module, code: str, start: int, end: int) -> list[Finding]:
    """The findings of a rule at one place: a call may read several relationships."""
    return [each for each in module.report().findings if (each.code, each.start, each.end) == (code, start, end)]


def _completed(ls: SqlassayServer, action: types.CodeAction) -> bool:
    """Give an action its edit now, for a client that will not ask again. False where there is none to give."""
    if action.data is None:
        return True
    action.edit = _edit(ls, msgspec.convert(action.data, Task))
    action.data = None
    return action.edit is not None


def _resolved(ls: SqlassayServer, task: Task) -> tuple[types.WorkspaceEdit | None, int]:
    """The edit of a task, and the number of the text that it is of.

    All that can be fixed is fixed in the text of now: on a save, another tool's actions may have come before.
    """
    module = ls.projects.modules.get(task.key)
    if module is not None and task.kind == "all":
        task = msgspec.structs.replace(task, revision=module.revision)
    return _edit(ls, task), task.revision


def _edit(ls: SqlassayServer, task: Task) -> types.WorkspaceEdit | None:
    """The edit of a task; None where its text is gone or the edit cannot be made."""
    module = ls.projects.modules.get(task.key)
    if module is None or module.revision != task.revision:
        return None
    if task.kind == "all":
        codes = frozenset({task.code}) if task.code else None
        changes = {module.path: edits.fixing(module.project, module.path, unsafe=task.unsafe, codes=codes)}
        return edits.of_workspace(ls.projects, changes, ls.client)
    alike = _alike(module, task.code, task.start, task.end)
    if task.nth >= len(alike):
        return None
    finding = alike[task.nth]
    workspace = module.project.workspace
    if task.kind == "ignore":
        silencing = workspace.suppression(finding)
        return edits.of_workspace(ls.projects, {module.path: [silencing]}, ls.client) if silencing else None
    fixes = (finding.fix, *finding.others)
    fix = fixes[task.choice] if task.choice < len(fixes) else None
    made = workspace.edits(fix) if fix is not None else None
    return edits.of_workspace(ls.projects, made, ls.client) if made else None
