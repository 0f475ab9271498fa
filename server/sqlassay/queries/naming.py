"""From names to the things of the mapper graph: classes, attributes, tables, columns."""

from __future__ import annotations

from sqlassay.project.index import Project
from sqlassay.project.mapping import rawtables, relating, tables
from sqlassay.project.mapping.registries import RegistryInfo
from sqlassay.project.mapping.things import Made, Scope
from sqlassay.queries.answers import Column, Model, Other, Relationship, Table, Thing
from sqlassay.semantics import names
from sqlassay.semantics.models import ColumnInfo, ModelInfo, TableInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

UNKNOWN = ""
"""The key of a MetaData or registry that nobody knows."""

TABLE_COLUMNS = ("c", "columns")
"""What a table's columns are attributes of."""


def model_thing(project: Project, ref: Ref) -> Model | None:
    """A class, where it is the mapper's."""
    return Model(ref) if project.model(ref) is not None else None


def attribute_thing(project: Project, ref: Ref, name: str) -> Thing | None:
    """An attribute of a class of the mapper's."""
    model = project.model(ref)
    if model is None:
        return None
    if name in model.relationships:
        return Relationship(ref, name)
    column = model.columns.get(name)
    if column is not None:
        return column_thing(model, name, column)
    return Other(ref, name) if name in model.others and not name.startswith("__") else None


def column_thing(model: ModelInfo, attribute: str, column: ColumnInfo) -> Column:
    """A column of a model."""
    if column.table is None:
        return Column(model.metadata, "", attribute, model.ref)
    return Column(model.metadata, column.table, column.name, model.ref)


def class_named(project: Project, owner: Ref, text: str) -> Ref | None:
    """The class that a string means in the registry of `owner`.

    Else the only one of the project with that name, or the only one whose registry nobody knows.
    """
    if not text:
        return None
    found = relating.by_name(project, owner, text, Scope(owner.path, ""))
    if found.ref is not None or found.candidates:
        return found.ref
    every = project.graph.mapped_named(text.rsplit(".", 1)[-1])
    unknown = [each for each in every if not _is_certain(project.graph.registry_of_class(each))]
    return next((found[0] for found in (every, unknown) if len(found) == 1), None)


def _is_certain(registry: RegistryInfo | None) -> bool:
    return registry is not None and registry.certain


def table_named(project: Project, metadata: str | None, schema: str | None, text: str) -> TableInfo | None:
    """The table that a string means in a MetaData.

    Else one of which nobody knows the MetaData, else the only one of the project with that key: whoever asks wants to
    see it all the same.
    """
    for each in dict.fromkeys((metadata, UNKNOWN, None)):
        for key in (text, f"{schema}.{text}" if schema and "." not in text else ""):
            found = project.table(key, each) if key else None
            if found is not None:
                return found
    return None


def metadata_of_class(project: Project, ref: Ref) -> tuple[str | None, str | None]:
    """The MetaData of a class, and its schema; None where nobody can say."""
    info = project.graph.metadata_of_class(ref)
    return (info.key, info.schema) if info is not None and info.certain else (None, None)


def column_named(table: TableInfo, name: str) -> str | None:
    if name in table.columns:
        return name
    return next((each.name for each in table.columns.values() if name in (each.attribute, *each.attributes)), None)


def table_held(project: Project, ref: Ref) -> Table | None:
    """The table that a variable of a module holds."""
    made = project.graph.bound(names.InProject("variable", ref))
    raw = tables.from_call(project, made) if isinstance(made, Made) and made.name in rawtables.TABLES else None
    table = project.table(raw.key, raw.metadata.key) if raw is not None else None
    return Table(table.metadata, table.key) if table is not None else None


def column_of(project: Project, thing: Column) -> ColumnInfo | None:
    """The column that a thing is."""
    if not thing.table:
        model = project.model(thing.ref) if thing.ref is not None else None
        return model.columns.get(thing.name) if model is not None else None
    table = project.table(thing.table, thing.metadata)
    return table.columns.get(thing.name) if table is not None else None


def named(project: Project, owner: Ref, parts: list[str]) -> Thing | None:
    """What a dotted name means in a string of the class `owner` that SQLAlchemy evaluates, or in an annotation."""
    ref = class_in(project, owner, ".".join(parts))
    if ref is not None:
        return model_thing(project, ref)
    above = class_in(project, owner, ".".join(parts[:-1])) if len(parts) > 1 else None
    if above is not None:
        return attribute_thing(project, above, parts[-1])
    metadata, schema = metadata_of_class(project, owner)
    if len(parts) > 2 and parts[-2] in TABLE_COLUMNS:
        table = table_named(project, metadata, schema, ".".join(parts[:-2]))
        name = column_named(table, parts[-1]) if table is not None else None
        return Column(table.metadata, table.key, name) if table is not None and name is not None else None
    table = table_named(project, metadata, schema, ".".join(parts))
    return Table(table.metadata, table.key) if table is not None else None


def class_in(project: Project, owner: Ref, text: str) -> Ref | None:
    """The class that a dotted name means in a string of `owner`: as its module sees it, else in the registry."""
    if not text:
        return None
    first, *rest = text.split(".")
    node: n.Expr = n.Name(0, 0, first)
    for each in rest:
        node = n.Attribute(0, 0, node, each)
    binding = names.resolve_expression(project, owner.path, node)
    if isinstance(binding, names.InProject) and binding.kind == "class":
        return binding.ref
    found = class_named(project, owner, text)
    return found if found is not None and found.name.rsplit(".", 1)[-1] == text.rsplit(".", 1)[-1] else None
