"""The mapper graph of a project: asks the parts, remembers their answers, and hands out models and tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import Any, TypeVar

from sqlassay.facts import inner
from sqlassay.facts.model import ModuleFacts
from sqlassay.project.mapping import (
    assembling,
    bodies,
    census,
    classes,
    lineage,
    linking,
    listening,
    making,
    rawtables,
    reading,
    registries,
    relating,
    specials,
    tables,
    targets,
    watching,
)
from sqlassay.project.mapping.rawtables import RawTable
from sqlassay.project.mapping.registries import OPEN, MetaDataInfo, RegistryInfo
from sqlassay.project.mapping.things import UNREAD, Arguments, Const, Made, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo, TableInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

T = TypeVar("T")

Parts = list[tuple[str, tuple[str, str] | None]]
"""Of a foreign key: (column, (table key, column) that it points to)."""


class Graph:
    """Implements `mapping.world.Graph`, and what the index asks of the mapper.

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

    # ---- reading

    def read(self, node: n.Expr, scope: Scope) -> Thing:
        return reading.read(self.world, node, scope)

    def arguments(self, call: n.Call, scope: Scope, given: tuple[Arguments, ...] = ()) -> Arguments:
        return reading.arguments(self.world, call, scope, given)

    def bound(self, binding: names.Binding | None) -> Thing:
        return reading.bound(self.world, binding)

    def above(self, receiver: Thing, owner: Ref) -> Thing:
        if not isinstance(receiver, names.InProject):
            return UNREAD
        line = lineage.line(self.world, receiver.ref).refs
        after = line[line.index(owner) + 1 :] if owner in line else ()
        return names.InProject("class", after[0]) if after else UNREAD

    # ---- classes

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

    # ---- tables

    def sharing(self, ref: Ref) -> tuple[Ref, ...]:
        return self._asked("sharing", ref, lambda: tuple(self._sharing(ref)))

    def _sharing(self, ref: Ref) -> Iterator[Ref]:
        children = self.mapped().children
        stack = list(children.get(ref, ()))
        while stack:
            each = stack.pop(0)
            if inner.apart(each.name, ref.name):
                continue
            if assembling.inheritance(self.world, each) == "single":
                yield each
                stack.extend(children.get(each, ()))

    def indexes_beside(self, ref: Ref) -> tuple[Made, ...]:
        return self._asked("indexes", ref, lambda: tuple(self._pairs(census.indexes).get(ref, ())))

    def raw_table(self, ref: Ref) -> RawTable | None:
        current: Ref | None = ref
        while current is not None:
            found = tables.own_table(self.world, current)
            if found is not None:
                return found
            role = classes.standing(self.world, current)
            if assembling.inheritance(self.world, current) not in ("single", None):
                return None
            current = role.parent
        return None

    def raw_tables(self) -> tuple[RawTable, ...]:
        """Every table: those of classes first, then those that variables hold and no class is mapped to."""
        found = (self._whole(each) for entries in self._keyed().values() for each in entries)
        return tuple(each for each in found if each is not None)

    def _whole(self, entry: rawtables.Entry) -> RawTable | None:
        if entry.made is None:
            return tables.own_table(self.world, entry.owner)
        return tables.from_call(self.world, entry.made, entry.owner)

    def _keyed(self) -> dict[str, list[rawtables.Entry]]:
        """Every table by its key, without its columns: most are never asked for more."""
        found: dict[str, list[rawtables.Entry]] = self.world.memo.cut(("keyed",), self._by_key)
        return found

    def _by_key(self) -> dict[str, list[rawtables.Entry]]:
        out: dict[str, list[rawtables.Entry]] = {}
        seen: set[str] = set()
        for ref in self.mapped().refs:
            made = tables.table_call(self.world, ref)
            if made is not None:
                seen.add(made.identity)
            entry = self._asked("entry", ref, partial(tables.entry_of_class, self.world, ref))
            if entry is not None:
                out.setdefault(entry.key, []).append(entry)
        for part in self._parts(census.held_tables):
            for owner, made in part:
                if made.identity not in seen:
                    entry = tables.entry_of_call(self.world, owner, made)
                    if entry is not None:
                        out.setdefault(entry.key, []).append(entry)
        return out

    def raw_table_by_key(self, key: str, metadata: str | None) -> RawTable | None:
        entry = self._asked("entry by key", (key, metadata), lambda: self._entry(key, metadata))
        return self._whole(entry) if entry is not None else None

    def _entry(self, key: str, metadata: str | None) -> rawtables.Entry | None:
        found = self._keyed().get(key, ())
        mine = [each for each in found if metadata is None or each.metadata.key == metadata]
        mine = [each for each in mine if not inner.only_when_called(each.owner.name)] or mine
        if not mine and len(found) == 1 and not found[0].metadata.certain and not found[0].metadata.key:
            return found[0]
        return mine[0] if len(mine) == 1 else None

    def attribute_column(self, ref: Ref, attribute: str) -> tuple[str, str] | None:
        current: Ref | None = ref
        while current is not None:
            found = bodies.body_of(self.world, current).columns.get(attribute)
            table = self.raw_table(current)
            if found is not None:
                if table is None and not classes.standing(self.world, current).mapped:
                    return None
                return (table.key, found.info.name) if table is not None else None
            if table is not None and table.declared == "Table":
                for column in table.columns.values():
                    if attribute in (column.key, column.info.name):
                        return table.key, column.info.name
            current = classes.standing(self.world, current).parent
        return None

    def column_made_by(self, made: Made) -> tuple[str, str] | None:
        for table in self.raw_tables():
            for column in table.columns.values():
                if column.identity == made.identity:
                    return table.key, column.info.name
        return None

    def keys_of(self, table: RawTable) -> list[tuple[tuple[Any, ...], Parts]]:
        """The foreign keys of a table, each under something that tells it from the others."""
        found: list[tuple[tuple[Any, ...], Parts]] = self.world.memo.of(
            ("keys", table.metadata.key, table.key, table.owner), lambda: self._keys_of(table)
        )
        return found

    def _keys_of(self, table: RawTable) -> list[tuple[tuple[Any, ...], Parts]]:
        out: list[tuple[tuple[Any, ...], Parts]] = []
        for name, column in table.columns.items():
            for index, key in enumerate(column.keys):
                out.append(((name, index), [(name, targets.key_target(self.world, table, key, name))]))
        for index, constraint in enumerate(table.constraints):
            if constraint.info.kind == "foreign key":
                parts: Parts = []
                for name, target in zip(constraint.info.columns, constraint.targets, strict=False):
                    local = table.by_key(name)
                    parts.append((local, targets.target_of(self.world, table.metadata, target, local)))
                out.append((("constraint", index), parts))
        return out

    def targets(self, table: RawTable, column: str) -> set[tuple[str, str]]:
        """The columns that a column's foreign keys point to."""
        return {goal for _, parts in self.keys_of(table) for name, goal in parts if name == column and goal is not None}

    def closed(self, metadata: str) -> bool:
        return self._asked(
            "closed",
            metadata,
            lambda: metadata not in OPEN and not any(metadata in each for each in self._parts(census.open_metadata)),
        )

    def tables_keyed(self, key: str) -> bool:
        return self._asked("tables keyed", key, lambda: key in self._keyed() or self._written(key.rsplit(".", 1)[-1]))

    def _written(self, name: str) -> bool:
        return any(name in each for each in self._parts(census.table_names))

    def models_of(self, table: RawTable) -> tuple[Ref, ...]:
        key = (table.metadata.key, table.key)
        found = self._asked("models of", key, lambda: self._models_of().get(key, ()))
        return tuple(each for each in found if not inner.apart(each.name, table.owner.name))

    def _models_of(self) -> dict[tuple[str, str], tuple[Ref, ...]]:
        found: dict[tuple[str, str], tuple[Ref, ...]] = self.world.memo.cut(("models of all",), self._by_table)
        return found

    def _by_table(self) -> dict[tuple[str, str], tuple[Ref, ...]]:
        out: dict[tuple[str, str], list[Ref]] = {}
        for ref in self.mapped().refs:
            table = self.raw_table(ref)
            if table is not None:
                out.setdefault((table.metadata.key, table.key), []).append(ref)
        return {key: tuple(refs) for key, refs in out.items()}

    # ---- what the index asks

    def model(self, ref: Ref) -> ModelInfo | None:
        """What is known of a class, for those outside the graph: what they look at of it is remembered."""
        memo = self.world.memo
        if not memo.recording:
            return assembling.model(self.world, ref)
        memo.read(watching.looked_at(ref))
        with memo.apart():
            found: ModelInfo | None = memo.of(("watched", ref), lambda: self._watched(ref))
        return found

    def _watched(self, ref: Ref) -> ModelInfo | None:
        found = assembling.model(self.world, ref)
        return watching.watched(self.world.memo, found) if found is not None else None

    def backrefs(self, ref: Ref) -> tuple[RelationshipInfo, ...]:
        return self._asked("backrefs", ref, lambda: tuple(self._backrefs().get(ref, ())))

    def _backrefs(self) -> dict[Ref, list[RelationshipInfo]]:
        found: dict[Ref, list[RelationshipInfo]] = self.world.memo.cut(("all backrefs",), self._by_target)
        return found

    def _by_target(self) -> dict[Ref, list[RelationshipInfo]]:
        out: dict[Ref, list[RelationshipInfo]] = {}
        world = self.world
        for ref in self.mapped().refs:
            if not census.may_have_backref(world, ref):
                continue
            for each in self._asked("backrefs made", ref, partial(assembling.backrefs_of, world, ref)):
                out.setdefault(each.owner, []).append(each)
        return out

    def models(self) -> tuple[Ref, ...]:
        return self._asked("models", None, lambda: self.mapped().refs)

    def tables(self) -> tuple[TableInfo, ...]:
        found: tuple[TableInfo, ...] = self.world.memo.cut(("tables",), lambda: tuple(self._tables()))
        return found

    def _tables(self) -> Iterator[TableInfo]:
        seen: set[tuple[str, str]] = set()
        for raw in self.raw_tables():
            seen.add((raw.metadata.key, raw.key))
            yield linking.table(self.world, raw)
        # Association tables that a function makes on the way.
        for ref in self.mapped().refs:
            for relationship in bodies.body_of(self.world, ref).relationships.values():
                if relationship.info.secondary:
                    made = relating.secondary_of(self.world, ref, relationship)
                    if made is not None and (made.metadata.key, made.key) not in seen:
                        seen.add((made.metadata.key, made.key))
                        yield linking.table(self.world, made)

    def table(self, key: str, metadata: str | None) -> TableInfo | None:
        return self._asked("table by key", (key, metadata), lambda: self._table(key, metadata))

    def _table(self, key: str, metadata: str | None) -> TableInfo | None:
        raw = self.raw_table_by_key(key, metadata)
        return linking.table(self.world, raw) if raw is not None else None

    def table_of_column(self, column: ColumnInfo) -> TableInfo | None:
        """The table that a column of a model is in."""
        for entry in self._keyed().get(column.table or "", ()):
            raw = self._whole(entry)
            if raw is None:
                continue
            found = linking.table(self.world, raw)
            if found.columns.get(column.name) is column:
                return found
        return None

    def classes_of_table(self, name: str) -> tuple[Ref, ...]:
        return self._asked("classes of table", name, lambda: self._table_names().get(name, ()))

    def _table_names(self) -> dict[str, tuple[Ref, ...]]:
        found: dict[str, tuple[Ref, ...]] = self.world.memo.cut(("table names",), self._by_table_name)
        return found

    def _by_table_name(self) -> dict[str, tuple[Ref, ...]]:
        out: dict[str, list[Ref]] = {}
        for ref in self.mapped().refs:
            table = tables.own_table_name(self.world, ref)
            if table is not None:
                out.setdefault(table, []).append(ref)
        return {name: tuple(refs) for name, refs in out.items()}


def _count(world: World, count: Callable[[World, ModuleFacts], T], path: str) -> T:
    facts = world.facts(path)
    return count(world, facts if facts is not None else ModuleFacts(path, {}, (), None, {}, {}, {}))
