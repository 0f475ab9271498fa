"""A workspace that finds words instead of SQLAlchemy: the command line is tested without the engine.

`BAD` is ALC601 with a safe fix (`GOOD`), `UGLY` is ALC501 with an unsafe one (`PRETTY`), `WORSE` is ALC301 with none
and a related place, `CRASH` is a rule that raised. `# noqa: CODE` silences the block of lines that it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from sqlassay.config import Config
from sqlassay.findings import Finding, Related, Severity
from sqlassay.fixes.ops import Fix
from sqlassay.linter import Fixed, Problem, Progress, Report
from sqlassay.project.discovery import discover
from sqlassay.syntax.source import SourceText, Unreadable

WORDS = {
    "BAD": ("ALC601", "n-plus-one", Severity.WARNING, Fix("say GOOD", True, ()), "GOOD"),
    "UGLY": ("ALC501", "legacy-query-api", Severity.HINT, Fix("say PRETTY", False, ()), "PRETTY"),
    "WORSE": ("ALC301", "mutable-column-default", Severity.ERROR, None, ""),
}


class FakeWorkspace:
    def __init__(self, root: Path, config: Config, *, cached: bool) -> None:
        self.root = root
        self.config = config
        self.cached = cached
        self._open: dict[str, SourceText] = {}

    def open(self, path: str, text: str) -> None:
        self._open[path] = SourceText.from_str(text)

    def close(self, path: str) -> None:
        del self._open[path]

    def disk_changed(self, paths: Iterable[str]) -> set[str]:
        return set(paths) & self._open.keys()

    def source(self, path: str) -> SourceText | None:
        try:
            return self._read(path)
        except (Unreadable, OSError):
            return None

    def _read(self, path: str) -> SourceText:
        return self._open[path] if path in self._open else SourceText.from_bytes(Path(path).read_bytes())

    def check_all(
        self, paths: Iterable[str] | None = None, *, jobs: int = 0, progress: Progress | None = None
    ) -> Iterator[Report]:
        assert jobs >= 0
        found = discover(paths or [str(self.root)], self.config.exclusion)
        for number, path in enumerate(found, 1):
            if progress is not None:
                progress(number, len(found), "checking")
            yield self.check(path)

    def check(self, path: str) -> Report:
        try:
            source = self._read(path)
        except (Unreadable, OSError) as error:
            return Report(path, None, (), (Problem(path, str(error), False),))
        if b"INTERRUPT" in source.data:
            raise KeyboardInterrupt
        problems = (Problem(path, "rule n-plus-one crashed: boom", True),) if b"CRASH" in source.data else ()
        return Report(path, source, tuple(self._findings(path, source)), problems)

    def _findings(self, path: str, source: SourceText) -> Iterator[Finding]:
        settings = self.config.for_file(path)
        for match in re.finditer(rb"\b(?:BAD|UGLY|WORSE)\b", source.data):
            code, name, severity, fix, _ = WORDS[match[0].decode()]
            block = source.data[
                source.data.rfind(b"\n\n", 0, match.start()) + 1 : source.data.find(b"\n\n", match.end()) % (1 << 40)
            ]
            silenced = re.search(rb"#\s*noqa(?!:)|#\s*noqa:[\w, -]*" + code.encode(), block)
            if code in settings.enabled and not silenced:
                related = (Related(path, 0, 1, "it starts here"),) if code == "ALC301" else ()
                said = f"{match[0].decode()} is said"
                yield Finding(code, name, severity, said, path, match.start(), match.end(), related, fix)

    def fix_file(self, path: str, *, unsafe: bool = False, select: frozenset[str] | None = None) -> Fixed:
        assert select is None
        before = self._read(path)
        data, changes = before.data, {}
        for finding in reversed(self.check(path).findings):
            if finding.fix is not None and (finding.fix.safe or unsafe):
                word = WORDS[data[finding.start : finding.end].decode()][4]
                data = data[: finding.start] + word.encode() + data[finding.end :]
                changes[finding.code] = changes.get(finding.code, 0) + 1
        return Fixed(path, before, data.decode(), changes)

    def fix_findings(self, path: str, *, unsafe: bool = False, also: Collection[str] = ()) -> list[Fixed]:
        assert path in also
        return [self.fix_file(path, unsafe=unsafe)]
