"""What the editor shows beside what a fresh check finds in the same texts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from typing import Any

from soaking.desk import Desk

COMMAND = [sys.executable, "-m", "sqlassay", "check"]
COMMAND += ["--no-cache", "--quiet", "--force-exclude", "--output-format", "json"]

SEVERITIES = {1: "error", 2: "warning", 3: "info", 4: "hint"}

Said = tuple[str, ...]
"""A finding, word for word, as it can be compared."""


@dataclass(frozen=True)
class Difference:
    """A finding that only one of the two has, first seen after an act."""

    act: int
    path: str
    shown: bool
    """Whether the editor has it; else the check alone."""
    finding: Said


class Check:
    """A check of the copy in a process of its own, begun at a pause while the person goes on afterwards."""

    def __init__(self, desk: Desk, *, whole: bool) -> None:
        """Take what the editor shows now, bring the copy up to date, and begin.

        `whole`: check all of the copy, in as many processes as that takes; else the open files, which is sooner done.
        """
        editor = desk.editor
        self._act = desk.act
        self._shown = {
            path: Counter(_shown(each, desk) for each in editor.held.get(editor.uri(path), ())) for path in desk.docs
        }
        desk.folder.mirror({path: doc.text for path, doc in desk.docs.items()})
        paths = ["."] if whole or not desk.docs else list(desk.docs)
        command = [*COMMAND, *paths]
        environment = {key: value for key, value in os.environ.items() if key != "SQLASSAY_CACHE_DIR"}
        self._out, self._log = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command, cwd=desk.folder.fresh, env=environment, stdout=self._out, stderr=self._log
        )

    def differences(self) -> list[Difference]:
        """Wait for the check and compare. Raises RuntimeError where it failed."""
        code = self._process.wait()
        self._out.seek(0)
        self._log.seek(0)
        log = self._log.read().decode("utf-8", "replace")
        if code not in (0, 1):
            raise RuntimeError(f"check ended with {code}: {log}")
        found: dict[str, Counter[Said]] = {}
        for each in json.load(self._out):
            found.setdefault(each["path"].replace(os.sep, "/"), Counter())[_found(each)] += 1
        self._out.close()
        self._log.close()
        out = []
        for path, shown in self._shown.items():
            expected = found.get(path, Counter())
            out += [Difference(self._act, path, True, each) for each in shown - expected]
            out += [Difference(self._act, path, False, each) for each in expected - shown]
        return out


def _shown(diagnostic: dict[str, Any], desk: Desk) -> Said:
    data = diagnostic["data"]
    related = sorted(
        f"{desk.editor.path(each['location']['uri'])}:{_range(each['location']['range'])}: {each['message']}"
        for each in diagnostic.get("relatedInformation") or ()
    )
    severity = SEVERITIES[diagnostic["severity"]]
    where = _range(diagnostic["range"])
    return (diagnostic["code"], data["name"], severity, where, diagnostic["message"], str(data.get("fix")), *related)


def _found(finding: dict[str, Any]) -> Said:
    related = sorted(
        f"{each['path'].replace(os.sep, '/')}:{_range(each['range'])}: {each['message']}" for each in finding["related"]
    )
    fix = finding["fix"]["safety"] if finding["fix"] else None
    where = _range(finding["range"])
    return (finding["code"], finding["name"], finding["severity"], where, finding["message"], str(fix), *related)


def _range(place: dict[str, dict[str, int]]) -> str:
    return "-".join(f"{place[end]['line']}:{place[end]['character']}" for end in ("start", "end"))
