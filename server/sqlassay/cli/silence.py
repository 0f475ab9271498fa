"""`check --add-noqa`: a comment for every finding, held to do what it is there for."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlassay.cli import exits
from sqlassay.cli.exits import Failure
from sqlassay.cli.projects import Project
from sqlassay.cli.style import counted, shown_path
from sqlassay.cli.writing import write_atomically
from sqlassay.findings import Finding
from sqlassay.linter import Report, silencing
from sqlassay.syntax.source import SourceText, apply_edits

Place = tuple[str, int]
"""A code and the line, from 0, of its finding: comments at line ends move neither."""


def silence(reports: Iterable[tuple[Project, Report]], *, quiet: bool) -> int:
    """Add the comments and give the exit code: 1 where something could not be silenced or written."""
    silenced = files = 0
    failed = False
    for project, report in reports:
        text, left = _silenced(project, report)
        for finding in left:
            failed = True
            line = report.source.line_at(finding.start) + 1 if report.source is not None else 1
            said = f"{shown_path(report.path)}:{line}: no place for a comment that silences {finding.code}"
            print(f"sqlassay: warning: {said}", file=sys.stderr)
        if text is None:
            continue
        try:
            write_atomically(report.path, text.encode())
        except Failure as failure:
            failed = True
            print(f"sqlassay: warning: {failure}", file=sys.stderr)
            continue
        silenced += len(report.findings) - len(left)
        files += 1
    if not quiet:
        print(f"Silenced {counted(silenced, 'finding')} in {counted(files, 'file')}.")
    return exits.FINDINGS if failed else exits.CLEAN


def _silenced(project: Project, report: Report) -> tuple[SourceText | None, list[Finding]]:
    """The text with its comments (None where none helps) and the findings that none silences."""
    source = report.source
    if source is None:
        return None, list(report.findings)

    def place(finding: Finding) -> Place:
        return finding.code, source.line_at(finding.start)

    at = {place(finding): finding.start for finding in report.findings}
    text = _with_comments(source, at)
    left = _left(project, report.path, text) & at.keys()
    if left:
        # Not where it starts: perhaps where it ends, which may be another line of the same statement.
        at |= {place(finding): finding.end for finding in report.findings if place(finding) in left}
        text = _with_comments(source, at)
        left = _left(project, report.path, text) & at.keys()
    if left:
        text = _with_comments(source, {each: offset for each, offset in at.items() if each not in left})
    unsilenced = [finding for finding in report.findings if place(finding) in left]
    return (None if text == source else text), unsilenced


def _with_comments(source: SourceText, at: dict[Place, int]) -> SourceText:
    return apply_edits(source, silencing(source, ((offset, code) for (code, _), offset in at.items())))


def _left(project: Project, path: str, text: SourceText) -> set[Place]:
    """What is still found in the file when it has this text."""
    workspace = project.workspace
    workspace.open(path, text.text)
    try:
        return {(each.code, text.line_at(each.start)) for each in workspace.check(path).findings}
    finally:
        workspace.close(path)
