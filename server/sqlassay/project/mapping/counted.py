"""What is counted over all files, and the classes of a project that this finds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import TypeVar

from sqlassay.facts import inner
from sqlassay.facts.model import ModuleFacts
from sqlassay.project.mapping import census, classes, lineage, listening, making, registries, specials
from sqlassay.project.mapping.registries import MetaDataInfo, RegistryInfo
from sqlassay.project.mapping.things import UNREAD, Const, Made, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics.world import Ref

T = TypeVar("T")


class Classes:
    """The part of the graph about classes.

    What is counted over all files is counted file by file; who asks for one thing of it depends on that thing alone.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._making = making.Making(world, self._parts, lambda: self._mapped(False).refs)

    def _asked(self, name: str, about: Hashable, compute: Callable[[], T]) -> T:
        """An answer about one thing, on which alone depends who asks."""
        found: T = self.world.memo.cut((name, about), compute)
        return found

    def _parts(self, count: Callable[[World, ModuleFacts], T]) -> Iterator[T]:
        """What is counted in each file."""
        world = self.world
        for facts in world.all_facts():
            part: T = world.memo.cut((count, facts.path), partial(_count, world, count, facts.path))
            yield part

    def _pairs(self, count: Callable[[World, ModuleFacts], tuple[tuple[Ref, T], ...]]) -> dict[Ref, list[T]]:
        found: dict[Ref, list[T]] = self.world.memo.cut(("by class", count), lambda: self._by_class(count))
        return found

    def _by_class(self, count: Callable[[World, ModuleFacts], tuple[tuple[Ref, T], ...]]) -> dict[Ref, list[T]]:
        out: dict[Ref, list[T]] = {}
        for part in self._parts(count):
            for ref, made in part:
                out.setdefault(ref, []).append(made)
        return out

    # ---- classes that are mapped

    def imperative(self, ref: Ref) -> Made | None:
        found = self._asked("imperative", ref, lambda: self._pairs(census.imperative).get(ref))
        return found[0] if found else None

    def listening(self, ref: Ref) -> tuple[Ref, ...]:
        return self._asked("listening", ref, lambda: self._listening(ref))

    def _listening(self, ref: Ref) -> tuple[Ref, ...]:
        every = self._pairs(listening.listeners)
        line = lineage.line(self.world, ref).refs if every else ()
        return tuple(one for each in line for one, more in every.get(each, ()) if more or each == ref)

    def mapped(self) -> census.Mapped:
        """Every mapped class."""
        found: census.Mapped = self.world.memo.cut(("mapped",), lambda: self._mapped(True), census.Mapped(()))
        return found

    def _mapped(self, declared: bool) -> census.Mapped:
        """The mapped classes, with those that `declared_attr` methods make for them or without."""
        made = self._making.called()
        parts = [*self._parts(census.standings), census.standings_of(self.world, made)]
        if declared:
            parts.append(census.standings_of(self.world, self._making.declared()))
        return census.mapped(parts, {Ref(ref.path, inner.written(ref.name)) for ref in made})

    # ---- classes that calls make

    def made_in(self, ref: Ref, scope: Scope) -> None:
        self._making.made_in(ref, scope)

    def closure(self, ref: Ref) -> dict[str, Thing]:
        if inner.only_when_called(ref.name):
            return {}
        found = self._asked("closure", ref, lambda: self._making.closure(ref))
        return found.names if found is not None else {}

    def mapped_named(self, name: str) -> tuple[Ref, ...]:
        return self._asked("mapped named", name, lambda: self.mapped().by_name.get(name, ()))

    def may_be_mapped(self, name: str) -> bool:
        return self._asked("may be mapped", name, lambda: self.mapped().open or name in self.mapped().unsure)

    def library_root(self, ref: Ref) -> str:
        return lineage.library_root(self.world, ref)

    def registry_of_class(self, ref: Ref) -> RegistryInfo | None:
        return classes.registry_of_class(self.world, ref)

    def metadata_of_class(self, ref: Ref) -> MetaDataInfo | None:
        return classes.metadata_of_class(self.world, ref)

    def metadata_given(self, registry: str) -> MetaDataInfo | None:
        return self._asked("metadata given", registry, lambda: self._metadata_given().get(registry))

    def _metadata_given(self) -> dict[str, MetaDataInfo]:
        found: dict[str, MetaDataInfo] = self.world.memo.cut(
            ("metadata given",),
            lambda: {key: one for part in self._parts(registries.given_later) for key, one in part},
            {},
        )
        return found

    def table_name_of(self, ref: Ref) -> Thing:
        found = specials.table_name(self.world, ref)
        return found if isinstance(found, Const) and found.value is not None else UNREAD

    def module_ends(self, path: str, module: str) -> bool:
        name = self.world.module_name(path)
        return name == module or name.endswith(f".{module}") or f".{name}.".find(f".{module}.") >= 0


def _count(world: World, count: Callable[[World, ModuleFacts], T], path: str) -> T:
    facts = world.facts(path)
    return count(world, facts if facts is not None else ModuleFacts(path, {}, (), None, {}, {}, {}))
