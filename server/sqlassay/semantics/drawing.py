"""Which loop an instance varies with that code takes out of a container by an index, a key, or one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlassay.facts.collect import own_statements
from sqlassay.semantics import values as v
from sqlassay.semantics.flow import derived_names, rebound_in
from sqlassay.semantics.names import names_of
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator
    from sqlassay.semantics.events import Loop


def by_key(self: Evaluator, value: v.Value, names: frozenset[str]) -> v.Value:
    """`rows[index]`, `by_id.get(key)`: another one in each round of the loop that the key varies with."""
    loops = self.frame.loops
    if not loops or not names or not v.entities_in(value):
        return value
    for loop in reversed(loops):
        if not names.isdisjoint(_counted(loop.node) if isinstance(loop.node, n.While) else derived_names(loop)):
            return _varying(self, value, loop.key)
    return value


def _counted(loop: n.While) -> set[str]:
    """The names that a `while` counts on: `index += 1`."""
    body = own_statements(loop.body)
    return {each.target.id for each in body if isinstance(each, n.AugAssign) and isinstance(each.target, n.Name)}


def next_one(self: Evaluator, value: v.Value, node: n.Expr) -> v.Value:
    """`next(rows)`, `rows.pop()` at `node`: another one in each round, where the rows were fetched outside the loop."""
    loops = self.frame.loops
    if not loops or loops[-1].kind not in ("for", "while"):
        return value
    fetched = [each.load.statement for each in v.entities_in(value)]
    if not fetched or any(each is None or _is_inside(self, loops[-1], each.place, node) for each in fetched):
        return value
    return _varying(self, value, loops[-1].key)


def _is_inside(self: Evaluator, loop: Loop, place: Place, node: n.Expr) -> bool:
    """Whether each round runs the statement at `place` again. One that another function makes runs where its rows get
    their name.
    """
    here = self.place(loop.node)
    if (place.path, place.anchor) == (here.path, here.anchor):
        return here.holds(place)
    whole = loop.node
    return isinstance(whole, n.For | n.While) and not rebound_in(whole).isdisjoint(names_of(node))


def _varying(self: Evaluator, value: v.Value, key: int) -> v.Value:
    active = {each.key for each in self.frame.loops}
    return v.with_entities(value, lambda each: each if each.load.loop in active else v.varying(each, key))
