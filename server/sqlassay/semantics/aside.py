"""What a function loads beside the query that brought a row: the session knows it, and reading it runs nothing.

Another query with a loader option fills the attribute of the instances that are there already; `refresh()` with names
does, and so does whoever gives the attribute a value. And what a reference leads to is in the session once any query
brought it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from sqlassay.semantics import values as v
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.plans import EAGER_OPTIONS, related
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.frame import Frame

_MOST = 64
"""What one function loads, its calls included: past this it is one that nothing is said of anyway."""


class Aside(Struct, frozen=True):
    """Something that was loaded: an attribute of a class's instances, or instances of it ('')."""

    model: Ref
    attribute: str
    by: Place | None
    """The statement that did; None where no query did."""


def ran(frame: Frame, statement: v.Statement) -> None:
    """A statement was executed."""
    found = frame.aside
    if len(found) > _MOST:
        return
    for each in statement.entities:
        if isinstance(each, v.Model):
            found.add(Aside(each.ref, "", statement.place))
    for option in statement.options:
        if option.strategy in EAGER_OPTIONS:
            found.update(Aside(model, name, statement.place) for model, name in option.path)
        elif option.strategy == "undefer":
            found.update(Aside(model, name, statement.place) for model, name in option.columns)


def given(frame: Frame, owner: v.Value, names: Iterable[str]) -> None:
    """Attributes of an instance are loaded by name, or given a value."""
    for each in v.members(owner):
        if isinstance(each, v.Entity) and len(frame.aside) <= _MOST:
            frame.aside.update(Aside(each.model, name, None) for name in names)


def is_loaded_aside(world: World, frame: Frame, entity: v.Entity, relationship: RelationshipInfo) -> bool:
    """Whether the session may have what a relationship of the instance leads to, from elsewhere than its query.

    Of what a reference leads to, that is asked only where it matters most: a lazy read raises in async code.
    """
    load = entity.load
    session = load.statement.session if load.statement is not None else load.session
    raises = isinstance(session, v.Session) and session.is_async
    return is_loaded(world, frame, entity, relationship.name) or (
        raises and _may_be_known(world, frame, entity, relationship)
    )


def is_loaded(world: World, frame: Frame, entity: v.Entity, name: str) -> bool:
    """Whether something else may have loaded an attribute of the instance, in this function or what it calls."""
    statement = entity.load.statement
    place = statement.place if statement is not None else None
    return any(
        each.attribute == name and (each.by is None or each.by != place) and related(world, each.model, entity.model)
        for each in frame.aside
    )


def _may_be_known(world: World, frame: Frame, entity: v.Entity, relationship: RelationshipInfo) -> bool:
    """Whether what a reference leads to may be in the session already: as a parameter, or from any other query."""
    target, statement = relationship.target, entity.load.statement
    if target is None or relationship.uselist is True:
        return False
    place = statement.place if statement is not None else None
    if any(not each.attribute and each.by != place and related(world, each.model, target) for each in frame.aside):
        return True
    return any(
        related(world, one.model, target) and one.load.statement != statement
        for value in frame.env.values()
        for one in v.entities_in(value)
    )
