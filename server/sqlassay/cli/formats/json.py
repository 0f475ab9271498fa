"""A JSON list of findings. Lines and characters are as in LSP: from 0, in UTF-16 code units."""

from __future__ import annotations

import json
from typing import Any, TextIO

from sqlassay.cli.outcome import Entry, Outcome, Spot
from sqlassay.cli.style import Style


def write(outcome: Outcome, out: TextIO, _style: Style) -> None:
    json.dump([_finding(entry) for entry in outcome.entries], out, indent=2)
    out.write("\n")


def _finding(entry: Entry) -> dict[str, Any]:
    finding = entry.finding
    fix = finding.fix
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "path": entry.spot.path,
        "range": _range(entry.spot),
        "related": [{"path": spot.path, "range": _range(spot), "message": message} for spot, message in entry.related],
        "fix": None if fix is None else {"title": fix.title, "safety": "safe" if fix.safe else "unsafe"},
    }


def _range(spot: Spot) -> dict[str, Any]:
    start, end = ({"line": line, "character": character} for line, character in spot.range("utf-16"))
    return {"start": start, "end": end}
