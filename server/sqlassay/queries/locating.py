"""From places, which outlive edits, to the bytes of a file as it is now."""

from __future__ import annotations

import re

from sqlassay.project.index import Project
from sqlassay.queries.answers import Location
from sqlassay.syntax.place import Place
from sqlassay.syntax.source import SourceText


def whole(project: Project, place: Place) -> Location | None:
    """All of a place; None where its statement is gone."""
    if project.files.facts(place.path) is None:
        return None
    start = project.files.states[place.path].anchor_starts.get(place.anchor)
    return Location(place.path, start + place.start, start + place.end) if start is not None else None


class Sources:
    """The texts of a project's files, each read once: for one answer that names many places."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, SourceText | None] = {}

    def __getitem__(self, path: str) -> SourceText | None:
        if path not in self._known:
            self._known[path] = self._project.files.source(path)
        return self._known[path]


def name_in(sources: Sources, location: Location, name: str) -> Location:
    """Where a name first stands in some code; all of it where it does not."""
    source = sources[location.path]
    if source is None:
        return location
    pattern = re.compile(rb"(?<![\w\x80-\xff])" + re.escape(name.encode()) + rb"(?![\w\x80-\xff])")
    found = pattern.search(source.data, location.start, location.end)
    return Location(location.path, *found.span()) if found is not None else location


def locate(project: Project, place: Place, name: str, sources: Sources | None = None) -> Location | None:
    """Where a name is declared, of which the declaration is at `place`."""
    found = whole(project, place)
    return name_in(sources or Sources(project), found, name.rsplit(".", 1)[-1]) if found is not None else None
