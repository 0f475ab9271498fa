"""When SQLAlchemy takes two relationships that write the same column for a mistake (its warning qzyx)."""

from __future__ import annotations

from sqlassay.rules.relationships.arguments import given_to
from sqlassay.semantics.models import RelationshipInfo


def are_linked(one: RelationshipInfo, other: RelationshipInfo) -> bool:
    """Whether two relationships name each other, or `overlaps` allows that they write the same."""
    if other.name in _names(one) or one.name in _names(other):
        return True
    return one.name in (other.back_populates, other.backref) or other.name in (one.back_populates, one.backref)


def _names(relationship: RelationshipInfo) -> set[str]:
    """What `overlaps` names. Where it cannot be read, nothing certain is known of it (`is_readable`)."""
    return {each.strip() for each in (given_to(relationship).text("overlaps") or "").split(",")}


def is_readable(relationship: RelationshipInfo) -> bool:
    """Whether what a relationship says of its overlaps can be read."""
    given = given_to(relationship)
    return "overlaps" not in given.keywords or given.text("overlaps") is not None
