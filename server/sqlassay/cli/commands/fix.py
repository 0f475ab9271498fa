"""`sqlassay fix`: repairs what can be repaired."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from msgspec import Struct, field

from sqlassay.cli import exits
from sqlassay.cli.exits import Failure
from sqlassay.cli.progress import Progress
from sqlassay.cli.projects import Project, Stdin, open_projects, open_stdin, reports, wants_stdin, warn
from sqlassay.cli.style import Style, counted, shown_path, style_for
from sqlassay.cli.writing import write_atomically
from sqlassay.findings import Finding
from sqlassay.linter import Fixed, Problem
from sqlassay.rules import base
from sqlassay.syntax.source import SourceText, Unwritable

_PASSES = 10
"""One file's fix may make another file's possible. More passes than this mean that two fixes undo each other."""

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


class _Run(Struct):
    """What happened to the files, by absolute path."""

    before: dict[str, SourceText] = field(default_factory=dict)
    """The text that each changed file had at first."""
    after: dict[str, SourceText] = field(default_factory=dict)
    changes: dict[str, Counter[str]] = field(default_factory=dict)
    """How often a rule's fix was applied."""
    left: list[Finding] = field(default_factory=list)
    """What is still found."""
    failed: bool = False

    def take(self, fixed: Fixed) -> SourceText:
        """Note the change of a file and give its new text, in the encoding that it had."""
        text = fixed.before.edited(0, len(fixed.before.data), fixed.text)
        self.before.setdefault(fixed.path, fixed.before)
        self.after[fixed.path] = text
        self.changes.setdefault(fixed.path, Counter()).update(fixed.changes)
        return text


def run(options: argparse.Namespace) -> int:
    """Fix, say what was fixed, and give the exit code: with `--diff` 1 where something would change."""
    done = _Run()
    if wants_stdin(options):
        stdin = open_stdin(options)
        _fix_stdin(stdin, options, done)
        _say(done, options, sys.stderr)
    else:
        with Progress(not options.quiet) as progress:
            for project in open_projects(options):
                _fix_project(project, options, done, progress)
        if options.diff:
            _write_diff(done, sys.stdout)
        _say(done, options, sys.stderr if options.diff else sys.stdout)
    if done.failed:
        return exits.FAILED
    return exits.FINDINGS if options.diff and done.after else exits.CLEAN


# ---- one file on stdin


def _fix_stdin(stdin: Stdin, options: argparse.Namespace, done: _Run) -> None:
    workspace = stdin.project.workspace
    text = stdin.source
    if not stdin.excluded:
        fixed = workspace.fix_file(stdin.path, unsafe=options.unsafe)
        if fixed.text != stdin.source.text:
            # The workspace has the text only; how it was encoded is ours to know.
            text = done.take(Fixed(stdin.path, stdin.source, fixed.text, fixed.changes))
            workspace.open(stdin.path, text.text)
        report = workspace.check(stdin.path)
        done.left = list(report.findings)
        for problem in report.problems:
            warn(problem)
    if options.diff:
        _write_diff(done, sys.stdout)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())


# ---- the files of a project


def _fix_project(project: Project, options: argparse.Namespace, done: _Run, progress: Progress) -> None:
    given_up: set[str] = set()
    for number in range(_PASSES):
        first = number == 0
        left: list[Finding] = []
        candidates: list[str] = []
        checked: set[str] = set()
        in_memory = options.diff and not first
        for report in reports(project, argparse.Namespace(jobs=1) if in_memory else options, progress):
            left += report.findings
            checked.add(report.path)
            if any(each.fix is not None and (each.fix.safe or options.unsafe) for each in report.findings):
                candidates.append(report.path)
            if first:
                for problem in report.problems:
                    warn(problem)
                    done.failed |= problem.internal
        changed = [
            path
            for path in candidates
            if path not in given_up and _fix_file(project, path, checked - given_up, options, done, given_up)
        ]
        if not changed:
            break
    done.left += left


def _fix_file(
    project: Project, path: str, checked: set[str], options: argparse.Namespace, done: _Run, given_up: set[str]
) -> bool:
    """Whether the file changed, or others of those checked with it. One that cannot be written is given up, and said.

    (With it the one whose findings led there: it would be tried again with each pass.)
    """
    if project.workspace.source(path) is None:
        return False  # it went away since it was checked
    changed = False
    for fixed in project.workspace.fix_findings(path, unsafe=options.unsafe, also=checked):
        if fixed.text == fixed.before.text:
            continue
        try:
            if options.diff:
                project.workspace.open(fixed.path, done.take(fixed).text)
            else:
                _write(fixed.path, fixed)
                done.take(fixed)
                project.workspace.disk_changed([fixed.path])
            changed = True
        except (Failure, Unwritable) as error:
            given_up.update((path, fixed.path))
            done.failed = True
            message = str(error).removeprefix(f"{fixed.path}: ")
            warn(Problem(fixed.path, message, internal=False))
    return changed


def _write(path: str, fixed: Fixed) -> None:
    data = fixed.before.edited(0, len(fixed.before.data), fixed.text).encode()
    try:
        with open(path, "rb") as file:
            unchanged = file.read() == fixed.before.encode()
    except OSError as error:
        raise Failure(f"{path}: not written: {error.strerror}") from None
    if not unchanged:
        raise Failure(f"{path}: not written: it changed on disk in the meantime")
    write_atomically(path, data)


# ---- what is said


def _write_diff(done: _Run, out: TextIO) -> None:
    style = style_for(out)
    for path in sorted(done.after):
        out.writelines(_diff(path, done.before[path].text, done.after[path].text, style))


def _diff(path: str, before: str, after: str, style: Style) -> Iterable[str]:
    """A unified diff. Its lines end where Python's and an editor's do, not at a form feed."""
    name = shown_path(path)
    for line in difflib.unified_diff(_LINES.findall(before), _LINES.findall(after), name, name):
        ending = "" if line.endswith(("\n", "\r")) else "\n\\ No newline at end of file\n"
        body = line.rstrip("\r\n")
        names = ("bold",) if line.startswith(("+++ ", "--- ")) else (_DIFF_COLOURS.get(line[:1], ""),)
        yield (style.paint(body, *names) if all(names) else body) + line[len(body) :] + ending


def _say(done: _Run, options: argparse.Namespace, out: TextIO) -> None:
    if options.quiet:
        return
    style = style_for(out)
    for path in sorted(done.changes):
        listed = ", ".join(f"{count} × {code}{_name(code)}" for code, count in sorted(done.changes[path].items()))
        out.write(f"{style.paint(shown_path(path), 'bold')}: {listed}\n")
    total = sum(sum(counts.values()) for counts in done.changes.values())
    verb = "Would fix" if options.diff else "Fixed"
    said = f"{verb} {counted(total, 'finding')} in {counted(len(done.changes), 'file')}"
    if done.left:
        unsafe = sum(each.fix is not None and not each.fix.safe for each in done.left)
        hint = f" ({unsafe} fixable with --unsafe)" if unsafe and not options.unsafe else ""
        said += f"; {len(done.left)} left{hint}: see `sqlassay check`"
    out.write(f"{said}.\n")


def _name(code: str) -> str:
    rule = base.rules_by_name().get(code)
    return f" {rule.meta.name}" if rule is not None else ""
