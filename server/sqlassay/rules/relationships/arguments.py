"""What the rules on relationships ask in common: the arguments given to one, and how it is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from sqlassay.rules.models.columns import own_relationships, within
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class Given(Struct):
    """The keyword arguments of `relationship(...)`, or of the `backref(...)` in one."""

    relationship: RelationshipInfo
    name: str
    """What it declares, as `Order.lines`."""
    keywords: Mapping[str, n.Expr]
    call: Place | None
    """The call that has the keywords, for a fix; None where they are items of a dictionary."""
    mirrored: bool = False
    """It is the `backref(...)`: what is said there holds for the other side."""

    def place_of(self, keyword: str) -> Place:
        """The value of a keyword."""
        return within(self.relationship.place, self.keywords[keyword])

    def text(self, keyword: str) -> str | None:
        """The value of a keyword that is a plain string."""
        node = self.keywords.get(keyword)
        return node.value if isinstance(node, n.Constant) and isinstance(node.value, str) else None

    def is_true(self, keyword: str) -> bool:
        """Whether a keyword is given, and is plainly True."""
        node = self.keywords.get(keyword)
        return isinstance(node, n.Constant) and node.value is True


def given_in(declared: ModelDeclared) -> Iterator[Given]:
    """The arguments of the relationships that the class's own body declares, and of the backrefs made in them."""
    for each in own_relationships(declared):
        yield given_to(each)
        backref = each.keywords.get("backref")
        if isinstance(backref, n.Call):
            other = each.target_text.rsplit(".", 1)[-1]
            name = f"{other}.{each.backref}" if other and each.backref else "the backref"
            keywords = {key.name: key.value for key in backref.keywords if key.name is not None}
            yield Given(each, name, keywords, within(each.place, backref), mirrored=True)


def effective(declared: ModelDeclared, given: Given) -> RelationshipInfo | None:
    """The relationship that arguments configure: of `backref(...)`, the one that it puts on the other class."""
    if not given.mirrored:
        return given.relationship
    target = declared.world.model(given.relationship.target) if given.relationship.target is not None else None
    made = target.relationships.get(given.relationship.backref or "") if target is not None else None
    return made if made is not None and made.made_by_backref and made.place == given.relationship.place else None


def given_to(relationship: RelationshipInfo) -> Given:
    """The arguments of a relationship; for SQLModel's, those it hands on."""
    handed = relationship.keywords.get("sa_relationship_kwargs")
    if isinstance(handed, n.DictExpr):
        inner = {
            key.value: value
            for key, value in zip(handed.keys, handed.values, strict=True)
            if isinstance(key, n.Constant) and isinstance(key.value, str)
        }
        return Given(relationship, full_name(relationship), {**relationship.keywords, **inner}, None)
    return Given(relationship, full_name(relationship), relationship.keywords, relationship.call)


def deletes_with(given: Given) -> bool:
    """Whether deleting the parent is plainly to delete what the relationship leads to."""
    cascade = given.text("cascade")
    if cascade is None:
        return given.is_true("cascade_delete")
    return not {"all", "delete"}.isdisjoint(tokens(cascade))


def full_name(relationship: RelationshipInfo) -> str:
    """`Order.lines`"""
    return f"{relationship.owner.name.rsplit('.', 1)[-1]}.{relationship.name}"


def tokens(cascade: str) -> list[str]:
    """The words of a cascade, split as SQLAlchemy splits them."""
    return [each for each in re.split(r"\s*,\s*", cascade) if each]
