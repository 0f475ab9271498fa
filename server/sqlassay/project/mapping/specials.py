"""`__tablename__`, `__table_args__` and their like: whose counts for a class, and the names that libraries make."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.facts.model import FunctionFact, VariableFact
from sqlassay.project.mapping import classes, lineage, reading
from sqlassay.project.mapping.things import UNREAD, Const, Thing, Unread
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


def table_name(world: World, ref: Ref) -> Thing:
    """The name of a class's own table: a string, None where it has none of its own, or UNREAD."""
    found: Thing = world.memo.of(("tablename", ref), lambda: _table_name(world, ref), UNREAD)
    return found


def _table_name(world: World, ref: Ref) -> Thing:
    role = classes.standing(world, ref)
    if _is_renamed(world, ref):
        return UNREAD
    found = special(world, ref, "__tablename__")
    if found is None:
        return _default_name(world, ref, role)
    if isinstance(found, Const) and isinstance(found.value, str | None):
        return found
    return UNREAD


def _is_renamed(world: World, ref: Ref) -> bool:
    """Whether an `__init_subclass__` of a base sets the names of tables."""
    for each in lineage.line(world, ref).refs[1:]:
        found = lineage.find(world, each, "__init_subclass__", own=True)
        if found is not None and isinstance(found[1], FunctionFact):
            node = world.function_node(Ref(each.path, found[1].qualname))
            if node is not None and any(_names_table(part) for part in walk(node)):
                return True
    return False


def _names_table(node: n.Node) -> bool:
    match node:
        case n.Attribute(attr="__tablename__") | n.Constant(value="__tablename__"):
            return True
        case _:
            return False


def special(world: World, ref: Ref, name: str) -> Thing | None:
    """`__tablename__`, `__table_args__` or `__mapper_args__` of a class; None where it has none.

    Those of the mapped class above, and of its mixins, do not count, but for methods, which are called for each class.
    """
    for each in _special_line(world, ref, name):
        found = lineage.find(world, each, name, own=True)
        if found is None:
            continue
        where, fact = found
        if isinstance(fact, VariableFact):
            if fact.value is None:
                continue
            return reading.read(world, fact.value, reading.class_scope(world, where))
        return lineage.declared(world, ref, where, fact)
    return None


def _special_line(world: World, ref: Ref, name: str) -> Iterator[Ref]:
    parent = classes.standing(world, ref).parent
    above = set(lineage.line(world, parent).refs) if parent is not None else set()
    for each in lineage.line(world, ref).refs:
        if each not in above:
            yield each
            continue
        found = lineage.find(world, each, name, own=True)
        if found is not None:
            if isinstance(found[1], FunctionFact) and name != "__table__":
                yield each
            return


_CAMEL = re.compile(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))")


def _default_name(world: World, ref: Ref, role: classes.Standing) -> Thing:
    """The name that a library makes for a class that names no table."""
    last = ref.name.rsplit(".", 1)[-1]
    if role.flavour == "sqlmodel" and not _single(world, ref, role):
        return Const(last.lower())
    snake = _CAMEL.sub(r"_\1", last).lower().lstrip("_")
    if role.registry is not None and role.registry.key == "advanced_alchemy":
        return Const(snake)
    flask = role.flavour == "flask" and role.registry is not None and role.registry.key != "flask_appbuilder"
    if flask and (role.parent is None or _has_own_key(world, ref)):
        return Const(snake)
    return Const(None)


def _single(world: World, ref: Ref, role: classes.Standing) -> bool:
    fact = names.class_fact(world, ref)
    return role.parent is not None and fact is not None and not classes.table_keyword(fact)


def _has_own_key(world: World, ref: Ref) -> bool:
    """Whether a class's own body has a primary key: Flask-SQLAlchemy gives it a table then."""
    fact = names.class_fact(world, ref)
    for each in fact.attributes if fact is not None else ():
        if isinstance(each.value, n.Call) and any(
            keyword.name == "primary_key" and isinstance(keyword.value, n.Constant) and keyword.value.value is True
            for keyword in each.value.keywords
        ):
            return True
    return False


def unread(thing: Thing | None) -> bool:
    """Whether nobody can say what something is."""
    return thing is None or isinstance(thing, Unread)
