"""The names of a project's models and tables, gathered once and used for every completion until somebody gathers them
again: an answer to a keystroke must not walk the project."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.project.index import Project
from sqlassay.queries.answers import Column, Relationship
from sqlassay.queries.naming import column_thing
from sqlassay.semantics.models import ColumnInfo, ModelInfo, TableInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax.place import Place


class KnownColumn(Struct, frozen=True):
    """A column: of a table by its name, of a model by its attribute."""

    name: str
    detail: str
    thing: Column
    primary_key: bool
    place: Place
    refers: tuple[str, ...]
    """The keys of the tables that its foreign keys point to."""


class KnownTable(Struct, frozen=True):
    key: str
    metadata: str
    schema: str | None
    columns: tuple[KnownColumn, ...]
    models: tuple[Ref, ...]
    place: Place


class KnownRelationship(Struct, frozen=True):
    name: str
    thing: Relationship
    target: Ref | None
    target_name: str
    other_side: str | None
    direction: str | None
    place: Place


class KnownModel(Struct, frozen=True):
    ref: Ref
    name: str
    registry: str
    table: str | None
    columns: tuple[KnownColumn, ...]
    relationships: tuple[KnownRelationship, ...]
    others: tuple[tuple[str, str], ...]
    """Name and kind."""
    place: Place


class Catalogue(Struct, frozen=True):
    """All of it, in the order of the project's files."""

    models: dict[Ref, KnownModel]
    tables: tuple[KnownTable, ...]

    def table(self, key: str, metadata: str | None) -> KnownTable | None:
        """The table with this key in a MetaData; in any, where there is only one."""
        found = [each for each in self.tables if each.key == key and metadata in (None, each.metadata)]
        return found[0] if len(found) == 1 else None


def catalogue_of(project: Project) -> Catalogue:
    """Gather the names of a project whose files are indexed."""
    models = {ref: _model(model) for ref in project.models() if (model := project.model(ref)) is not None}
    return Catalogue(models, tuple(_table(each) for each in project.tables()))


def _table(table: TableInfo) -> KnownTable:
    columns = tuple(
        _column(name, each, Column(table.metadata, table.key, name)) for name, each in table.columns.items()
    )
    return KnownTable(table.key, table.metadata, table.schema, columns, table.models, table.place)


def _column(name: str, info: ColumnInfo, thing: Column) -> KnownColumn:
    detail = (info.sql_type.sql or info.sql_type.name) if info.sql_type is not None else info.type_name or ""
    refers = tuple(each.table for each in info.foreign_keys if each.table is not None)
    return KnownColumn(name, detail, thing, info.primary_key, info.place, refers)


def _model(model: ModelInfo) -> KnownModel:
    return KnownModel(
        model.ref,
        model.ref.name.rsplit(".", 1)[-1],
        model.registry,
        model.table_key,
        tuple(_column(name, each, column_thing(model, name, each)) for name, each in model.columns.items()),
        tuple(
            KnownRelationship(
                each.name,
                Relationship(model.ref, each.name),
                each.target,
                each.target.name.rsplit(".", 1)[-1] if each.target is not None else each.target_text,
                each.other_side,
                each.direction,
                each.place,
            )
            for each in model.relationships.values()
        ),
        tuple((name, each.kind) for name, each in model.others.items() if not name.startswith("_")),
        model.place,
    )
