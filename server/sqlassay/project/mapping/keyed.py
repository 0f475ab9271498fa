"""The tables of a project by their keys: whose they are, and what their foreign keys lead to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlassay.facts import inner
from sqlassay.project.mapping import assembling, bodies, census, classes, rawtables, tables, targets
from sqlassay.project.mapping.counted import Classes
from sqlassay.project.mapping.rawtables import RawTable
from sqlassay.project.mapping.registries import OPEN
from sqlassay.project.mapping.things import Made
from sqlassay.semantics.world import Ref

Parts = list[tuple[str, tuple[str, str] | None]]
"""Of a foreign key: (column, (table key, column) that it points to)."""


class Tables(Classes):
    """The part of the graph about tables."""

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
        found: list[tuple[tuple[Any, ...], Parts]] = self.world.memo.of_given(
            ("keys", table.metadata.key, table.key, table.owner), table, lambda: self._keys_of(table)
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
            lambda: metadata not in OPEN and metadata not in self._open(),
        )

    def _open(self) -> frozenset[str]:
        found: frozenset[str] = self.world.memo.cut(
            ("open metadata",), lambda: frozenset().union(*self._parts(census.open_metadata)), frozenset()
        )
        return found

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
