"""What the strings of mapping code name: `"users.id"`, `back_populates="posts"`, `secondary="user_groups"`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from sqlassay.project.index import Project
from sqlassay.project.mapping import rawtables, tables
from sqlassay.project.mapping.things import Made, Scope
from sqlassay.queries import roles, words
from sqlassay.queries.answers import Column, Model, Table, Thing, Word
from sqlassay.queries.cursor import Cursor, Text
from sqlassay.queries.naming import attribute_thing, class_named, column_named, metadata_of_class, named, table_named
from sqlassay.semantics import names
from sqlassay.semantics.models import TableInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

DOTTED = re.compile(r"[^\W\d]\w*(?:\.\w*)*")
_PLAIN_WORD = re.compile(r"\w[\w -]*\w|\w")


class Pointed(Struct):
    """A thing, and the bytes of the file that name it."""

    thing: Thing
    start: int
    end: int


def in_text(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    """What the string at the cursor names."""
    role = roles.role_of(project, cursor)
    if role is None:
        return None
    if role.name in roles.WORDS:
        return _word(role.name, text)
    if not text.whole and role.name != roles.EXPRESSION:
        return None
    find = _IN_TEXT[role.name]
    return find(project, cursor, text)


def _word(kind: str, text: Text) -> Pointed | None:
    found, index = text.word(_PLAIN_WORD)
    word = found.upper() if kind == roles.ONDELETE else found
    return Pointed(Word(kind, word), *text.span(index, len(found))) if word in words.WORDS[kind] else None


def _foreign_key(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    metadata, schema = metadata_of(project, cursor)
    table = table_named(project, metadata, schema, text.value)
    if table is not None:
        return Pointed(Table(table.metadata, table.key), text.start, text.end)
    head, _, last = text.value.rpartition(".")
    table = table_named(project, metadata, schema, head)
    if table is None:
        return None
    if text.at <= len(head):
        return Pointed(Table(table.metadata, table.key), *text.span(0, len(head)))
    name = column_named(table, last)
    if name is None:
        return None
    return Pointed(Column(table.metadata, table.key, name), *text.span(len(head) + 1, len(last)))


def metadata_of(project: Project, cursor: Cursor) -> tuple[str | None, str | None]:
    """The MetaData that strings at a cursor speak of, and its schema; None where nobody can say."""
    if cursor.owner is not None:
        return metadata_of_class(project, cursor.owner)
    raw = _raw_table(project, cursor)
    if raw is not None and raw.metadata.certain:
        return raw.metadata.key, raw.metadata.schema
    return None, None


def _raw_table(project: Project, cursor: Cursor) -> rawtables.RawTable | None:
    """What the `Table(...)` around the cursor makes."""
    for node in cursor.chain:
        if isinstance(node, n.Call) and roles.called(project, cursor.path, node) == "Table":
            made = project.graph.read(node, Scope(cursor.path, cursor.anchor))
            return tables.from_call(project, made) if isinstance(made, Made) else None
    return None


def _class(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    if cursor.owner is None:
        return None
    ref = class_named(project, cursor.owner, text.value)
    return Pointed(Model(ref), text.start, text.end) if ref is not None else None


def _other_side(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    target = target_of(project, cursor)
    thing = attribute_thing(project, target, text.value) if target is not None else None
    return Pointed(thing, text.start, text.end) if thing is not None else None


def target_of(project: Project, cursor: Cursor) -> Ref | None:
    """The class that the relationship being declared at the cursor leads to."""
    model = project.model(cursor.owner) if cursor.owner is not None else None
    if model is None or cursor.owner is None:
        return None
    known = model.relationships.get(cursor.attribute)
    if known is not None and known.target is not None and not cursor.broken:
        return known.target
    return _written_target(project, cursor, cursor.owner)


def _written_target(project: Project, cursor: Cursor, owner: Ref) -> Ref | None:
    """The target of a relationship that does not parse yet: its first argument, or its annotation."""
    candidates: list[n.Expr] = []
    for node in cursor.chain:
        if isinstance(node, n.AnnAssign):
            candidates.append(node.annotation)
        if isinstance(node, n.Call) and roles.called(project, cursor.path, node) in ("relationship", "Relationship"):
            given = [each.value for each in node.keywords if each.name == "argument"] or list(node.args[:1])
            candidates[:0] = given
    for candidate in candidates:
        for each in _class_names(candidate):
            binding = names.resolve_expression(project, cursor.path, each) if not isinstance(each, n.Constant) else None
            if isinstance(binding, names.InProject) and binding.kind == "class":
                return binding.ref
            text = str(each.value) if isinstance(each, n.Constant) else names.dotted_name(each) or ""
            found = class_named(project, owner, next(iter(DOTTED.findall(text)[::-1]), ""))
            if found is not None:
                return found
    return None


def _class_names(node: n.Expr) -> Iterator[n.Expr]:
    """The names in an annotation or argument, innermost first."""
    match node:
        case n.Subscript():
            yield from _class_names(node.index)
        case n.TupleExpr(elts=elts):
            for each in elts:
                yield from _class_names(each)
        case n.BinOp():
            yield from _class_names(node.left)
            yield from _class_names(node.right)
        case n.Lambda():
            yield node.body
        case n.Name() | n.Attribute() | n.Constant(kind="str"):
            yield node
        case _:
            pass


def _backref(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    return _other_side(project, cursor, text)


def _table(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    metadata, schema = metadata_of(project, cursor)
    table = table_named(project, metadata, schema, text.value.strip())
    if table is not None:
        return Pointed(Table(table.metadata, table.key), text.start, text.end)
    return _expression(project, cursor, text)


def _own_table(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    model = project.model(cursor.owner) if cursor.owner is not None else None
    if model is not None:
        return Pointed(Model(model.ref), text.start, text.end) if model.table == text.value else None
    table = own_table(project, cursor)
    return Pointed(Table(table.metadata, table.key), text.start, text.end) if table is not None else None


def own_table(project: Project, cursor: Cursor) -> TableInfo | None:
    """The table that the code at the cursor declares: of its class, or of the `Table(...)` around it."""
    model = project.model(cursor.owner) if cursor.owner is not None else None
    if model is not None and model.table_key is not None:
        return project.table(model.table_key, model.metadata)
    raw = _raw_table(project, cursor)
    return project.table(raw.key, raw.metadata.key) if raw is not None else None


def _own_column(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    table = own_table(project, cursor)
    name = column_named(table, text.value) if table is not None else None
    if table is None or name is None:
        return None
    return Pointed(Column(table.metadata, table.key, name), text.start, text.end)


def _own_attribute(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    thing = attribute_thing(project, cursor.owner, text.value) if cursor.owner is not None else None
    return Pointed(thing, text.start, text.end) if thing is not None else None


def _target_attribute(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    target = proxied(project, cursor)
    thing = attribute_thing(project, target, text.value) if target is not None else None
    return Pointed(thing, text.start, text.end) if thing is not None else None


def proxied(project: Project, cursor: Cursor) -> Ref | None:
    """The class whose attribute the association proxy at the cursor goes to."""
    role = roles.role_of(project, cursor)
    model = project.model(cursor.owner) if cursor.owner is not None else None
    call = role.call if role is not None else None
    if model is None or call is None or not call.args or not isinstance(call.args[0], n.Constant):
        return None
    through = model.relationships.get(str(call.args[0].value))
    return through.target if through is not None else None


def _expression(project: Project, cursor: Cursor, text: Text) -> Pointed | None:
    """A dotted name in code inside a string: `User`, `User.id`, `[Post.author_id]`, `users.c.id`."""
    dotted, index = text.word(DOTTED)
    if not dotted or cursor.owner is None:
        return None
    parts = dotted.split(".")
    count, reached = 1, len(parts[0])
    while index + reached < text.at and count < len(parts):
        reached += 1 + len(parts[count])
        count += 1
    thing = named(project, cursor.owner, parts[:count])
    if thing is None:
        return None
    last = parts[count - 1]
    return Pointed(thing, *text.span(index + reached - len(last), len(last)))


_IN_TEXT = {
    roles.FOREIGN_KEY: _foreign_key,
    roles.CLASS: _class,
    roles.OTHER_SIDE: _other_side,
    roles.BACKREF: _backref,
    roles.TABLE: _table,
    roles.OWN_TABLE: _own_table,
    roles.OWN_COLUMN: _own_column,
    roles.OWN_ATTRIBUTE: _own_attribute,
    roles.TARGET_ATTRIBUTE: _target_attribute,
    roles.EXPRESSION: _expression,
    roles.ANNOTATION: _expression,
}
