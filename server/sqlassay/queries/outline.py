"""What a file declares, and what the project does: models with their columns and relationships, tables."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.project.index import Project
from sqlassay.queries.answers import Hit, Symbol, Table
from sqlassay.queries.catalogue import Catalogue
from sqlassay.queries.locating import Sources, locate, name_in, whole
from sqlassay.queries.naming import table_held
from sqlassay.semantics import names
from sqlassay.semantics.models import ColumnInfo, ModelInfo, OtherInfo, RelationshipInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax.place import Place

MAX_HITS = 200
"""Symbols of the project that one question is answered with."""

_OTHERS = frozenset("hybrid|column property|synonym|association proxy|composite|query expression".split("|"))


def symbols(project: Project, path: str) -> tuple[Symbol, ...]:
    """What a file declares to the mapper, in order."""
    facts = project.files.facts(path)
    if facts is None:
        return ()
    sources = Sources(project)
    out = [each for name in facts.classes for each in _model(project, sources, Ref(path, name))]
    held = {table_held(project, Ref(path, name)) for name in facts.variables}
    out += [each for key in held if key is not None for each in _table(project, sources, path, key)]
    return tuple(sorted(out, key=lambda each: each.start))


def _model(project: Project, sources: Sources, ref: Ref) -> Iterator[Symbol]:
    model = project.model(ref)
    fact = names.class_fact(project, ref)
    if model is None or fact is None:
        return
    name = ref.name.rsplit(".", 1)[-1]
    body = whole(project, Place(ref.path, fact.anchor, fact.start, fact.end))
    head = whole(project, model.place)
    if body is None or head is None:
        return
    children = [each for each in _children(project, sources, model) if each is not None]
    children.sort(key=lambda each: each.start)
    detail = model.table_key or ("" if model.mapped else "abstract")
    yield Symbol(name, "model", detail, body.start, body.end, head.start, head.end, tuple(children))


def _children(project: Project, sources: Sources, model: ModelInfo) -> Iterator[Symbol | None]:
    for name, column in model.columns.items():
        if column.owner == model.ref:
            yield _attribute(project, sources, model, name, "column", _column_detail(column), column.place)
    for name, relationship in model.relationships.items():
        if relationship.owner == model.ref and not relationship.made_by_backref:
            detail = _relationship_detail(relationship)
            yield _attribute(project, sources, model, name, "relationship", detail, relationship.place)
    for name, other in model.others.items():
        if other.owner == model.ref and other.kind in _OTHERS and other.place is not None:
            yield _attribute(project, sources, model, name, "attribute", _other_detail(other), other.place)


def _attribute(
    project: Project, sources: Sources, model: ModelInfo, name: str, kind: str, detail: str, place: Place
) -> Symbol | None:
    full = whole(project, place)
    if full is None or place.path != model.ref.path:
        return None
    head = name_in(sources, full, name)
    return Symbol(name, kind, detail, full.start, full.end, head.start, head.end)


def _column_detail(column: ColumnInfo) -> str:
    return (column.sql_type.sql or column.sql_type.name) if column.sql_type is not None else column.type_name or ""


def _relationship_detail(info: RelationshipInfo) -> str:
    return info.target.name.rsplit(".", 1)[-1] if info.target is not None else info.target_text


def _other_detail(info: OtherInfo) -> str:
    return info.kind


def _table(project: Project, sources: Sources, path: str, key: Table) -> Iterator[Symbol]:
    table = project.table(key.key, key.metadata)
    if table is None or table.declared != "Table" or table.place.path != path:
        return
    full = whole(project, table.place)
    if full is None:
        return
    head = name_in(sources, full, table.name)
    children = []
    for name, column in table.columns.items():
        inner = whole(project, column.place)
        if inner is not None and full.start <= inner.start and inner.end <= full.end:
            label = name_in(sources, inner, name)
            detail = _column_detail(column)
            children.append(Symbol(name, "column", detail, inner.start, inner.end, label.start, label.end))
    yield Symbol(table.key, "table", "", full.start, full.end, head.start, head.end, tuple(children))


# -------------------------------------------------------------------- project


def search(project: Project, catalogue: Catalogue, query: str) -> tuple[Hit, ...]:
    """The symbols of the project whose names hold the letters of `query` in this order, best first."""
    wanted = query.replace(" ", "").lower()
    ranked = sorted(
        (rank, number, name, kind, container, place)
        for number, (name, kind, container, place) in enumerate(_all(catalogue))
        if (rank := _rank(wanted, name, container)) is not None
    )
    out: list[Hit] = []
    sources = Sources(project)
    for _, _, name, kind, container, place in ranked:
        location = locate(project, place, name, sources)
        if location is not None:
            out.append(Hit(name, kind, container, location))
        if len(out) == MAX_HITS:
            break
    return tuple(out)


def _all(catalogue: Catalogue) -> Iterator[tuple[str, str, str, Place]]:
    for model in catalogue.models.values():
        yield model.name, "model", model.table or "", model.place
        for column in model.columns:
            yield column.name, "column", model.name, column.place
        for each in model.relationships:
            yield each.name, "relationship", model.name, each.place
    for table in catalogue.tables:
        yield table.key, "table", "", table.place
        if not table.models:
            for column in table.columns:
                yield column.name, "column", table.key, column.place


def _rank(wanted: str, name: str, container: str) -> tuple[int, int] | None:
    """How well a name fits: alone, or behind its container's (`User.name`). None where it does not."""
    plain = name.lower()
    if not _holds(plain, wanted):
        dotted = f"{container}.{name}".lower()
        return (4, len(dotted)) if container and "." in wanted and _holds(dotted, wanted) else None
    if plain == wanted:
        return 0, 0
    if plain.startswith(wanted):
        return 1, len(plain)
    return (2 if wanted in plain else 3), len(plain)


def _holds(name: str, wanted: str) -> bool:
    """Whether the letters of `wanted` stand in `name` in this order."""
    letters = iter(name)
    return all(each in letters for each in wanted)
