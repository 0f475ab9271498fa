"""The workspaces behind a session, and the modules that an editor holds open in them.

All of it belongs to the worker thread. A `Module` is what is analysed as one file: a document, or a notebook's cells.
"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types

from sqlassay.config import Config, ConfigError
from sqlassay.config import Settings as FileSettings
from sqlassay.linter import Progress, Report, Workspace
from sqlassay.lsp import cells, convert
from sqlassay.lsp.settings import Settings
from sqlassay.queries.answers import Hit
from sqlassay.syntax.source import SourceText, TextEdit, Unit

ORIGIN = "editor settings"
"""Where a person reads that a refused value is from, when it is from no file."""


class Lenient(Config):
    """Configuration in which a bad file below the root does not silence the project: what holds for the folder above
    holds there too, and `refused` is told."""

    refused: Callable[[ConfigError], None]

    @classmethod
    def of(
        cls,
        root: str,
        overrides: Mapping[str, object],
        refused: Callable[[ConfigError], None],
        *,
        file: str | None = None,
        isolated: bool = False,
    ) -> Lenient:
        """The configuration of the project at `root`; raises ConfigError where what holds for the root is refused."""
        config = cls.load(root, overrides=overrides, file=file, isolated=isolated, origin=ORIGIN)
        assert isinstance(config, Lenient)
        config.refused = refused
        return config

    def for_file(self, path: str | Path) -> FileSettings:
        folder, name = os.path.split(os.path.abspath(path))
        try:
            return super().for_file(path)
        except ConfigError as error:
            return self.for_file(os.path.join(self._above(folder, error), name))

    def exclusion(self, folder: str) -> Any:
        try:
            return super().exclusion(folder)
        except ConfigError as error:
            return self.exclusion(self._above(folder, error))

    def _above(self, folder: str, error: ConfigError) -> str:
        if folder == self.root or not _within(folder, self.root):
            raise error
        self.refused(error)
        return os.path.dirname(folder)


class Project:
    """A workspace with the reports that still hold. `loose`: a folder that is not open in the editor, never scanned."""

    def __init__(self, root: str, complain: Callable[[ConfigError], None], *, loose: bool) -> None:
        self.root = root
        self.loose = loose
        self._complain = complain
        self.settings = Settings()
        self.configured = False
        """Whether any configuration was taken yet: until then there is no last good one to stay with."""
        self.config = Lenient.of(root, self._overrides(), complain, isolated=True)
        self.workspace = Workspace(Path(root), self.config, live=True, cached=not loose)
        self._reports: dict[str, Report] = {}
        self._exclusions: dict[str, bool] = {}

    def check(self, path: str) -> Report:
        """The findings of a file as the project is now: none where configuration excludes it."""
        report = self._reports.get(path)
        if report is None:
            report = self._reports[path] = self._check(path)
        return report

    def _check(self, path: str) -> Report:
        if self.excludes(path):
            return Report(path, self.workspace.source(path), ())
        return self.workspace.check(path)

    def excludes(self, path: str) -> bool:
        """Whether configuration leaves a file alone: nothing is found in it, and nothing of it changed."""
        if path not in self._exclusions:
            self._exclusions[path] = not self.loose and self.config.excluded_by(path) is not None
        return self._exclusions[path]

    def changed(self) -> None:
        """Something in the project changed: any file's findings may."""
        self._reports.clear()

    def configure(self, settings: Settings) -> None:
        """Take settings and the config files on disk. Raises ConfigError, and then all stays as it was."""
        file = os.path.join(self.root, settings.configuration) if settings.configuration else None
        overrides = settings.overrides | self._overrides()
        self.config = Lenient.of(self.root, overrides, self._complain, file=file)
        self.configured = True
        self.settings = settings
        self.workspace = Workspace(Path(self.root), self.config, live=True, cached=not self.loose)
        # The one before is a knot that only the collector undoes: now, or both stay in memory while this one grows.
        gc.collect()
        self._exclusions.clear()
        self.changed()

    def _overrides(self) -> dict[str, object]:
        """A loose project finds no files: it holds what is opened. Its folder may be anything, even a home folder."""
        return {"exclude": ["*"]} if self.loose else {}


