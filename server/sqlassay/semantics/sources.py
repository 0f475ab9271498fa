"""What a statement selects from, and whether something is among it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from sqlassay.semantics import values as v
from sqlassay.semantics.plans import related
from sqlassay.semantics.shapes import Source
from sqlassay.semantics.world import Ref, World


class Sources(Struct, frozen=True):
    """What the FROM clause of a statement lists without its criteria."""

    found: tuple[Source, ...]
    known: bool
    """There is nothing else in it."""


def sources(statement: v.Statement) -> Sources:
    """What a statement selects, joins and names in `select_from`."""
    shape = statement.shape
    found = [*shape.froms, *(each.source for each in shape.joins)]
    known = shape.whole and bool(statement.entities)
    for each in statement.entities:
        match each:
            case v.Model() | v.Mapped():
                found.append(each.source)
            case v.Clause():
                found.extend(column.source for column in each.columns)
                known = known and each.whole
            case v.Const():
                pass
            case _:
                known = False
    return Sources(tuple(dict.fromkeys(found)), known)


def is_among(world: World, found: Iterable[Source], source: Source) -> bool:
    """Whether a source is one of those found, or shares its rows with one: by inheritance, or in the same table."""
    return any(each.alias == source.alias and _together(world, each.model, source.model) for each in found)


def _together(world: World, left: Ref, right: Ref) -> bool:
    return kin(world, left, right) or not _tables(world, left).isdisjoint(_tables(world, right))


def _tables(world: World, ref: Ref) -> frozenset[str]:
    model = world.model(ref)
    return frozenset(model.tables) if model is not None else frozenset()


def kin(world: World, left: Ref, right: Ref) -> bool:
    """Whether two classes are of one hierarchy of mapped classes."""
    return related(world, left, right) or not _hierarchy(world, left).isdisjoint(_hierarchy(world, right))


def _hierarchy(world: World, ref: Ref) -> frozenset[Ref]:
    """A class and the mapped classes above it."""
    found = [ref]
    while True:
        model = world.model(found[-1])
        if model is None or model.inherits is None or model.inherits in found:
            return frozenset(found)
        found.append(model.inherits)
