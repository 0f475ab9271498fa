"""SARIF 2.1.0. Lines and columns count from 1, columns in UTF-16 code units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from sqlassay import __version__
from sqlassay.cli.outcome import Entry, Outcome, Spot
from sqlassay.cli.style import Style
from sqlassay.rules import base

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note", "hint": "note"}


def write(outcome: Outcome, out: TextIO, _style: Style) -> None:
    names = dict(sorted((entry.finding.code, entry.finding.name) for entry in outcome.entries))
    index = {code: number for number, code in enumerate(names)}
    run = {
        "tool": {
            "driver": {
                "name": "sqlassay",
                "version": __version__,
                "rules": [_rule(code, name) for code, name in names.items()],
            }
        },
        "columnKind": "utf16CodeUnits",
        "results": [_result(entry, index) for entry in outcome.entries],
    }
    json.dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, out, indent=2)
    out.write("\n")


def _rule(code: str, name: str) -> dict[str, Any]:
    described: dict[str, Any] = {"id": code, "name": name}
    rule = base.rules_by_name().get(code)
    if rule is not None:
        described["shortDescription"] = {"text": rule.page.summary}
        described["fullDescription"] = {"text": rule.page.sections.get("Why", rule.page.summary)}
        described["defaultConfiguration"] = {"level": _LEVELS[rule.meta.severity.value]}
        described["properties"] = {"tags": [rule.meta.category]}
    return described


def _result(entry: Entry, index: dict[str, int]) -> dict[str, Any]:
    finding = entry.finding
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity.value],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": _location(entry.spot)}],
    }
    if entry.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _location(spot), "message": {"text": message}}
            for number, (spot, message) in enumerate(entry.related, 1)
        ]
    return result


def _location(spot: Spot) -> dict[str, Any]:
    (line, character), (end_line, end_character) = spot.range("utf-16")
    return {
        "artifactLocation": {"uri": _uri(spot.path)},
        "region": {
            "startLine": line + 1,
            "startColumn": character + 1,
            "endLine": end_line + 1,
            "endColumn": end_character + 1,
        },
    }


def _uri(path: str) -> str:
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
