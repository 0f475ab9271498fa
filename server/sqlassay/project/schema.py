"""The mapper graph as plain data for the fronts: models, tables, columns and relationships by name."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.facts import inner
from sqlassay.project.index import Project
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo, TableInfo
from sqlassay.semantics.world import Ref


class SchemaColumn(Struct, frozen=True):
    """A column. `type` is SQL as SQLAlchemy's generic dialect prints it; None for what is not known."""

    name: str
    attribute: str | None
    """The attribute of the model; None for a column of a table without one."""
    type: str | None
    nullable: bool | None
    primary_key: bool
    foreign_keys: tuple[str, ...]
    """`table.column`, with the schema in front where the table has one."""
    index: bool
    """Whether some index begins with it."""
    unique: bool
    """Whether a unique constraint or index is on it alone."""


class SchemaRelationship(Struct, frozen=True):
    """A relationship. `target` is the class's name; `direction` is one-to-many, many-to-one or many-to-many."""

    name: str
    target: str | None
    direction: str | None
    lazy: str | None
    back_populates: str | None
    secondary: str | None
    """The association table."""
    uselist: bool | None
    target_module: str | None = None
    joins: tuple[tuple[str, str], ...] = ()
    """The columns it joins by, where they are known: (`table.column`, `table.column`), this side first."""


class SchemaModel(Struct, frozen=True):
    """A mapped class. `path` is absolute, `line` counts from 1; `table` has its schema in front where it has one."""

    model: str
    module: str
    path: str
    line: int
    table: str | None
    columns: tuple[SchemaColumn, ...]
    relationships: tuple[SchemaRelationship, ...]
    shares: str | None = None
    """`module:Class` of the mapped class above it whose table it shares (single table inheritance)."""
    function: str | None = None
    """The function that declares it, where it is there only once that was called, which nobody knows."""


class SchemaTable(Struct, frozen=True):
    """A table that no class is mapped to: association tables, and those of SQLAlchemy Core."""

    table: str
    module: str
    path: str
    line: int
    columns: tuple[SchemaColumn, ...]


class Schema(Struct, frozen=True):
    """All that is known, by file and line."""

    models: tuple[SchemaModel, ...]
    tables: tuple[SchemaTable, ...]


def schema_of(project: Project) -> Schema:
    """The schema of a project whose files are indexed."""
    models = []
    for ref in project.models():
        model = project.model(ref)
        if model is not None:
            models.append(_model(project, model))
    tables = [_table(project, each) for each in project.tables() if not each.models]
    return Schema(tuple(models), tuple(tables))


def _model(project: Project, model: ModelInfo) -> SchemaModel:
    return SchemaModel(
        model.ref.name.rsplit(".", 1)[-1],
        project.module_name(model.ref.path),
        model.ref.path,
        project.line_of(model.place),
        model.table_key,
        tuple(_column(project, each, attribute) for attribute, each in model.columns.items()),
        tuple(_relationship(project, each) for each in model.relationships.values()),
        _full_name(project, model.inherits) if model.inherits is not None and model.inheritance == "single" else None,
        inner.around(model.ref.name) if inner.only_when_called(model.ref.name) else None,
    )


def _full_name(project: Project, ref: Ref) -> str:
    return f"{project.module_name(ref.path)}:{ref.name.rsplit('.', 1)[-1]}"


def _table(project: Project, table: TableInfo) -> SchemaTable:
    return SchemaTable(
        table.key,
        project.module_name(table.place.path),
        table.place.path,
        project.line_of(table.place),
        tuple(_column(project, each, None) for each in table.columns.values()),
    )


def _column(project: Project, column: ColumnInfo, attribute: str | None) -> SchemaColumn:
    table = project.graph.table_of_column(column)
    leads, alone = column.index, column.unique
    for index in table.indexes if table is not None else ():
        leads = leads or index.columns[:1] == (column.name,)
        alone = alone or (index.unique and index.columns == (column.name,))
    for constraint in table.constraints if table is not None else ():
        alone = alone or (constraint.kind == "unique" and constraint.columns == (column.name,))
    return SchemaColumn(
        column.name,
        attribute,
        column.sql_type.sql if column.sql_type is not None else None,
        column.nullable,
        column.primary_key,
        tuple(dict.fromkeys(f"{each.table}.{each.column}" for each in column.foreign_keys if each.table is not None)),
        leads,
        alone,
    )


def _relationship(project: Project, relationship: RelationshipInfo) -> SchemaRelationship:
    return SchemaRelationship(
        relationship.name,
        relationship.target.name.rsplit(".", 1)[-1] if relationship.target is not None else None,
        relationship.direction,
        relationship.lazy,
        relationship.other_side,
        relationship.secondary_table,
        relationship.uselist,
        project.module_name(relationship.target.path) if relationship.target is not None else None,
        tuple((".".join(each.local), ".".join(each.remote)) for each in relationship.pairs),
    )