class Module:
    """An open document or notebook. `key` is its URI; `version` the client's number for its text."""

    def __init__(self, key: str, path: str, project: Project, version: int | None) -> None:
        self.key = key
        self.path = path
        self.project = project
        self.version = version
        self.revision = 0
        """Our count of its texts, which the message loop compares: a client may use a version twice."""
        self.cells: list[cells.Cell] | None = None
        self.layout: cells.Layout | None = None

    @property
    def source(self) -> SourceText | None:
        return self.project.workspace.source(self.path)

    @property
    def versions(self) -> dict[str, int | None]:
        """The URI and version of each text document of the module."""
        if self.cells is None:
            return {self.key: self.version}
        return {cell.uri: cell.version for cell in self.cells}

    def to_client(self, place: types.Range) -> tuple[str, types.Range] | None:
        """The document and range to show for a range of the module; None where no one document holds it."""
        return (self.key, place) if self.layout is None else self.layout.to_client(place.start, place.end)

    def offset(self, uri: str, place: types.Position, unit: Unit) -> int | None:
        """The byte of the module at a position of one of its documents; None where it has none."""
        source = self.source
        inner = place if self.layout is None else self.layout.to_module(uri, place)
        return None if source is None or inner is None else convert.offset(source, inner, unit)

    def report(self) -> Report:
        return self.project.check(self.path)


