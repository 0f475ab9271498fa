"""Objects that columns hold (JSON, arrays, pickles), and what a function changes in them in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlassay.semantics import reads, states
from sqlassay.semantics import values as v
from sqlassay.semantics.events import Change
from sqlassay.semantics.models import ColumnInfo
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator
    from sqlassay.semantics.frame import Frame

_HOLDERS = frozenset("JSON JSONB PickleType ARRAY HSTORE JSONType MutableJson NestedMutableJson".split())
"""Types whose values are lists, dicts and other objects that can be changed."""

_DEEPEST = 3


def may_change(column: ColumnInfo) -> bool:
    """Whether a column's values may be objects that can be changed in place; those of the project's own types may."""
    kind = column.sql_type
    return kind is not None and (kind.name in _HOLDERS or kind.decorator is not None)


def inside(value: v.Stored) -> v.Value:
    """What an item of a stored object is: an object inside it."""
    return v.Stored(value.entity, value.attribute, value.depth + 1) if value.depth < _DEEPEST else v.UNKNOWN


def changed(self: Evaluator, owner: v.Value, node: n.Node, how: str) -> None:
    """`owner` is changed in place: note it, where it is certainly what a column holds."""
    frame = self.frame
    stored = v.first(owner, v.Stored)
    if frame.quiet or not isinstance(stored, v.Stored):
        return
    loops = tuple(each.key for each in frame.loops)
    frame.changes.append(Change(node, self.place(node), stored, how, frame.order, loops))


def augmented(self: Evaluator, node: n.AugAssign, target: n.Attribute, right: v.Value) -> bool:
    """`item.tags += [...]`, `item.data |= {...}`: changes the object, and gives the attribute the same one again."""
    if (node.op, type(right)) not in _IN_PLACE:
        return False
    value = self.expr(target)
    changed(self, value, node, "augmented")
    return isinstance(v.first(value, v.Stored), v.Stored)


_IN_PLACE = frozenset([("+", v.TupleValue), ("+", v.Collection), ("|", v.DictValue)])


def assigned(self: Evaluator, owner: v.Value, attribute: str, value: v.Value, node: n.Expr | None = None) -> None:
    """`owner.attribute = value`: another object is news to SQLAlchemy; the same one, changed or not, is none.

    `node` is what the code assigns to.
    """
    for each in v.members(owner):
        if isinstance(each, v.Entity):
            model = self.world.model(each.model)
            if node is not None and model is not None and attribute in model.relationships:
                reads.replaced(self, each, model.relationships[attribute], node)
            if model is not None and (attribute in model.columns or attribute in model.relationships):
                states.assigned(self.frame, each, attribute, attribute in model.columns)
            same = v.first(value, v.Stored)
            if not (isinstance(same, v.Stored) and (same.attribute, same.depth) == (attribute, 0)):
                say(self.frame, each, attribute)


def say(frame: Frame, entity: v.Entity, attribute: str) -> None:
    """SQLAlchemy is told that an attribute (any, where it is '') of an instance has another value."""
    frame.said.add((entity.model, attribute))


def of_function(frame: Frame) -> tuple[Change, ...]:
    """What the function of a frame that was walked changed in place."""
    for each in frame.changes:
        model = each.stored.entity.model
        each.said = (model, each.stored.attribute) in frame.said or (model, "") in frame.said
    return tuple(frame.changes)
