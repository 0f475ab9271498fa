"""The questions, each with a position in a file, each answered by plain data."""

from __future__ import annotations

from msgspec.structs import replace

from sqlassay.findings import Lazy
from sqlassay.project.index import Project
from sqlassay.queries.answers import Card, Definition, Hit, Location, Suggestions, Symbol, Thing
from sqlassay.queries.backwards import references
from sqlassay.queries.cards import card
from sqlassay.queries.catalogue import Catalogue, catalogue_of
from sqlassay.queries.completing import complete
from sqlassay.queries.declared import declared
from sqlassay.queries.locating import whole
from sqlassay.queries.outline import search, symbols
from sqlassay.queries.pointing import point
from sqlassay.queries.reads import lazy_load
from sqlassay.semantics.world import Ref

SMALL = 40
"""A project with that many models is looked at anew on each request; a larger one when there is time."""


class Queries:
    """Answers for one project. What is asked for while somebody types comes from names gathered before."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._catalogue: Catalogue | None = None
        self.stale = False
        """Whether the project changed since its names were gathered."""

    def changed(self) -> None:
        """Something in the project changed."""
        self.stale = self._catalogue is not None

    def refresh(self) -> None:
        """Gather the names again, if they may have changed."""
        if self.stale or self._catalogue is None:
            self._catalogue = catalogue_of(self.project)
            self.stale = False

    def _names(self) -> Catalogue:
        if self._catalogue is None or (self.stale and len(self._catalogue.models) <= SMALL):
            self.refresh()
        assert self._catalogue is not None
        return self._catalogue

    # ---- questions

    def describe(self, path: str, offset: int) -> Card | None:
        """The card of what stands at a byte of a file."""
        found = point(self.project, path, offset)
        text = card(self.project, found.thing) if found is not None else None
        return Card(text, found.start, found.end) if found is not None and text is not None else None

    def card(self, thing: Thing) -> str | None:
        """The card of a thing."""
        return card(self.project, thing)

    def lazy_load(self, lazy: Lazy) -> str:
        """The SQL of a lazy load; '' where that is not known."""
        model = self.project.model(Ref(lazy.path, lazy.model))
        info = model.relationships.get(lazy.name) if model is not None else None
        return lazy_load(self.project, info) if info is not None else ""

    def definition(self, path: str, offset: int) -> Definition | None:
        """Where the thing at a byte of a file is declared."""
        found = point(self.project, path, offset)
        target = declared(self.project, found.thing) if found is not None else None
        return Definition(found.start, found.end, (target,)) if found is not None and target is not None else None

    def references(self, path: str, offset: int, *, declaration: bool = False) -> tuple[Location, ...]:
        """Where mapping code names the thing at a byte of a file; with `declaration`, that first."""
        found = point(self.project, path, offset)
        if found is None:
            return ()
        first = declared(self.project, found.thing) if declaration else None
        places = [whole(self.project, each.place) for each in references(self.project, found.thing)]
        named = sorted((each for each in places if each is not None), key=lambda each: (each.path, each.start))
        return tuple(dict.fromkeys(each for each in (first, *named) if each is not None))

    def complete(self, path: str, offset: int) -> Suggestions:
        """What fits at a byte of a file."""
        found = complete(self.project, self._names, path, offset)
        return replace(found, settled=not self.stale) if found.items else found

    def symbols(self, path: str) -> tuple[Symbol, ...]:
        """What a file declares to the mapper."""
        return symbols(self.project, path)

    def search(self, query: str) -> tuple[Hit, ...]:
        """The symbols of the project that fit."""
        return search(self.project, self._names(), query)
