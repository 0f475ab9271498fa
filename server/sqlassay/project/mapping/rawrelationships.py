"""Relationships as they are declared, before the class they lead to is looked up."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.project.mapping import hints
from sqlassay.project.mapping.things import Arguments, Scope, Thing
from sqlassay.semantics.models import RelationshipInfo

CALLS = frozenset({"sa:relationship", "sa:Relationship", "sa:relation", "sa:dynamic_loader", "db.relationship"})
"""Calls that make a relationship."""


class RawRelationship(Struct):
    """A relationship before its target is looked up."""

    info: RelationshipInfo
    arguments: Arguments
    scope: Scope
    held: hints.Held | None
    target: Thing | None = None
    """What its first argument is."""
    backref: tuple[str, Arguments, Scope] | None = None
