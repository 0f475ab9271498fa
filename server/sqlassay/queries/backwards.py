"""Who names a thing: foreign keys that point to a column, relationships that lead to a class or keep in step."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.project.index import Project
from sqlassay.queries.answers import Column, Model, Relationship, Table, Thing
from sqlassay.semantics.models import RelationshipInfo, TableInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class Reference(Struct, frozen=True):
    """Where a thing is named, and by what: `posts.user_id`, `Post.user`."""

    name: str
    place: Place


Index = dict[Thing, tuple[Reference, ...]]


def references(project: Project, thing: Thing) -> tuple[Reference, ...]:
    """Who names a thing, in the order of the project's files."""
    index: Index = project.memo.of(("references",), lambda: _index(project))
    return index.get(_plain(thing), ())


def _plain(thing: Thing) -> Thing:
    """A column whoever asks for it."""
    return Column(thing.metadata, thing.table, thing.name) if isinstance(thing, Column) and thing.table else thing


def _index(project: Project) -> Index:
    out: dict[Thing, list[Reference]] = {}
    for table in project.tables():
        for thing, reference in _of_table(table):
            out.setdefault(thing, []).append(reference)
    for ref in project.models():
        model = project.model(ref)
        for info in model.relationships.values() if model is not None else ():
            if info.owner in (ref, *(model.bases if model is not None else ())) and not info.made_by_backref:
                for thing, reference in _of_relationship(project, ref, info):
                    out.setdefault(thing, []).append(reference)
    return {thing: tuple(dict.fromkeys(found)) for thing, found in out.items()}


def _of_table(table: TableInfo) -> list[tuple[Thing, Reference]]:
    out: list[tuple[Thing, Reference]] = []
    for column in table.columns.values():
        for key in column.foreign_keys:
            if key.table is not None and key.column is not None:
                made = Reference(f"{table.key}.{column.name}", key.place)
                out.append((Column(table.metadata, key.table, key.column), made))
                out.append((Table(table.metadata, key.table), made))
    return out


def _of_relationship(project: Project, ref: Ref, info: RelationshipInfo) -> list[tuple[Thing, Reference]]:
    if info.target is None:
        return []
    name = f"{ref.name.rsplit('.', 1)[-1]}.{info.name}"
    out: list[tuple[Thing, Reference]] = [(Model(info.target), Reference(name, info.place))]
    if info.other_side is not None:
        out.append((Relationship(info.target, info.other_side), Reference(name, argument(info, "back_populates"))))
    model = project.model(ref)
    if info.secondary_table is not None and model is not None:
        out.append((Table(model.metadata, info.secondary_table), Reference(name, argument(info, "secondary"))))
    return out


def argument(info: RelationshipInfo, name: str) -> Place:
    """The argument in the call where it stands there; else the whole relationship."""
    node = info.keywords.get(name)
    call = info.call
    if call is None or not isinstance(node, n.Node) or not (call.start <= node.start and node.end <= call.end):
        return info.place
    return Place(call.path, call.anchor, node.start, node.end)
