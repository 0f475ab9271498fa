"""The real engine behind the harness's `Project`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from sqlassay import linter
from sqlassay.config import Config
from sqlassay.findings import Finding
from sqlassay.fixes.ops import Fix
from sqlassay.linter import MEMORY_ROOT, Workspace
from sqlassay.syntax.source import apply_edits

from harness.project import Found

ROUNDS = 50
"""Fixes over several files in one program; far more than a test holds."""


def full_path(path: str) -> str:
    """A relative path of an in-memory project as the workspace calls it."""
    return os.path.join(MEMORY_ROOT, *path.split("/"))


def open_project(files: Mapping[str, str], settings: Mapping[str, Any]) -> EngineProject:
    """A fresh in-memory workspace."""
    return EngineProject(files, settings)


class EngineProject:
    """`linter.Workspace` over in-memory files."""

    def __init__(self, files: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        self.files = dict(files)
        self.settings = settings
        self.paths = {full_path(path): path for path in files if path.endswith(".py")}
        self.workspace = Workspace.from_sources(self.files, Config.from_settings(settings, MEMORY_ROOT))
        self.reports = [self.workspace.check(path) for path in self.paths]

    def findings(self) -> list[Found]:
        return [self._found(finding) for report in self.reports for finding in report.findings]

    def problems(self) -> list[str]:
        return [problem.message for report in self.reports for problem in report.problems]

    def _found(self, finding: Finding) -> Found:
        source = self.workspace.source(finding.path)
        assert source is not None
        line = source.line_at(finding.start) + 1
        safe = None if finding.fix is None else finding.fix.safe
        return Found(
            self.paths[finding.path], line, finding.code, finding.name, finding.message, safe=safe, fix=finding.fix
        )

    def fixed_by(self, found: Found) -> dict[str, str] | None:
        return self._applied(found.fix)

    def _applied(self, fix: Fix) -> dict[str, str] | None:
        edits = self.workspace.edits(fix)
        if edits is None:
            return None
        texts: dict[str, str] = {}
        for path, changes in edits.items():
            source = self.workspace.source(path)
            assert source is not None
            texts[self.paths[path]] = apply_edits(source, changes).text
        return texts

    def fix_all(self, *, unsafe: bool) -> dict[str, str]:
        """What `fix` does file by file, and then what an editor does with fixes that reach over files, one by one."""
        texts = dict(self.files)
        for full, path in self.paths.items():
            texts[path] = self.workspace.fix_file(full, unsafe=unsafe).text
        for _ in range(ROUNDS):
            project = open_project(texts, self.settings)
            changed = project.first_wide_fix(unsafe=unsafe)
            if not changed:
                break
            texts |= changed
        return texts

    def first_wide_fix(self, *, unsafe: bool) -> dict[str, str] | None:
        """What the first fix over several files that is on offer at this level, and can be done, makes of them."""
        for found in self.findings():
            wide = found.fix is not None and {op.at.path for op in found.fix.ops} != {full_path(found.path)}
            if wide and (found.safe or unsafe) and (changed := self._applied(found.fix)):
                return changed
        return None

    def revealed(self) -> dict[str, dict[int, str]]:
        return {
            path: {line + 1: text for line, text in lines.items()} for path, lines in linter.reveal(self.files).items()
        }
