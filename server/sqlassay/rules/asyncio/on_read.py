"""Reads that would have to await the database: what the rules about them share."""

from __future__ import annotations

from typing import Union

from sqlassay.semantics import names
from sqlassay.semantics import values as v
from sqlassay.semantics.asking import is_caught
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.events import ColumnRead, ColumnReadInCall, RelationshipRead, RelationshipReadInCall
from sqlassay.semantics.states import GONE, session_of
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

RelationshipReads = Union[RelationshipRead, RelationshipReadInCall]
ColumnReads = Union[ColumnRead, ColumnReadInCall]


def session_of_read(read: RelationshipReads | ColumnReads) -> v.Session | None:
    """The AsyncSession that a read would go through, where it certainly is one and nobody catches what is raised."""
    session = session_of(read.entity)
    if session is None or not session.is_async or not session.certain:
        return None
    if isinstance(read, RelationshipRead | ColumnRead) and (read.maybe or _is_captured(read)):
        return None
    return None if read.again or is_caught(read.frame, read.node) else session


def _is_captured(read: RelationshipRead | ColumnRead) -> bool:
    """Whether the read is to be told elsewhere, if at all: a function inside another one shares its instances.

    What befalls an instance of the outer one until the inner one runs is known where that is called. An instance of the
    inner one's own is told of in its own walk.
    """
    frame = read.frame
    inner = next((each for each in read.enclosing(read.node) if isinstance(each, n.FunctionDef | n.Lambda)), None)
    if inner is None or frame.function is None:
        return False
    load = read.entity.load
    origin = load.statement.place if load.statement is not None else load.origin
    own = origin is not None and frame.unit.place(inner).holds(origin)
    if inner is frame.function:
        return not own and frame.parent is not None and frame.parent.function is not None
    return own and isinstance(inner, n.FunctionDef)


def raises(read: RelationshipReads | ColumnReads) -> str:
    """What happens at the read."""
    if GONE in read.entity.load.state:
        return "its session is closed, and reading it raises DetachedInstanceError"
    return "a read cannot wait for the database, and raises MissingGreenlet"


def spelled(read: RelationshipReads | ColumnReads) -> str:
    """How the code names the instance, for a message: `user` of `user.posts`; else its class in small letters."""
    node = read.node.value if isinstance(read.node, n.Attribute) else None
    name = names.dotted_name(node) if node is not None and not hasattr(read, "read") else None
    return name or read.entity.model.name.rsplit(".", 1)[-1].lower()


def sentence(remedies: list[str]) -> str:
    """What to do, one of several ways."""
    text = ", or ".join(remedies)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def has_awaitable_attrs(world: World, ref: Ref) -> bool:
    """Whether a class has SQLAlchemy's AsyncAttrs among its bases."""
    return any(
        isinstance(binding := names.resolve_expression(world, each.path, base), names.Outside)
        and canonical(binding.name) == "sa:AsyncAttrs"
        for each in names.mro(world, ref)[0]
        for fact in [names.class_fact(world, each)]
        for base in (fact.bases if fact is not None else ())
    )
