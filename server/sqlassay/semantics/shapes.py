"""The shape of a statement: what it selects from and joins, what its criteria name, and how much of that is known.

A statement is built up over branches. What is listed here may be there on some of the ways that lead to it only, so
that "it does not join `Post`" is true on every way where no `Post` is listed. `sometimes` tells the rest: what is on
some ways and not on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from sqlassay.semantics.world import Ref
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.values import Mapped, Option


class Source(Struct, frozen=True):
    """Something that rows come from: a mapped class, or one alias of it."""

    model: Ref
    alias: Place | None = None
    """The call that made the alias."""


class Join(Struct, frozen=True):
    """One join of a statement."""

    source: Source
    along: tuple[Ref, str] | None = None
    """The relationship that gives the ON clause, where one was named."""
    outer: bool = False


class Criterion(Struct, frozen=True):
    """An argument of `where`, `order_by` or another method that takes SQL."""

    method: str
    """where, having, order_by, group_by or distinct"""
    columns: frozenset[Mapped]
    """The attributes of mapped classes it names itself: not those inside subqueries, nor those of `any` and `has`."""
    links: frozenset[frozenset[Source]]
    """The sources that one comparison in it holds together: `User.id == Post.user_id`."""
    whole: bool
    """Nothing else is in it."""
    place: Place


class Shape(Struct, frozen=True):
    """What `Statement` knows beside its entities and options."""

    joins: tuple[Join, ...] = ()
    froms: tuple[Source, ...] = ()
    """What `select_from` names."""
    criteria: tuple[Criterion, ...] = ()
    whole: bool = True
    """All that is joined or selected from is listed, and all criteria are."""
    sometimes: frozenset[str] = frozenset()
    """Traits that the statement has on some ways only."""
    optional: frozenset[Option | Criterion] = frozenset()
    """Options and criteria that it has on some ways only."""


PLAIN = Shape()


def joined(left: Shape, right: Shape, traits: frozenset[str], options: frozenset[Option]) -> Shape:
    """The shape that two branches leave, given the traits and options that only one of them has."""
    if left is right and not traits and not options:
        return left
    criteria = _both(left.criteria, right.criteria)
    apart = [each for each in criteria if each not in left.criteria or each not in right.criteria]
    return Shape(
        _both(left.joins, right.joins),
        _both(left.froms, right.froms),
        criteria,
        left.whole and right.whole,
        left.sometimes | right.sometimes | traits,
        left.optional | right.optional | options | frozenset(apart),
    )


T = TypeVar("T")


def _both(left: tuple[T, ...], right: tuple[T, ...]) -> tuple[T, ...]:
    return left if left == right else left + tuple(each for each in right if each not in left)


def opened(shape: Shape) -> Shape:
    """The shape with something in it that nobody can read."""
    return replace(shape, whole=False) if shape.whole else shape