class Projects:
    """Folders open in the editor, each with its workspace; loose files; and what is open of them."""

    def __init__(self, unit: Unit, complain: Callable[[str], None]) -> None:
        """`complain` takes a message for the person at the editor."""
        self.unit = unit
        self._complain = complain
        self._complaints: dict[str, str] = {}
        self._folders: dict[str, Project] = {}
        self._loose: dict[str, Project] = {}
        self._settings: dict[str, Settings] = {}
        self.modules: dict[str, Module] = {}

    # ---- folders and settings

    def set_folders(self, roots: Iterable[str]) -> list[str]:
        """Work on these folders from now on. Gives those that are new."""
        roots = list(roots)
        for gone in self._folders.keys() - set(roots):
            del self._folders[gone]
        new = [root for root in dict.fromkeys(roots) if root not in self._folders]
        for root in new:
            self._folders[root] = self._made(root, loose=False)
        self._rehome()
        return new

    def configure(self, settings: Mapping[str, Settings]) -> list[str]:
        """Use these settings: by folder, "" for everything else. Gives the folders whose settings changed."""
        self._settings = dict(settings)
        touched = [project for project in self._all() if project.settings != self._settings_of(project.root)]
        for project in touched:
            self._reconfigure(project)
        return [project.root for project in touched if not project.loose]

    def reload(self, paths: Iterable[str]) -> list[str]:
        """Files at `paths` that decide how code is read changed. Gives the open folders to be indexed anew."""
        touched = [project for project in self._all() if any(_concerns(path, project.root) for path in paths)]
        for project in touched:
            self._reconfigure(project)
        return [project.root for project in touched if not project.loose]

    def disk_changed(self, paths: Iterable[str], folders: Iterable[str] = ()) -> bool:
        """Python files and templates were created, changed or deleted on disk, or whole `folders` came or went.

        Says whether findings of open files may differ now.
        """
        paths, folders = list(paths), list(folders)
        touched = False
        for project in self._folders.values():
            inside = [path for path in paths if _within(path, project.root)]
            for folder in folders:
                if _within(folder, project.root):
                    inside += project.workspace.below(folder)
            if inside and project.workspace.disk_changed(inside):
                project.changed()
                touched = True
        return touched

    def index(self, root: str, progress: Progress) -> None:
        """Read a folder's files, if it is still open."""
        if root in self._folders:
            self._folders[root].workspace.index(progress)
            self._folders[root].changed()

    # ---- what is open

    def open(self, key: str, path: str, text: str, version: int | None, revision: int) -> bool:
        """A document was opened, or its whole text replaced.

        Says whether findings of other open ones may differ now: its text need not be what is on disk.
        """
        module = self._module(key, path, version, revision)
        touched = module.project.workspace.open(module.path, text)
        module.project.changed()
        return bool(touched)

    def edit(
        self,
        key: str,
        changes: Iterable[types.TextDocumentContentChangeEvent],
        version: int | None,
        revision: int,
    ) -> bool:
        """Changes of an open document, each to the text that the one before it left.

        Says whether findings of other open ones may differ now.
        """
        module = self.modules.get(key)
        source = module.source if module else None
        if module is None or source is None:
            return False
        edits: list[TextEdit] = []
        for change in changes:
            edit = convert.text_edit(source, change, self.unit)
            edits.append(edit)
            source = source.edited(edit.start, edit.end, edit.text)
        module.version, module.revision = version, revision
        try:
            return bool(module.project.workspace.edit(module.path, edits))
        except Exception:
            # Whatever went wrong, the text must not fall behind what the person sees.
            module.project.workspace.open(module.path, source.text)
            raise
        finally:
            module.project.changed()

    def open_cells(self, key: str, path: str, opened: list[cells.Cell], version: int, revision: int) -> None:
        """A notebook was opened, or its cells changed."""
        module = self._module(key, path, version, revision)
        module.cells = opened
        text, module.layout = cells.module(opened)
        module.project.workspace.open(module.path, text)
        module.project.changed()

    def edit_cells(
        self,
        key: str,
        changes: types.NotebookDocumentCellChanges,
        order: Iterable[str],
        version: int,
        revision: int,
    ) -> None:
        """Cells of an open notebook were edited, put in or taken out; `order` are its cells from now on."""
        module = self.modules.get(key)
        if module is None or module.cells is None:
            return
        by_uri = cells.changed({cell.uri: cell for cell in module.cells}, changes, self.unit)
        self.open_cells(key, module.path, [by_uri[uri] for uri in order if uri in by_uri], version, revision)

    def close(self, key: str) -> None:
        """The editor let go of a document or notebook."""
        module = self.modules.pop(key, None)
        if module is None:
            return
        module.project.workspace.close(module.path)
        module.project.changed()
        self._prune()

    def about(self, path: str | None) -> Project | None:
        """The project that a file belongs to, or the file of an open document; without one, the first open folder."""
        if path is None:
            return next(iter(self._folders.values()), None)
        module = self.at(path)
        return module.project if module is not None else self._folder_of(path)

    def files(self) -> list[tuple[Project, str]]:
        """The Python files of the open folders, each with its project: what configuration leaves alone is not there."""
        return [
            (project, path)
            for project in self._folders.values()
            for path in project.workspace.discover()
            if self._folder_of(path) is project
        ]

    def at(self, path: str) -> Module | None:
        """The open module of a path."""
        return next((module for module in self.modules.values() if module.path == path), None)

    def search(self, query: str) -> list[tuple[Project, Hit]]:
        """The symbols whose names fit a query, of all folders and open files."""
        return [(project, hit) for project in self._all() for hit in project.workspace.search(query)]

    def source(self, path: str) -> SourceText | None:
        """The text of a file as the project it belongs to sees it."""
        project = self._folder_of(path)
        return project.workspace.source(path) if project else None

    # ---- inside

    def _module(self, key: str, path: str, version: int | None, revision: int) -> Module:
        module = self.modules.get(key)
        if module is None:
            module = self.modules[key] = Module(key, path, self._home(path), version)
        module.version, module.revision = version, revision
        return module

    def _all(self) -> list[Project]:
        return [*self._folders.values(), *self._loose.values()]

    def _home(self, path: str) -> Project:
        """The innermost open folder that holds the path, else the loose project of the file's own folder."""
        project = self._folder_of(path)
        if project is not None:
            return project
        folder = os.path.dirname(path)
        if folder not in self._loose:
            self._loose[folder] = self._made(folder, loose=True)
        return self._loose[folder]

    def _folder_of(self, path: str) -> Project | None:
        holding = [root for root in self._folders if _within(path, root)]
        return self._folders[max(holding, key=len)] if holding else None

    def _made(self, root: str, *, loose: bool) -> Project:
        project = Project(root, self._refused, loose=loose)
        self._reconfigure(project)
        return project

    def _settings_of(self, root: str) -> Settings:
        return self._settings.get(root) or self._settings.get("") or Settings()

    def _reconfigure(self, project: Project) -> None:
        """Config anew, and the project's open texts into its new workspace. A bad config changes nothing."""
        mine = [(module, module.source) for module in self.modules.values() if module.project is project]
        settings = self._settings_of(project.root)
        try:
            project.configure(settings)
        except ConfigError as error:
            self._refused(error)
            if not project.configured:
                with contextlib.suppress(ConfigError):  # the project's own files may be right
                    project.configure(Settings(fix_on_save=settings.fix_on_save))
        else:
            self._complaints = {
                path: said
                for path, said in self._complaints.items()
                if path != ORIGIN and not _concerns(path, project.root)
            }
        for module, source in mine:
            if source is not None:
                project.workspace.open(module.path, source.text)

    def _refused(self, error: ConfigError) -> None:
        """Tell the person, once for each thing that is wrong."""
        if self._complaints.get(error.path) != str(error):
            self._complaints[error.path] = str(error)
            self._complain(str(error))

    def _rehome(self) -> None:
        for module in self.modules.values():
            home = self._home(module.path)
            if home is module.project:
                continue
            source = module.source
            module.project.workspace.close(module.path)
            module.project.changed()
            module.project = home
            if source is not None:
                home.workspace.open(module.path, source.text)
                home.changed()
        self._prune()

    def _prune(self) -> None:
        """Forget the loose projects in which nothing is open."""
        used = {module.project.root for module in self.modules.values() if module.project.loose}
        self._loose = {root: project for root, project in self._loose.items() if root in used}


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _concerns(path: str, root: str) -> bool:
    """Whether a config file at `path` can speak of files under `root`: it lies below it, or in a folder above."""
    return _within(path, root) or _within(root, os.path.dirname(path))
