"""workspace/executeCommand `sqlassay.fixWorkspace`: the safe fixes of every file, as one edit that is shown first."""

from __future__ import annotations

import functools

from lsprotocol import types

from sqlassay.lsp import edits, progress
from sqlassay.lsp.projects import Project
from sqlassay.lsp.session import SqlassayServer  # pygls evaluates a command's annotations
from sqlassay.syntax.source import TextEdit

FIX_WORKSPACE = "sqlassay.fixWorkspace"
"""Takes nothing; has the client apply one edit. Gives how many files it changes: 0, and no edit, where none."""

LABEL = "Sqlassay: fix all in the workspace"
CONFIRM = "sqlassay-safe-fix"


def register(server: SqlassayServer) -> None:
    server.offer(FIX_WORKSPACE, fix_workspace)


async def fix_workspace(ls: SqlassayServer, *_: object) -> int:
    """Fix what is safe to fix in the open folders. A file that changes meanwhile keeps the client from applying it."""
    changes: dict[str, list[TextEdit]] = {}
    paths = await ls.ask(ls.projects.files)
    bar = progress.Bar(ls, "Sqlassay: fixing the workspace")
    await bar.show()
    try:
        for done, (project, path) in enumerate(paths):
            # One file at a time: what the person does meanwhile is answered in between.
            found = await ls.ask(functools.partial(_fixed, project, path, bar, done, len(paths)))
            if found:
                changes[path] = found
    finally:
        bar.end()
    edit = await ls.ask(lambda: edits.of_workspace(ls.projects, changes, ls.client)) if changes else None
    if edit is None:
        return 0
    if ls.client.confirms:
        edit = confirmed(edit)
    await ls.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, label=LABEL))
    return len(changes)


def _fixed(project: Project, path: str, bar: progress.Bar, done: int, total: int) -> list[TextEdit]:
    bar.advance(done, total, path)
    if project.workspace.source(path) is None:
        return []
    return edits.fixing(project, path)


def confirmed(edit: types.WorkspaceEdit) -> types.WorkspaceEdit:
    """The same edit, of which the client shows every part before it applies any."""
    annotation = types.ChangeAnnotation("Safe fixes", needs_confirmation=True, description="Sqlassay")
    documents = [
        types.TextDocumentEdit(
            each.text_document,
            [
                types.AnnotatedTextEdit(CONFIRM, change.range, change.new_text)
                for change in each.edits
                if isinstance(change, types.TextEdit)
            ],
        )
        for each in edit.document_changes or ()
        if isinstance(each, types.TextDocumentEdit)
    ]
    return types.WorkspaceEdit(document_changes=documents, change_annotations={CONFIRM: annotation})
