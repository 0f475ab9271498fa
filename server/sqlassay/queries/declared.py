"""Where a thing is declared."""

from __future__ import annotations

from sqlassay.project.index import Project
from sqlassay.queries.answers import Column, Location, Model, Other, Relationship, Table, Thing
from sqlassay.queries.locating import locate, whole
from sqlassay.queries.naming import column_of


def declared(project: Project, thing: Thing) -> Location | None:
    """Where a thing is declared."""
    match thing:
        case Model(ref=ref):
            model = project.model(ref)
            return whole(project, model.place) if model is not None else None
        case Table(metadata=metadata, key=key):
            table = project.table(key, metadata)
            return locate(project, table.place, table.name) if table is not None else None
        case Column():
            column = column_of(project, thing)
            return locate(project, column.place, column.attribute) if column is not None else None
        case Relationship(ref=ref, name=name) | Other(ref=ref, name=name):
            model = project.model(ref)
            info = (model.relationships.get(name) or model.others.get(name)) if model is not None else None
            return locate(project, info.place, name) if info is not None and info.place is not None else None
        case _:
            return None
