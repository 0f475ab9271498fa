"""What is said of a thing, in Markdown: the table, its columns and keys; what a relationship runs at the database."""

from __future__ import annotations

from collections.abc import Iterable

from sqlassay.project.index import Project
from sqlassay.queries import words
from sqlassay.queries.answers import Column, Model, Other, Relationship, Table, Thing, Word
from sqlassay.queries.backwards import argument, references
from sqlassay.queries.locating import whole
from sqlassay.queries.naming import column_of
from sqlassay.queries.reads import read_of
from sqlassay.semantics.models import (
    ColumnInfo,
    ConstraintInfo,
    ForeignKeyInfo,
    IndexInfo,
    ModelInfo,
    RelationshipInfo,
    TableInfo,
)
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

MAX_LINES = 40
"""Columns, relationships or references that a card lists; the rest is counted."""


def card(project: Project, thing: Thing) -> str | None:
    """The card of a thing; None where it is gone."""
    match thing:
        case Model(ref=ref):
            model = project.model(ref)
            return _model(project, model) if model is not None else None
        case Table(metadata=metadata, key=key):
            table = project.table(key, metadata)
            return _table(project, table) if table is not None else None
        case Column():
            return _column(project, thing)
        case Relationship(ref=ref, name=name):
            model = project.model(ref)
            info = model.relationships.get(name) if model is not None else None
            return _relationship(project, model, info) if model is not None and info is not None else None
        case Word(kind=kind, word=word):
            return f"`{word}`\n\n{words.WORDS[kind][word]}"
        case Other(ref=ref, name=name):
            model = project.model(ref)
            other = model.others.get(name) if model is not None else None
            return f"`{_last(ref)}.{name}`, {other.kind}" if other is not None else None


def _last(ref: Ref) -> str:
    return ref.name.rsplit(".", 1)[-1]


def _sql(lines: Iterable[str]) -> str:
    return "\n".join(["```sql", *lines, "```"])


def _capped(lines: list[str], what: str) -> list[str]:
    if len(lines) <= MAX_LINES:
        return lines
    return [*lines[:MAX_LINES], f"... and {len(lines) - MAX_LINES} more {what}"]


# --------------------------------------------------------------------- models


def _model(project: Project, model: ModelInfo) -> str:
    parts = [f"**{_last(model.ref)}**{_standing(project, model)}"]
    table = project.table(model.table_key, model.metadata) if model.table_key is not None else None
    if table is not None and (not model.mapped or model.inheritance in (None, "single", "concrete")):
        parts.append(_definition(project, table))
    elif table is not None:
        parts.append(_definition(project, table))
        parts.append(f"Loaded from {_list(f'`{each}`' for each in reversed(model.tables))}, joined.")
    elif model.columns:
        parts.append(_sql(_aligned([(name, each) for name, each in model.columns.items()])))
    if model.relationships:
        parts.append("\n".join(_capped([_line(each) for each in model.relationships.values()], "relationships")))
    if not model.certain and model.mapped:
        parts.append("There may be more: a base or something in its body could not be read.")
    return "\n\n".join(parts)


def _standing(project: Project, model: ModelInfo) -> str:
    if model.is_base:
        return ", a declarative base"
    if not model.mapped:
        return ", an abstract class or mixin of models"
    said = f", mapped to `{model.table_key}`" if model.table_key is not None else ", a model"
    if model.inherits is not None and model.inheritance is not None:
        said += f", {model.inheritance} inheritance from `{_last(model.inherits)}`"
    return f"{said} ({project.module_name(model.ref.path)})"


def _line(info: RelationshipInfo) -> str:
    """One relationship in a list."""
    target = _last(info.target) if info.target is not None else info.target_text or "?"
    said = f"- `{info.name}`: {info.direction or 'relationship'} to `{target}`"
    if info.direction in ("one-to-many", "many-to-many") and info.uselist is False:
        said += ", one object"
    if info.secondary_table is not None:
        said += f" through `{info.secondary_table}`"
    return said + (f", lazy `{info.lazy}`" if info.lazy not in (None, "select") else "")


# --------------------------------------------------------------------- tables


