"""`with_parent`: the rows that belong to one object, which all of them lead back to."""

from __future__ import annotations

from sqlassay.semantics import values as v
from sqlassay.semantics.names import last_name, names_of
from sqlassay.semantics.plans import related
from sqlassay.semantics.site import Site
from sqlassay.semantics.world import Ref


def pins(site: Site, entity: v.Value | None) -> frozenset[v.Pin]:
    """The references that lead from what is selected to the parent: one object, as in `Post.author == author`.

    `entity` is what a query selects first; None where only the relationship that is given tells it. Of a parent whose
    class is not known, it is the reference that is called as the parent is (`with_parent(self.author)`), else any.
    """
    world = site.ev.world
    given = site.argument(1, "property") if len(site.args) > 1 or "property" in site.keywords else None
    parents = {each.model for each in v.members(site.argument(0, "instance")) if isinstance(each, v.Entity)}
    ref = entity.ref if isinstance(entity, v.Model) else None
    if isinstance(given, v.Mapped):
        owner = world.model(given.model)
        relationship = owner.relationships.get(given.name) if owner is not None else None
        parents = {given.model}
        ref = ref or (relationship.target if relationship is not None else None)
    model = world.model(ref) if ref is not None else None
    if model is None:
        return frozenset()
    node = site.argument_node(0, "instance")
    names = frozenset(names_of(node)) if node is not None else frozenset()
    found = [
        name
        for name, each in model.relationships.items()
        if each.direction in ("many-to-one", None) and each.uselist is not True and _leads(site, each.target, parents)
    ]
    called = last_name(node) if node is not None and not parents else ""
    return frozenset(v.Pin(model.ref, name, names) for name in ([called] if called in found else found))


def _leads(site: Site, target: Ref | None, parents: set[Ref]) -> bool:
    if target is None or not parents:
        return True
    return any(related(site.ev.world, target, each) for each in parents)


def _with_parent(site: Site) -> v.Value:
    return v.Clause(True, pinned=pins(site, None))


FUNCTIONS = {"sa:with_parent": _with_parent}
