"""The mapper graph of a project: asks the parts, remembers their answers, and hands out models and tables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlassay.project.mapping import assembling, bodies, census, lineage, linking, reading, relating, tables, watching
from sqlassay.project.mapping.keyed import Tables
from sqlassay.project.mapping.things import UNREAD, Arguments, Scope, Thing
from sqlassay.semantics import names
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo, TableInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


class Graph(Tables):
    """Implements `mapping.world.Graph`, and what the index asks of the mapper."""

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
