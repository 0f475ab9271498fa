"""What the rules on columns ask in common."""

from __future__ import annotations

import os
from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.facts.model import ClassFact
from sqlassay.semantics import names
from sqlassay.semantics.canonical import SA_NAMESPACE, canonical
from sqlassay.semantics.events import ColumnMade, Event, ModelDeclared
from sqlassay.semantics.frame import Frame
from sqlassay.semantics.models import ColumnInfo, RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_CONTEXT = ("alembic", "context")

DEFAULTS = ("default", "insert_default", "onupdate")
"""Arguments of a column that give a value on the Python side."""


def own_columns(declared: ModelDeclared) -> Iterator[ColumnInfo]:
    """The columns that the class's own body declares."""
    return (each for each in declared.model.columns.values() if each.owner == declared.model.ref)


def own_relationships(declared: ModelDeclared) -> Iterator[RelationshipInfo]:
    """The relationships that the class's own body declares; those of a backref stand elsewhere."""
    for each in declared.model.relationships.values():
        if each.owner == declared.model.ref and not each.made_by_backref:
            yield each


def within(place: Place, node: n.Node) -> Place:
    """A node of the statement that `place` is in."""
    return Place(place.path, place.anchor, node.start, node.end)


def is_migration(world: World, path: str) -> bool:
    """Whether a file is a revision of Alembic's, or helps them: it lies in the folder of an `env.py` that runs them.

    The models there are tables as they once were: what is wrong with them is to be mended elsewhere.
    """
    facts = world.facts(path)
    if facts is None:
        return False
    revises = "upgrade" in facts.functions and "revision" in facts.variables
    return revises or any(path.startswith(os.path.join(each, "")) for each in _environments(world))


def _environments(world: World) -> tuple[str, ...]:
    """The folders of Alembic's environments; one that the whole project lies in says nothing."""
    found: tuple[str, ...] = world.memo.of(("alembic environments",), lambda: tuple(_found_environments(world)), ())
    return found


def _found_environments(world: World) -> Iterator[str]:
    paths = world.paths
    whole = os.path.commonpath(paths) if len(paths) > 1 else ""
    for path in paths:
        folder, name = os.path.split(path)
        facts = world.facts(path) if name == "env.py" and folder != whole else None
        if facts is not None and any((each.module, each.name) == _CONTEXT for each in facts.imports.values()):
            yield folder


def made_once(made: ColumnMade) -> bool:
    """Whether the column is made when its module is imported, and the module lives on."""
    frame: Frame | None = made.frame
    while frame is not None:
        if frame.function is not None and not any(_is_declared_attr(each) for each in frame.function.decorators):
            return False
        frame = frame.parent
    return not is_migration(made.world, made.path)


def uses_local(made: ColumnMade, node: n.Expr) -> bool:
    """Whether an expression names something that the class body (or the function) binds: a lambda would not see it."""
    return any(isinstance(each, n.Name) and each.id in made.frame.env for each in walk(node))


def _is_declared_attr(node: n.Expr) -> bool:
    match node:
        case n.Name(id="declared_attr") | n.Attribute(attr="declared_attr"):
            return True
        case n.Attribute(value=inner):
            return _is_declared_attr(inner)
        case _:
            return False


def library_name(world: World, path: str, node: n.Expr) -> str:
    """SQLAlchemy's name for what an expression names, `db.Column` of Flask-SQLAlchemy too; '' for anything else."""
    binding = names.resolve_expression(world, path, node)
    match binding:
        case names.Outside(name=name):
            origin, _, last = canonical(name).rpartition(":")
            return last if origin in ("sa", "dialect") else ""
        case None:
            return node.attr if isinstance(node, n.Attribute) and node.attr in SA_NAMESPACE else ""
        case _:
            return ""


def fails_on_second(made: ColumnMade) -> bool:
    """Whether two rows cannot have the same value in the column."""
    flags = (made.keyword_node(name) for name in ("primary_key", "unique"))
    return any(isinstance(each, n.Constant) and each.value is True for each in flags)


def dotted(node: n.Expr) -> str | None:
    """The code of a dotted name; None for anything else."""
    match node:
        case n.Name(id=name):
            return name
        case n.Attribute(value=inner, attr=attr):
            owner = dotted(inner)
            return f"{owner}.{attr}" if owner is not None else None
        case _:
            return None


def is_dataclass(event: Event) -> bool:
    """Whether the class around is mapped as a dataclass: its fields then follow from its annotations."""
    cls = event.frame.cls
    return cls is not None and maps_dataclass(event.world, cls)


def maps_dataclass(world: World, ref: Ref) -> bool:
    """Whether a class, or one it inherits from, is mapped as a dataclass."""
    line = ((each.path, names.class_fact(world, each)) for each in names.mro(world, ref)[0])
    return any(_dataclass(world, path, fact) for path, fact in line if fact is not None)


def _dataclass(world: World, path: str, fact: ClassFact) -> bool:
    for base in fact.bases:
        node = base.value if isinstance(base, n.Subscript) else base
        binding = names.resolve_expression(world, path, node)
        if isinstance(binding, names.Outside) and canonical(binding.name) == "sa:MappedAsDataclass":
            return True
    return any(_names_dataclass(each) for each in fact.decorators)


def _names_dataclass(node: n.Expr) -> bool:
    match node:
        case n.Call(func=func):
            return _names_dataclass(func)
        case n.Name(id=name) | n.Attribute(attr=name):
            return name in ("dataclass", "mapped_as_dataclass", "unmapped_dataclass")
        case _:
            return False