def _table(project: Project, table: TableInfo) -> str:
    owners = _list(f"`{_last(each)}`" for each in table.models)
    head = f"Table **{table.key}**" + (f", mapped by {owners}" if owners else "")
    more = [] if table.certain else ["There may be more: not all of it could be read."]
    return "\n\n".join([f"{head} ({project.module_name(table.place.path)})", _definition(project, table), *more])


def _definition(project: Project, table: TableInfo) -> str:
    columns = [(name, each) for name, each in table.columns.items()]
    lines = [f"TABLE {table.key}", *_capped(_aligned(columns), "columns")]
    lines += [line for each in table.constraints if (line := _constraint(table, each)) is not None]
    lines += [_index(each) for each in table.indexes if each.node is not None]
    return _sql(lines)


def _aligned(columns: list[tuple[str, ColumnInfo]]) -> list[str]:
    """Columns as lines, their types below each other."""
    wide = min(max((len(name) for name, _ in columns), default=0), 30)
    typed = min(max((len(_type(each)) for _, each in columns), default=0), 20)
    return [f"  {name:<{wide}}  {_type(each):<{typed}}  {_traits(each)}".rstrip() for name, each in columns]


def _type(column: ColumnInfo) -> str:
    if column.sql_type is not None:
        return column.sql_type.sql or column.sql_type.name
    return column.type_name or "?"


def _traits(column: ColumnInfo) -> str:
    """Everything but the type: keys, NULL, defaults."""
    out = []
    if column.nullable is not None:
        out.append("NULL" if column.nullable else "NOT NULL")
    if column.primary_key:
        out.append("PRIMARY KEY")
    if column.unique:
        out.append("UNIQUE")
    if column.generated is not None:
        out.append(column.generated.upper())
    default = _default(column)
    if default:
        out.append(default)
    out += [_refers(each) for each in column.foreign_keys]
    if column.index:
        out.append("INDEX")
    if column.attribute and column.attribute != column.name and column.attribute in column.attributes:
        out.append(f"-- attribute {column.attribute}")
    return " ".join(out)


def _default(column: ColumnInfo) -> str:
    match column.server_default:
        case n.Constant(value=str(text)):
            return f"DEFAULT '{text}'"
        case None:
            return ""
        case n.Call(args=(n.Constant(value=str(text)), *_)):
            return f"DEFAULT {text}"
        case _:
            return "DEFAULT ..."


def _refers(key: ForeignKeyInfo) -> str:
    goal = f"{key.table} ({key.column})" if key.table is not None else key.target or "?"
    said = f"REFERENCES {goal}"
    if key.ondelete is not None:
        said += f" ON DELETE {key.ondelete}"
    elif key.has_ondelete:
        said += " ON DELETE ..."
    return said + (f" ON UPDATE {key.onupdate}" if key.onupdate is not None else "")


def _constraint(table: TableInfo, info: ConstraintInfo) -> str | None:
    """A constraint of several columns, or one that its column does not show."""
    name = f"CONSTRAINT {info.name} " if info.name else ""
    columns = f"({', '.join(info.columns)})"
    match info.kind:
        case "primary key":
            return f"{name}PRIMARY KEY {columns}" if len(info.columns) > 1 else None
        case "unique":
            shown = (
                len(info.columns) == 1 and info.columns[0] in table.columns and table.columns[info.columns[0]].unique
            )
            return None if shown else f"{name}UNIQUE {columns}"
        case "foreign key" if len(info.columns) > 1:
            goals = [each for each in info.targets if each is not None]
            where = (
                f"{goals[0][0]} ({', '.join(each[1] for each in goals)})" if len(goals) == len(info.columns) else "?"
            )
            return f"{name}FOREIGN KEY {columns} REFERENCES {where}"
        case "check":
            text = _text_of(info.node)
            return f"{name}CHECK ({text})" if text or name else None
        case _:
            return None


def _text_of(node: n.Call | None) -> str:
    match node:
        case n.Call(args=(n.Constant(value=str(text)), *_)):
            return text
        case _:
            return "..."


def _index(info: IndexInfo) -> str:
    columns = ", ".join(each or "..." for each in info.columns)
    unique = "UNIQUE INDEX" if info.unique else "INDEX"
    return " ".join(filter(None, [unique, info.name, f"({columns})", "WHERE ..." if info.partial else ""]))


