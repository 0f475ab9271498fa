"""The mapper graph of a project: asks the parts, remembers their answers, and hands out models and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlassay.project.mapping import assembling, bodies, census, classes, reading, tables
from sqlassay.project.mapping.registries import MetaDataInfo, RegistryInfo
from sqlassay.project.mapping.tables import RawTable
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
    """Implements `mapping.world.Graph`, and what the index asks of the mapper."""

    def __init__(self, world: World) -> None:
        self.world = world

    def _kept(self, name: str, compute: Callable[[World], T]) -> T:
        found: T = self.world.memo.of(("census", name), lambda: compute(self.world))
        return found

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
        line = classes.line(self.world, receiver.ref).refs
        after = line[line.index(owner) + 1 :] if owner in line else ()
        return names.InProject("class", after[0]) if after else UNREAD

    # ---- classes

    def imperatives(self) -> dict[Ref, Made]:
        return self._kept("imperative", census.imperative)

    def imperative(self, ref: Ref) -> Made | None:
        return self.imperatives().get(ref)

    def mapped(self) -> census.Mapped:
        return self._kept("mapped", census.mapped)

    def mapped_named(self, name: str) -> tuple[Ref, ...]:
        return self.mapped().by_name.get(name, ())

    def may_be_mapped(self, name: str) -> bool:
        every = self.mapped()
        return every.open or name in every.unsure

    def library_root(self, ref: Ref) -> str:
        return classes.library_root(self.world, ref)

    def registry_of_class(self, ref: Ref) -> RegistryInfo | None:
        return classes.registry_of_class(self.world, ref)

    def metadata_of_class(self, ref: Ref) -> MetaDataInfo | None:
        return classes.metadata_of_class(self.world, ref)

    def table_name_of(self, ref: Ref) -> Thing:
        found = classes.table_name(self.world, ref)
        return found if isinstance(found, Const) and found.value is not None else UNREAD

    def module_ends(self, path: str, module: str) -> bool:
        name = self.world.module_name(path)
        return name == module or name.endswith(f".{module}") or f".{name}.".find(f".{module}.") >= 0

    # ---- tables

    def sharing(self, ref: Ref) -> tuple[Ref, ...]:
        children = self.mapped().children
        out: list[Ref] = []
        stack = list(children.get(ref, ()))
        while stack:
            each = stack.pop(0)
            if assembling.inheritance(self.world, each) == "single":
                out.append(each)
                stack.extend(children.get(each, ()))
        return tuple(out)

    def indexes_beside(self, ref: Ref) -> tuple[Made, ...]:
        return self._kept("indexes", census.indexes).get(ref, ())

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
        keyed = self._kept("keyed", lambda _: self._keyed())
        found = (self._whole(each) for entries in keyed.values() for each in entries)
        return tuple(each for each in found if each is not None)

    def _whole(self, entry: tables.Entry) -> RawTable | None:
        if entry.made is None:
            return tables.own_table(self.world, entry.owner)
        return tables.from_call(self.world, entry.made, entry.owner)

    def _keyed(self) -> dict[str, list[tables.Entry]]:
        """Every table by its key, without its columns: most are never asked for more."""
        out: dict[str, list[tables.Entry]] = {}
        seen: set[str] = set()
        for ref in self.mapped().refs:
            made = tables.table_call(self.world, ref)
            if made is not None:
                seen.add(made.identity)
            entry = tables.entry_of_class(self.world, ref, made)
            if entry is not None:
                out.setdefault(entry.key, []).append(entry)
        for owner, made in self._kept("held tables", census.held_tables):
            if made.identity not in seen:
                entry = tables.entry_of_call(self.world, owner, made)
                if entry is not None:
                    out.setdefault(entry.key, []).append(entry)
        return out

    def raw_table_by_key(self, key: str, metadata: str | None) -> RawTable | None:
        found = self._kept("keyed", lambda _: self._keyed()).get(key, ())
        mine = [each for each in found if metadata is None or each.metadata.key == metadata]
        if not mine and len(found) == 1 and not found[0].metadata.certain and not found[0].metadata.key:
            return self._whole(found[0])
        return self._whole(mine[0]) if len(mine) == 1 else None

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
                out.append(((name, index), [(name, tables.key_target(self.world, table, key, name))]))
        for index, constraint in enumerate(table.constraints):
            if constraint.info.kind == "foreign key":
                parts: Parts = []
                for name, target in zip(constraint.info.columns, constraint.targets, strict=False):
                    local = table.by_key(name)
                    parts.append((local, tables.target_of(self.world, table.metadata, target, local)))
                out.append((("constraint", index), parts))
        return out

    def targets(self, table: RawTable, column: str) -> set[tuple[str, str]]:
        """The columns that a column's foreign keys point to."""
        return {goal for _, parts in self.keys_of(table) for name, goal in parts if name == column and goal is not None}

    def closed(self, metadata: str) -> bool:
        """Whether all tables of a MetaData are known: none comes from a database, or from a call nobody can read."""
        return metadata not in self._kept("open", census.open_metadata)

    def tables_keyed(self, key: str) -> bool:
        """Whether some table of the project, in whichever MetaData, has this key or plain name."""
        return key in self._kept("keyed", lambda _: self._keyed()) or key.rsplit(".", 1)[-1] in self._kept(
            "every name", census.table_names
        )

    def models_of(self, table: RawTable) -> tuple[Ref, ...]:
        """The classes mapped to a table, those that share it too."""
        found = self._kept("models of", lambda _: self._models_of())
        return found.get((table.metadata.key, table.key), ())

    def _models_of(self) -> dict[tuple[str, str], tuple[Ref, ...]]:
        out: dict[tuple[str, str], list[Ref]] = {}
        for ref in self.mapped().refs:
            table = self.raw_table(ref)
            if table is not None:
                out.setdefault((table.metadata.key, table.key), []).append(ref)
        return {key: tuple(refs) for key, refs in out.items()}

    def with_backrefs(self) -> Iterator[Ref]:
        return census.with_backrefs(self.world, self.mapped().refs)

    # ---- what the index asks

    def model(self, ref: Ref) -> ModelInfo | None:
        return assembling.model(self.world, ref)

    def backrefs(self, ref: Ref) -> tuple[RelationshipInfo, ...]:
        return self._kept("backrefs", assembling.backrefs).get(ref, ())

    def models(self) -> tuple[Ref, ...]:
        return self.mapped().refs

    def tables(self) -> tuple[TableInfo, ...]:
        return self._kept("tables", lambda world: tuple(assembling.table(world, each) for each in self.raw_tables()))

    def table(self, key: str, metadata: str | None) -> TableInfo | None:
        raw = self.raw_table_by_key(key, metadata)
        return assembling.table(self.world, raw) if raw is not None else None

    def table_of_column(self, column: ColumnInfo) -> TableInfo | None:
        """The table that a column of a model is in."""
        for entry in self._kept("keyed", lambda _: self._keyed()).get(column.table or "", ()):
            raw = self._whole(entry)
            if raw is None:
                continue
            found = assembling.table(self.world, raw)
            if found.columns.get(column.name) is column:
                return found
        return None

    def classes_of_table(self, name: str) -> tuple[Ref, ...]:
        return self._kept("by table name", lambda _: self._by_table_name()).get(name, ())

    def _by_table_name(self) -> dict[str, tuple[Ref, ...]]:
        out: dict[str, list[Ref]] = {}
        for ref in self.mapped().refs:
            table = tables.own_table_name(self.world, ref)
            if table is not None:
                out.setdefault(table, []).append(ref)
        return {name: tuple(refs) for name, refs in out.items()}
