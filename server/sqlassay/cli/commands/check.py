"""`sqlassay check`: what is wrong."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from msgspec import Struct

from sqlassay.cli import baseline, exits, formats
from sqlassay.cli.exits import Failure
from sqlassay.cli.formats.concise import write_summary
from sqlassay.cli.outcome import Entry, Outcome, entries_of
from sqlassay.cli.progress import Progress
from sqlassay.cli.projects import Project, open_projects, open_stdin, reports, wants_stdin, warn
from sqlassay.cli.silence import silence
from sqlassay.cli.style import Style, counted, shown_path, style_for
from sqlassay.cli.writing import write_atomically
from sqlassay.linter import Report

_COUNTABLE = ("text", "concise", "json")


class _Gathered(Struct):
    """All reports that say something, and what else the exit code and the outputs need to know."""

    reports: list[tuple[Project, Report]]
    enabled: dict[str, frozenset[str]]
    """The rules looked for, by the absolute path of each checked file."""
    incomplete: bool
    """A rule crashed, or a file that was named could not be read: nobody may call that clean."""

    def entries(self) -> Iterator[Entry]:
        for project, report in self.reports:
            yield from entries_of(report, project.workspace.source)


def run(options: argparse.Namespace) -> int:
    """Check, show, and give the exit code: 1 for findings, else 2 where the look was incomplete, else 0."""
    if options.statistics and options.output_format not in _COUNTABLE:
        raise Failure(f"--statistics goes with the formats {', '.join(_COUNTABLE)}")
    if options.add_noqa and wants_stdin(options):
        raise Failure("--add-noqa writes to files and cannot write to stdin")
    gathered = _gather(options)
    if options.write_baseline:
        return _write_baseline(options, gathered)
    if options.add_noqa:
        return silence(gathered.reports, quiet=options.quiet)
    entries = list(gathered.entries())
    if options.baseline:
        entries = _compare(options, entries, gathered)
    _show(Outcome(entries, len(gathered.enabled), not options.quiet), options)
    if entries and not options.exit_zero:
        return exits.FINDINGS
    return exits.FAILED if gathered.incomplete else exits.CLEAN


def _gather(options: argparse.Namespace) -> _Gathered:
    gathered = _Gathered([], {}, False)
    named = {os.path.abspath(path) for path in options.paths}
    with Progress(not options.quiet) as progress:
        for project, report in _reports(options, progress):
            gathered.enabled[report.path] = project.config.for_file(report.path).enabled
            if report.findings:
                gathered.reports.append((project, report))
            for problem in report.problems:
                warn(problem)
                gathered.incomplete |= problem.internal or (report.source is None and report.path in named)
    if not gathered.enabled and not options.quiet:
        print("sqlassay: warning: there is no Python file to check", file=sys.stderr)
    return gathered


def _reports(options: argparse.Namespace, progress: Progress) -> Iterator[tuple[Project, Report]]:
    if wants_stdin(options):
        stdin = open_stdin(options)
        if not stdin.excluded:
            yield stdin.project, stdin.project.workspace.check(stdin.path)
        return
    for project in open_projects(options):
        for report in reports(project, options, progress):
            yield project, report


def _write_baseline(options: argparse.Namespace, gathered: _Gathered) -> int:
    count = baseline.write(options.write_baseline, gathered.entries())
    if not options.quiet:
        files = counted(len(gathered.reports), "file")
        print(f"Wrote {counted(count, 'finding')} of {files} to {options.write_baseline}.")
    return exits.FAILED if gathered.incomplete else exits.CLEAN


def _compare(options: argparse.Namespace, entries: list[Entry], gathered: _Gathered) -> list[Entry]:
    compared = baseline.compare(options.baseline, entries, gathered.enabled)
    if not options.quiet:
        said = f"{len(compared.new)} new, {compared.known} known, {compared.fixed} fixed"
        hint = f"; --write-baseline {options.baseline} forgets what is fixed" if compared.fixed else ""
        print(f"sqlassay: {options.baseline}: {said}{hint}", file=sys.stderr)
    return compared.new


def _show(outcome: Outcome, options: argparse.Namespace) -> None:
    if not options.output_file:
        _write(outcome, options, sys.stdout, style_for(sys.stdout))
        return
    text = io.StringIO()
    _write(outcome, options, text, Style(False))
    write_atomically(options.output_file, text.getvalue().encode("utf-8"))
    if not options.quiet:
        found = counted(len(outcome.entries), "finding")
        print(f"sqlassay: wrote {found} to {shown_path(os.path.abspath(options.output_file))}", file=sys.stderr)


def _write(outcome: Outcome, options: argparse.Namespace, out: TextIO, style: Style) -> None:
    if options.statistics:
        _statistics(outcome, options.output_format, out, style)
    else:
        formats.load(options.output_format).write(outcome, out, style)


def _statistics(outcome: Outcome, format_name: str, out: TextIO, style: Style) -> None:
    """How often each rule was found, the most frequent first."""
    counts = Counter((entry.finding.code, entry.finding.name) for entry in outcome.entries)
    fixable = Counter(entry.finding.code for entry in outcome.entries if entry.finding.fix is not None)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if format_name == "json":
        rows = [
            {"code": code, "name": name, "count": count, "fixable": fixable[code]} for (code, name), count in ranked
        ]
        json.dump(rows, out, indent=2)
        out.write("\n")
        return
    width = len(str(ranked[0][1])) if ranked else 0
    for (code, name), count in ranked:
        tail = f" ({fixable[code]} fixable)" if fixable[code] else ""
        out.write(f"{style.paint(f'{count:>{width}}', 'bold')}  {code}  {name}{tail}\n")
    write_summary(outcome, out, style)
