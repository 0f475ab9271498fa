"""One line a finding: `path:line:column: CODE [*] message`."""

from __future__ import annotations

from typing import TextIO

from sqlassay.cli.outcome import Entry, Outcome
from sqlassay.cli.style import SEVERITY_COLOURS, Style, counted


def write(outcome: Outcome, out: TextIO, style: Style) -> None:
    for entry in outcome.entries:
        finding = entry.finding
        head = style.paint(entry.spot.head(), "bold")
        code = style.paint(finding.code, SEVERITY_COLOURS[finding.severity.value], "bold")
        out.write(f"{head}: {code} {finding.name}:{fix_mark(entry, style)} {' '.join(finding.message.split())}\n")
    write_summary(outcome, out, style)


def fix_mark(entry: Entry, style: Style) -> str:
    """` [*]` where `sqlassay fix` repairs it."""
    fix = entry.finding.fix
    return f" [{style.paint('*', 'green')}]" if fix is not None and fix.safe else ""


def write_summary(outcome: Outcome, out: TextIO, style: Style) -> None:
    """How many findings, and how many of them can be fixed."""
    if not outcome.summary:
        return
    checked = f"{counted(outcome.files, 'file')} checked"
    if not outcome.entries:
        out.write(style.paint(f"No findings ({checked}).", "green") + "\n")
        return
    fixable = []
    if outcome.safe:
        fixable.append(f"{outcome.safe} fixable with `sqlassay fix`")
    if outcome.unsafe:
        fixable.append(f"{outcome.unsafe}{' more' if outcome.safe else ' fixable'} with `sqlassay fix --unsafe`")
    tail = f": {', '.join(fixable)}" if fixable else ""
    out.write(f"Found {counted(len(outcome.entries), 'finding')} ({checked}){tail}.\n")
