"""Viewonly relationships, and what a function writes to them: nothing of it reaches the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlassay.semantics import values as v
from sqlassay.semantics.events import ViewWritten
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

_METHODS = frozenset("append add extend update insert remove discard pop clear".split())
"""Methods of lists, sets and dicts that change them."""


def assigned(self: Evaluator, owner: v.Value, target: n.Attribute) -> None:
    """`owner.attribute = ...`"""
    for each in v.members(owner):
        if isinstance(each, v.Entity):
            _note(self, each.model, _viewonly(self, each.model, target.attr), target, "assigned")


def made(self: Evaluator, call: n.Call, ref: Ref) -> None:
    """A mapped class is called with keywords."""
    for each in call.keywords:
        if each.name is not None:
            _note(self, ref, _viewonly(self, ref, each.name), each, "made")


def read(self: Evaluator, owner: v.Entity, relationship: RelationshipInfo, node: n.Expr) -> None:
    """A relationship is read off an instance: perhaps for the sake of a method that changes the collection."""
    if not relationship.viewonly:
        return
    match self.frame.enclosing(node)[:2]:
        case (n.Attribute(attr=method) as callee, n.Call(func=func) as call) if func is callee and method in _METHODS:
            _note(self, owner.model, relationship, call, method)
        case _:
            pass


def _viewonly(self: Evaluator, ref: Ref, attribute: str) -> RelationshipInfo | None:
    if self.frame.quiet:
        return None
    model = self.world.model(ref)
    relationship = model.relationships.get(attribute) if model is not None else None
    return relationship if relationship is not None and relationship.viewonly else None


def _note(self: Evaluator, ref: Ref, relationship: RelationshipInfo | None, node: n.Node, how: str) -> None:
    if relationship is not None and not self.frame.quiet:
        order = self.frame.order
        self.frame.views.append(ViewWritten(node, self.place(node), ref, relationship, how, order))