def _list(words: Iterable[str]) -> str:
    every = list(words)
    return ", ".join(every[:-1]) + " and " + every[-1] if len(every) > 1 else "".join(every)


# -------------------------------------------------------------------- columns


def _column(project: Project, thing: Column) -> str | None:
    info = column_of(project, thing)
    if info is None:
        return None
    table = project.table(thing.table, thing.metadata) if thing.table else None
    name = f"{thing.table}.{info.name}" if thing.table else info.name
    parts = [_sql([f"{name} {_type(info)} {_traits(info)}".rstrip()])]
    said = [f"- {line}" for line in _keys_of(table, info)] if table is not None else []
    used = [f"`{each.name}`" for each in references(project, thing)]
    if used:
        said.append(f"- Referenced by {_list(_few(used))}")
    if thing.table and table is None:
        said.append("- Its table cannot be read.")
    if said:
        parts.append("\n".join(said))
    return "\n\n".join(parts)


def _few(words: list[str], most: int = 8) -> list[str]:
    return words if len(words) <= most else [*words[:most], f"{len(words) - most} more"]


def _keys_of(table: TableInfo, info: ColumnInfo) -> list[str]:
    """The indexes and constraints of several columns that a column is part of."""
    out = [f"`{_index(each)}`" for each in table.indexes if each.node is not None and info.name in each.columns]
    for each in table.constraints:
        if info.name in each.columns and (len(each.columns) > 1 or (each.kind == "unique" and not info.unique)):
            line = _constraint(table, each)
            if line is not None:
                out.append(f"`{line}`")
    return out


# -------------------------------------------------------------- relationships


def _relationship(project: Project, model: ModelInfo, info: RelationshipInfo) -> str:
    target = _last(info.target) if info.target is not None else info.target_text or "?"
    head = f"**{_last(model.ref)}.{info.name}**: {info.direction or 'relationship'} to `{target}`"
    if info.direction is not None and info.uselist is not None:
        head += ", a list" if info.uselist else ", one object"
    if info.secondary_table is not None:
        head += f", through `{info.secondary_table}`"
    parts = [head]
    read = read_of(project, model, info)
    if read.sql:
        parts.append(_sql(read.sql.split("\n")))
    if read.says:
        parts.append(read.says)
    said = _settings(project, model, info)
    if said:
        parts.append("\n".join(said))
    return "\n\n".join(parts)


_NO_JOIN = {
    "none": "There is no foreign key between the two tables: SQLAlchemy cannot join them.",
    "ambiguous": "Several foreign keys join the two tables, and nothing says which: `foreign_keys=` does.",
}


def _written(project: Project, info: RelationshipInfo, name: str) -> str:
    """An argument as it is written, in one line; '' where it stands elsewhere."""
    node = info.keywords.get(name)
    if isinstance(node, n.Constant) and isinstance(node.value, str):
        return " ".join(node.value.split())
    place = argument(info, name)
    location = whole(project, place) if node is not None and place != info.place else None
    source = project.files.source(place.path) if location is not None else None
    if location is None or source is None:
        return ""
    return " ".join(source.data[location.start : location.end].decode("utf-8", "replace").split())


def _settings(project: Project, model: ModelInfo, info: RelationshipInfo) -> list[str]:
    out = []
    if info.pairs:
        joined = " and ".join(f"{'.'.join(each.local)} = {'.'.join(each.remote)}" for each in info.pairs)
        out.append(f"- Joined by `{joined}`")
    for name in ("primaryjoin", "secondaryjoin"):
        text = _written(project, info, name)
        if text:
            out.append(f"- {name}: `{text}`")
    if info.join in _NO_JOIN:
        out.append(f"- {_NO_JOIN[info.join]}")
    out.append(f"- lazy: `{info.lazy}`" if info.lazy is not None else "- lazy: not known")
    if info.other_side is not None and info.target is not None:
        made = " (this one is made by its backref)" if info.made_by_backref else ""
        out.append(f"- In step with `{_last(info.target)}.{info.other_side}`{made}")
    if info.cascade is not None:
        out.append(f"- cascade: `{info.cascade}`")
    if info.viewonly:
        out.append("- viewonly: changes to it are not written")
    if info.owner != model.ref and not info.made_by_backref:
        out.append(f"- Declared by `{_last(info.owner)}`")
    return out
