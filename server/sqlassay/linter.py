"""The only door for the fronts: files in, findings out."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from msgspec import Struct

from sqlassay.checker import Checker, Crash, Raised
from sqlassay.config import Config, Settings
from sqlassay.findings import Finding
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.ops import Fix
from sqlassay.parallel import check_in_parallel
from sqlassay.project import discovery
from sqlassay.project.cache import FactsCache
from sqlassay.project.diagram import Box as Box
from sqlassay.project.diagram import Diagram as Diagram
from sqlassay.project.diagram import Line as Line
from sqlassay.project.diagram import diagram_of as diagram_of
from sqlassay.project.diagram import neighbours as neighbours
from sqlassay.project.environment import detect
from sqlassay.project.files import MAX_BYTES
from sqlassay.project.index import TEMPLATES, Project
from sqlassay.project.schema import Schema as Schema
from sqlassay.project.schema import SchemaColumn as SchemaColumn
from sqlassay.project.schema import SchemaModel as SchemaModel
from sqlassay.project.schema import SchemaRelationship as SchemaRelationship
from sqlassay.project.schema import SchemaTable as SchemaTable
from sqlassay.project.schema import schema_of
from sqlassay.project.templates import PAGES as PAGES
from sqlassay.queries.answers import NOTHING, Card, Definition, Hit, Location, Suggestions, Symbol, Thing
from sqlassay.queries.door import Queries
from sqlassay.semantics.memo import Dependency
from sqlassay.suppressing import suppressed
from sqlassay.syntax.noqa import silencing as silencing
from sqlassay.syntax.parser import ParsedModule
from sqlassay.syntax.source import SourceText, TextEdit, apply_edits

MEMORY_ROOT = os.path.abspath(os.sep + "sqlassay-memory")
"""Where the files of an in-memory project pretend to be."""

MAX_ROUNDS = 20
"""Fixing a file again and again until nothing changes stops here: two rules would be undoing each other."""


class Problem(Struct, frozen=True):
    """Something about a file that kept us from looking at all of it: unreadable, a rule that crashed ..."""

    path: str
    message: str
    internal: bool
    """True where the fault is ours (a rule raised)."""
    trace: str = ""
    """For the log, where the fault is ours."""


class Report(Struct):
    """What was found in one file, against exactly `source`. Findings are sorted by position, suppressed ones gone."""

    path: str
    source: SourceText | None
    """None where the file could not be read."""
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    suppressed: int = 0


class Fixed(Struct):
    """A file after fixing. `changes` counts the fixes applied by rule code."""

    path: str
    before: SourceText
    text: str
    changes: dict[str, int]


Progress = Callable[[int, int, str], None]
"""done, total, what is being done"""


class Workspace:
    """A project root with its configuration, its index and the files that an editor holds open.

    Not thread-safe: one owner at a time. Paths are absolute strings (`os.path.abspath`).
    An open file wins over the disk.
    """

    def __init__(
        self, root: Path, config: Config, *, live: bool = False, strict: bool = False, cached: bool = False
    ) -> None:
        """`live`: files will be edited (a language server). `strict`: a rule that raises is not caught (tests).

        `cached`: what is read of files may be kept on disk, for the next run.
        """
        self.root = os.path.abspath(root)
        self.config = config
        self._live = live
        self._strict = strict
        self._cached = cached
        self._on_disk = True
        self._indexed = False
        self._make()

    def _make(self) -> None:
        settings = self.config.for_file(os.path.join(self.root, "__init__.py"))
        environment = detect(Path(self.root), settings.target_version)
        self._project = Project(
            self.root,
            environment,
            sources=settings.src,
            dialects=frozenset(settings.dialects),
            loaders=settings.loaders,
            live=self._live,
        )
        self._checker = Checker(self._project, strict=self._strict)
        self._queries = Queries(self._project)
        if self._cached:
            self._project.files.cache = FactsCache(self.root)

    @classmethod
    def from_sources(cls, files: dict[str, str], config: Config | None = None, *, live: bool = False) -> Workspace:
        """An in-memory project for tests: relative path to text. Nothing is read from the disk."""
        workspace = cls(Path(MEMORY_ROOT), config or Config.from_settings({}, MEMORY_ROOT), live=live, strict=True)
        workspace._on_disk = False
        paths = {os.path.join(MEMORY_ROOT, *name.split("/")): text for name, text in files.items()}
        workspace._project.set_paths(path for path in paths if path.endswith(".py"))
        for path, text in paths.items():
            workspace._project.files.refresh(path, SourceText.from_str(text), opened=True)
        workspace._indexed = True
        return workspace

    # ---- files

    def open(self, path: str, text: str) -> set[str]:
        """An editor opened the file (or a test gives it): this text wins over the disk.

        Gives the other open files whose findings may differ now.
        """
        touched = self._refresh(path, SourceText.from_str(text), opened=True)
        return self._others(path, touched)

    def edit(self, path: str, edits: Iterable[TextEdit]) -> set[str]:
        """Apply incremental edits, one after the other, each against the text that the one before left.

        Gives the other open files whose findings may differ now.
        """
        source = self.source(path)
        if source is None:
            return set()
        lines = source.line_count
        for each in edits:
            source = source.edited(each.start, each.end, each.text)
        touched = self._refresh(path, source, opened=True)
        if source.line_count != lines:
            touched |= self._checker.pointing_into(path)
        return self._others(path, touched)

    def _others(self, path: str, touched: set[str]) -> set[str]:
        return touched.intersection(self._project.files.open_paths()) - {path}

    def close(self, path: str) -> None:
        """The editor let go: the disk speaks again."""
        self._project.files.close(path)
        self._checker.let_go(path)
        if self._on_disk and not os.path.isfile(path):
            # It was never saved, or was deleted meanwhile.
            self._take_paths(set(self._project.paths) - {path})
        else:
            self._refresh(path, None)

    def _refresh(self, path: str, source: SourceText | None, *, opened: bool = False) -> set[str]:
        new = path not in self._project.modules and (opened or os.path.isfile(path))
        if new:
            self._take_paths([*self._project.paths, path])
        touched = self._changed(self._project.files.refresh(path, source, opened=opened))
        return set(self._project.files.open_paths()) if new else touched

    def _take_paths(self, paths: Iterable[str]) -> None:
        """The project's files are these: what is known of any may be different."""
        self._project.set_paths(paths)
        self._checker.clear()
        self._queries.changed()

    def _changed(self, dependencies: set[Dependency]) -> set[str]:
        if any(each[0] == "facts" for each in dependencies):
            self._queries.changed()
        return self._checker.forget(self._project.changed(dependencies))

    def disk_changed(self, paths: Iterable[str]) -> set[str]:
        """Files were created, changed or deleted on disk. Gives the open files whose findings may differ now."""
        open_paths = set(self._project.files.open_paths())
        pages = {path for path in paths if path.endswith(PAGES)}
        touched = self._changed({TEMPLATES, *(("template", path) for path in pages)}) if pages else set()
        paths = set(paths) - pages
        python = {path for path in paths if path.endswith(".py") and path not in open_paths}
        if len(python) < len(paths - open_paths):
            # Configuration, an ignore file or a lock file: all may be different.
            self.reconfigure(self.config)
            return open_paths
        known = set(self._project.paths)
        exists = {path for path in python if os.path.isfile(path)}
        listed = set(self.discover([self.root])) if exists - known else known
        now = (known - (python - exists)) | (exists & listed)
        if now != known:
            self._take_paths(now | open_paths)
        for path in exists & now:
            touched |= self._refresh(path, None) | self._checker.pointing_into(path)
        return open_paths if now != known else touched & open_paths

    def below(self, folder: str) -> list[str]:
        """The Python files and templates of a folder that came or went: those known, and those that are there now."""
        if self.config.excluded_by(folder) is not None:
            return []
        now = self.discover([folder]) if os.path.isdir(folder) else []
        known = [path for path in self._project.paths if path.startswith(folder + os.sep)]
        return [*now, *known, *self._project.templates.below(folder)]

    def reconfigure(self, config: Config) -> None:
        """The configuration is another (or its files changed): look at everything anew, keeping open texts."""
        config.reload()
        opened = {path: self._project.files.source(path) for path in self._project.files.open_paths()}
        was_indexed = self._indexed
        self.config = config
        self._make()
        self._indexed = False
        if was_indexed and self._on_disk:
            self.index()
        for path, source in opened.items():
            if source is not None:
                self._refresh(path, source, opened=True)
        if not self._on_disk:
            self._project.set_paths(opened)
            self._indexed = True

    def source(self, path: str) -> SourceText | None:
        """The text as it is now, open or on disk; None where it cannot be read."""
        return self._project.files.source(path)

    def discover(self, paths: Iterable[str] | None = None, *, force_exclude: bool = False) -> list[str]:
        """The Python files to check under `paths` (default: the root), excludes and .gitignore respected."""
        return discovery.discover(
            list(paths) if paths is not None else [self.root], self.config.exclusion, force_exclude=force_exclude
        )

    # ---- findings

    def index(self, progress: Progress | None = None, extra: Iterable[str] = ()) -> None:
        """Read the facts of every file of the project. `check` does this when it has not been done."""
        if self._indexed:
            return
        paths = sorted({*self.discover(), *extra, *self._project.files.open_paths()})
        self._project.set_paths(paths)
        self._indexed = True
        for done, path in enumerate(paths):
            self._project.files.facts(path)
            if progress is not None:
                progress(done + 1, len(paths), path)
        if self._project.files.cache is not None:
            self._project.files.cache.save(frozenset(paths))
            self._project.files.cache = None

    def settings(self, path: str) -> Settings:
        """What configuration says of a file."""
        return self.config.for_file(path)

    def check(self, path: str) -> Report:
        """The findings of one file."""
        self.index()
        if path not in self._project.modules:
            self._refresh(path, None)
        if self._live:
            # Not every editor tells of files that it has not open.
            self._changed(self._project.templates.changed())
        source = self.source(path)
        if source is None:
            state = self._project.files.states.get(path)
            message = state.problem if state is not None and state.problem else "cannot be read"
            return Report(path, None, (), (Problem(path, message, False),))
        if len(source.data) > MAX_BYTES:
            megabytes = len(source.data) / 1_000_000
            return Report(
                path,
                source,
                (),
                (Problem(path, f"{megabytes:.1f} MB is too large to be hand-written: skipped", False),),
            )
        settings = self.config.for_file(path)
        raised = self._checker.raised(path, settings)
        parsed = self._project.files.parsed(path)
        if raised is None or parsed is None:
            return Report(path, source, (), (Problem(path, "cannot be read", False),))
        return self._report(path, parsed, raised, settings)

    def _report(self, path: str, parsed: ParsedModule, raised: Raised, settings: Settings) -> Report:
        ran = self._checker.rules(settings.enabled) if parsed.comments and not raised.crashes else ()
        findings, count = suppressed(parsed, path, raised.findings, settings, ran)
        problems = tuple(self._problem(path, parsed, crash) for crash in raised.crashes)
        return Report(path, parsed.source, tuple(findings), problems, count)

    def _problem(self, path: str, parsed: ParsedModule, crash: Crash) -> Problem:
        resolved = self._checker.resolve(crash.place)
        line = parsed.source.position(resolved[0])[0] + 1 if resolved is not None else 1
        return Problem(path, f"{crash.rule} failed at line {line}: {crash.error}", True, crash.trace)

    def check_all(
        self,
        paths: Iterable[str] | None = None,
        *,
        jobs: int = 0,
        progress: Progress | None = None,
        force_exclude: bool = False,
    ) -> Iterator[Report]:
        """The findings of many files, in path order, over `jobs` processes (0: as many as there are cores)."""
        with _without_collector() if not self._live else nullcontext():
            yield from self._check_all(paths, jobs, progress, force_exclude)

    def _check_all(
        self, paths: Iterable[str] | None, jobs: int, progress: Progress | None, force_exclude: bool
    ) -> Iterator[Report]:
        wanted = self.discover(paths, force_exclude=force_exclude)
        count = jobs or os.cpu_count() or 1
        if count > 1 and len(wanted) > 30 and self._on_disk and not self._indexed and hasattr(os, "fork"):
            # Most of the files have to be parsed anyway.
            self._project.files.cache = None
            yield from check_in_parallel(self, wanted, count, progress)
            return
        self.index(None, wanted)
        for done, path in enumerate(wanted):
            yield self.check(path)
            if not self._live:
                self._project.files.let_go(path)
            if progress is not None:
                progress(done + 1, len(wanted), path)

    # ---- the mapper graph

    def schema(self) -> Schema:
        """The models and tables of the project, as SQLAlchemy would configure them."""
        self.index()
        return schema_of(self._project)

    def describe(self, path: str, offset: int) -> Card | None:
        """The card of the model, table, column or relationship that the code at a byte of a file names."""
        return self._asked().describe(path, offset) if self._readable(path) else None

    def card(self, thing: Thing) -> str | None:
        """The card of a thing that an answer named, in Markdown."""
        return self._asked().card(thing)

    def lazy_load(self, finding: Finding) -> str:
        """The SQL that runs when what a finding is about is read; '' where it is about no such thing, or not known."""
        return self._asked().lazy_load(finding.lazy) if finding.lazy is not None else ""

    def definition(self, path: str, offset: int) -> Definition | None:
        """Where the thing that the code at a byte of a file names is declared."""
        return self._asked().definition(path, offset) if self._readable(path) else None

    def references(self, path: str, offset: int, *, declaration: bool = False) -> tuple[Location, ...]:
        """Where mapping code names the thing at a byte of a file; with `declaration`, that first."""
        return self._asked().references(path, offset, declaration=declaration) if self._readable(path) else ()

    def complete(self, path: str, offset: int) -> Suggestions:
        """What fits into the string at a byte of a file."""
        return self._asked().complete(path, offset) if self._readable(path) else NOTHING

    def symbols(self, path: str) -> tuple[Symbol, ...]:
        """The models and tables that a file declares."""
        return self._asked().symbols(path) if self._readable(path) else ()

    def search(self, query: str) -> tuple[Hit, ...]:
        """The models, tables and columns of the project whose names fit a query, best first."""
        return self._asked().search(query)

    def gather(self) -> None:
        """Have the names at hand that `complete` and `search` answer from: slow in a large project that changed."""
        self._asked().refresh()

    def _asked(self) -> Queries:
        self.index()
        return self._queries

    def _readable(self, path: str) -> bool:
        source = self.source(path)
        return source is not None and len(source.data) <= MAX_BYTES

    # ---- fixes

    def module(self, path: str) -> ParsedModule:
        """The tree of a file, for `fixes.apply`. Raises CannotFix where it cannot be read."""
        parsed = self._project.files.parsed(path)
        if parsed is None:
            raise CannotFix(f"{path} cannot be read")
        return parsed

    def edits(self, fix: Fix) -> dict[str, list[TextEdit]] | None:
        """The text edits of one fix, by path, in order and not overlapping; None where it cannot be done now."""
        from sqlassay.fixes.apply import edits_for

        try:
            return edits_for(fix, self)
        except CannotFix:
            return None

    def suppression(self, finding: Finding) -> TextEdit | None:
        """The edit that silences one finding with a `# noqa` comment; None where no line has room for one."""
        source = self.source(finding.path)
        found = silencing(source, [(finding.start, finding.code)]) if source is not None else []
        return found[0] if found else None

    def fix_file(self, path: str, *, unsafe: bool = False, select: frozenset[str] | None = None) -> Fixed:
        """Apply fixes to one file (rule codes in `select`, default all that are on) until nothing changes.

        Nothing is written: the caller writes. A statement that does not parse is left as it is. Fixes that reach into
        other files are left to the editor. Raises CannotFix where the file cannot be read.
        """
        return self.fix_findings(path, unsafe=unsafe, select=select)[0]

    def fix_findings(
        self, path: str, *, unsafe: bool = False, select: frozenset[str] | None = None, also: Collection[str] = ()
    ) -> list[Fixed]:
        """As `fix_file`, with those fixes of the file's findings too that reach into files of `also`.

        Gives the file itself, and then the others that changed. A fix counts for the file that it changes first.
        """
        from sqlassay.fixes.apply import apply_all

        self.index()
        source = self.source(path)
        if source is None:
            raise CannotFix(f"{path} cannot be read")
        opened = frozenset(self._project.files.open_paths())
        before = {path: source}
        changes: dict[str, dict[str, int]] = {path: {}}
        try:
            for _ in range(MAX_ROUNDS):
                wanted = [
                    (each.code, each.fix)
                    for each in self.check(path).findings
                    if each.fix is not None
                    and (each.fix.safe or unsafe)
                    and (select is None or each.code in select)
                    and all(op.at.path == path or op.at.path in also for op in each.fix.ops)
                ]
                applied = apply_all([fix for _, fix in wanted], self)
                after = {name: apply_edits(self.module(name).source, edits) for name, edits in applied.edits.items()}
                after = {name: text for name, text in after.items() if text != self.source(name)}
                if not after:
                    break
                for name, text in after.items():
                    before.setdefault(name, self.module(name).source)
                    self._refresh(name, text, opened=True)
                for code, fix in (wanted[index] for index in applied.taken):
                    counted = changes.setdefault(fix.ops[0].at.path, {})
                    counted[code] = counted.get(code, 0) + 1
            texts = {name: (self.source(name) or old).text for name, old in before.items()}
        finally:  # what an editor shows must not fall behind, whatever went wrong
            for name, old in before.items():
                if name in opened:
                    self._refresh(name, old, opened=True)
                elif name in self._project.files.open_paths():
                    self.close(name)
                else:
                    self._checker.let_go(name)
        return [Fixed(name, old, texts[name], changes.get(name, {})) for name, old in before.items()]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Trees and facts hold no cycles: looking for some among millions of nodes is a tenth of a check."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        # Into the oldest generation with all there is, unlooked at: enabled again, it would go over it at once.
        gc.freeze()
        gc.unfreeze()
        gc.enable()


def reveal(files: dict[str, str]) -> dict[str, dict[int, str]]:
    """What the evaluator knows of expression statements: relative path, line (from 0), description. For tests."""
    from sqlassay.semantics.reveal import reveal_module

    workspace = Workspace.from_sources(files)
    out: dict[str, dict[int, str]] = {}
    for name in files:
        path = os.path.join(MEMORY_ROOT, *name.split("/"))
        if name.endswith(".py"):
            out[name] = reveal_module(workspace._project, workspace.module(path), path)
    return out
