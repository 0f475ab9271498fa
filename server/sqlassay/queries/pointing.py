"""From the code at a position to the thing it names: a model, a table, a column, a relationship."""

from __future__ import annotations

import re

from sqlassay.facts.collect import own_statements
from sqlassay.project.index import Project
from sqlassay.queries.answers import Column, Other, Table, Thing
from sqlassay.queries.cursor import Cursor, cursor_at
from sqlassay.queries.naming import TABLE_COLUMNS, attribute_thing, column_named, model_thing, table_held
from sqlassay.queries.probing import value_of
from sqlassay.queries.strings import Pointed, in_text
from sqlassay.semantics import names
from sqlassay.semantics import values as v
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


def point(project: Project, path: str, offset: int) -> Pointed | None:
    """What the code at a byte of a file names; None where it is nothing of the mapper's."""
    parsed = project.files.parsed(path)
    cursor = cursor_at(parsed, path, offset) if parsed is not None else None
    if cursor is None:
        return None
    if cursor.text is not None:
        return in_text(project, cursor, cursor.text)
    return _in_code(project, cursor)


def _in_code(project: Project, cursor: Cursor) -> Pointed | None:
    node = cursor.node
    match node:
        case n.ClassDef() | n.FunctionDef():
            end = node.name_start + len(node.name.encode())
            if not node.name_start <= cursor.at <= end:
                return None
            thing = _defined(project, cursor, node)
            return Pointed(thing, cursor.base + node.name_start, cursor.base + end) if thing is not None else None
        case n.ImportFrom():
            return _imported(project, cursor)
        case n.Keyword(name=str(name)) if cursor.at <= node.start + len(name.encode()):
            thing = _keyword(project, cursor, node)
            start = cursor.base + node.start
            return Pointed(thing, start, start + len(name.encode())) if thing is not None else None
        case n.Name():
            thing = _name(project, cursor, node)
            return Pointed(thing, *cursor.span(node)) if thing is not None else None
        case n.Attribute() if cursor.at >= node.end - len(node.attr.encode()):
            thing = _attribute(project, cursor, node)
            end = cursor.base + node.end
            return Pointed(thing, end - len(node.attr.encode()), end) if thing is not None else None
        case _:
            return None


def _defined(project: Project, cursor: Cursor, node: n.ClassDef | n.FunctionDef) -> Thing | None:
    if isinstance(node, n.ClassDef):
        return model_thing(project, Ref(cursor.path, ".".join(cursor.classes)))
    thing = attribute_thing(project, cursor.owner, node.name) if cursor.owner is not None else None
    return None if isinstance(thing, Other) else thing


def _imported(project: Project, cursor: Cursor) -> Pointed | None:
    source = project.files.source(cursor.path)
    if source is None or not isinstance(cursor.node, n.ImportFrom):
        return None
    line_start, line_end = source.line_span(source.line_at(cursor.base + cursor.at))
    for match in re.finditer(rb"[\w\x80-\xff]+", source.data[line_start:line_end]):
        start, end = line_start + match.start(), line_start + match.end()
        word = match[0].decode("utf-8", "replace")
        if not start <= cursor.base + cursor.at <= end:
            continue
        for name, alias in cursor.node.names:
            if word in (name, alias):
                thing = _of_binding(project, names.resolve(project, cursor.path, alias or name))
                return Pointed(thing, start, end) if thing is not None else None
    return None


def _of_binding(project: Project, binding: names.Binding | None) -> Thing | None:
    """A class or `Table(...)` that a name of a module stands for."""
    match binding:
        case names.InProject(kind="class", ref=ref):
            return model_thing(project, ref)
        case names.InProject(kind="variable", ref=ref):
            return table_held(project, ref)
        case _:
            return None


def _name(project: Project, cursor: Cursor, node: n.Name) -> Thing | None:
    statement = next((each for each in reversed(cursor.chain) if isinstance(each, n.Assign | n.AnnAssign)), None)
    inside = any(isinstance(each, n.FunctionDef | n.Lambda | n.Comprehension) for each in cursor.chain)
    if cursor.owner is not None and not inside:
        body = [each for each in cursor.chain if isinstance(each, n.ClassDef)]
        targets = _targets(statement)
        local = node.id in _assigned(project, cursor.owner)
        if any(each is node for each in targets) or (local and _in_body(cursor, body[-1])):
            return attribute_thing(project, cursor.owner, node.id)
    if inside and _is_local(cursor, node.id):
        value = value_of(project, cursor, node)
        ref = value.ref if isinstance(value, v.Model) else None
        return model_thing(project, ref) if ref is not None else None
    return _of_binding(project, names.resolve_expression(project, cursor.path, node))


