"""The real engine behind the harness's `Project`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlassay import linter
from sqlassay.config import Config
from sqlassay.findings import Finding
from sqlassay.linter import Workspace
from sqlassay.syntax.source import apply_edits

from harness.project import Found


def open_project(files: Mapping[str, str], settings: Mapping[str, Any]) -> EngineProject:
    """A fresh in-memory workspace."""
    return EngineProject(files, settings)


class EngineProject:
    """`linter.Workspace` over in-memory files."""

    def __init__(self, files: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        self.files = dict(files)
        self.workspace = Workspace.from_sources(self.files, Config.from_settings(settings))
        self.paths = {self.workspace.path_of(path): path for path in files}
        self.reports = [self.workspace.check(path) for path in self.paths]

    def findings(self) -> list[Found]:
        return [self._found(finding) for report in self.reports for finding in report.findings]

    def problems(self) -> list[str]:
        return [problem.message for report in self.reports for problem in report.problems]

    def _found(self, finding: Finding) -> Found:
        source = self.workspace.source(finding.path)
        assert source is not None
        line = source.line_at(finding.start)
        fix = finding.fix
        safe = None if fix is None else fix.safe
        path = self.paths[finding.path]
        return Found(path, line + 1, finding.code, finding.name, finding.message, safe, fix)

    def fixed_by(self, found: Found) -> dict[str, str] | None:
        edits = self.workspace.edits(found.fix)
        if edits is None:
            return None
        texts: dict[str, str] = {}
        for path, changes in edits.items():
            source = self.workspace.source(path)
            assert source is not None
            texts[self.paths[path]] = apply_edits(source, changes).text
        return texts

    def fix_all(self, *, unsafe: bool) -> dict[str, str]:
        return {path: self.workspace.fix_file(full, unsafe=unsafe).text for full, path in self.paths.items()}

    def revealed(self) -> dict[str, dict[int, str]]:
        return linter.reveal(self.files)
