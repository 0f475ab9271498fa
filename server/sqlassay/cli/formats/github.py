"""Workflow commands: GitHub shows them as annotations on the lines of a pull request."""

from __future__ import annotations

from typing import TextIO

from sqlassay.cli.outcome import Entry, Outcome
from sqlassay.cli.style import Style

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice", "hint": "notice"}
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write(outcome: Outcome, out: TextIO, _style: Style) -> None:
    for entry in outcome.entries:
        out.write(_command(entry) + "\n")


def _command(entry: Entry) -> str:
    finding = entry.finding
    (line, column), (end_line, end_column) = entry.spot.range("utf-32")
    properties = {
        "title": f"{finding.code} {finding.name}",
        "file": entry.spot.path,
        "line": str(line + 1),
        "endLine": str(end_line + 1),
    }
    if line == end_line:  # GitHub refuses columns of a range over several lines
        properties |= {"col": str(column + 1), "endColumn": str(end_column + 1)}
    listed = ",".join(f"{name}={value.translate(_IN_PROPERTY)}" for name, value in properties.items())
    message = "\n".join([finding.message, *(f"{spot.head()}: {said}" for spot, said in entry.related)])
    return f"::{_COMMANDS[finding.severity.value]} {listed}::{message.translate(_IN_MESSAGE)}"