def _assigned(project: Project, ref: Ref) -> set[str]:
    """The names that a class's own body assigns."""
    fact = names.class_fact(project, ref)
    return {each.name for each in fact.attributes} if fact is not None else set()


def _in_body(cursor: Cursor, body: n.ClassDef) -> bool:
    """Whether the position is in the body of a class, and not in its header or a decorator."""
    return any(each.start <= cursor.at <= each.end for each in body.body)


def _targets(statement: n.Assign | n.AnnAssign | None) -> tuple[n.Expr, ...]:
    if isinstance(statement, n.Assign):
        return statement.targets
    return (statement.target,) if statement is not None else ()


def _is_local(cursor: Cursor, name: str) -> bool:
    """Whether a function, lambda or comprehension around the position binds a name."""
    return any(_binds(each, name) for each in cursor.chain)


def _binds(node: n.Node, name: str) -> bool:
    match node:
        case n.FunctionDef(params=params, body=body):
            targets = [target for statement in own_statements(body) for target in _bound(statement)]
            return name in {each.name for each in params} or name in {
                each.id for each in targets if isinstance(each, n.Name)
            }
        case n.Lambda(params=params):
            return name in {each.name for each in params}
        case n.Comprehension(generators=generators):
            return name in {each.target.id for each in generators if isinstance(each.target, n.Name)}
        case _:
            return False


def _bound(statement: n.Stmt) -> tuple[n.Expr, ...]:
    match statement:
        case n.Assign(targets=targets):
            return targets
        case n.AnnAssign(target=target) | n.For(target=target):
            return (target,)
        case _:
            return ()


def _attribute(project: Project, cursor: Cursor, node: n.Attribute) -> Thing | None:
    thing = _of_binding(project, names.resolve_expression(project, cursor.path, node))
    if thing is not None:
        return thing
    if isinstance(node.value, n.Attribute) and node.value.attr in TABLE_COLUMNS:
        return _column_of_table(project, cursor, node.value.value, node.attr)
    owner = names.resolve_expression(project, cursor.path, node.value)
    local = isinstance(node.value, n.Name) and _is_local(cursor, node.value.id)
    if isinstance(owner, names.InProject) and owner.kind == "class" and not local:
        return attribute_thing(project, owner.ref, node.attr)
    value = value_of(project, cursor, node.value)
    for each in v.members(value) if value is not None else ():
        match each:
            case v.Model(ref=ref) | v.Entity(model=ref) | v.Instance(ref=ref):
                found = attribute_thing(project, ref, node.attr)
                if found is not None:
                    return found
            case _:
                pass
    return None


def _column_of_table(project: Project, cursor: Cursor, node: n.Expr, name: str) -> Thing | None:
    """`users.c.id`, `User.__table__.c.id`."""
    key: tuple[str, str] | None = None
    if isinstance(node, n.Attribute) and node.attr == "__table__":
        binding = names.resolve_expression(project, cursor.path, node.value)
        if isinstance(binding, names.InProject):
            model = project.model(binding.ref)
            key = (model.table_key, model.metadata) if model is not None and model.table_key else None
    else:
        thing = _of_binding(project, names.resolve_expression(project, cursor.path, node))
        key = (thing.key, thing.metadata) if isinstance(thing, Table) else None
    table = project.table(*key) if key is not None else None
    found = column_named(table, name) if table is not None else None
    return Column(table.metadata, table.key, found) if table is not None and found is not None else None


def _keyword(project: Project, cursor: Cursor, node: n.Keyword) -> Thing | None:
    """`User(name=...)`, `query.filter_by(name=...)`."""
    call = next((each for each in reversed(cursor.chain) if isinstance(each, n.Call)), None)
    if call is None or node.name is None:
        return None
    binding = names.resolve_expression(project, cursor.path, call.func)
    if isinstance(binding, names.InProject) and binding.kind == "class":
        return attribute_thing(project, binding.ref, node.name)
    if isinstance(call.func, n.Attribute) and call.func.attr == "filter_by":
        value = value_of(project, cursor, call.func.value)
        entities = value.entities if isinstance(value, v.Statement) else ()
        if len(entities) == 1 and isinstance(entities[0], v.Model):
            return attribute_thing(project, entities[0].ref, node.name)
    return None
