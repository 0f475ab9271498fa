"""Which loop an instance varies with that code takes out of a container by an index, a key, or one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlassay.semantics import values as v
from sqlassay.semantics.flow import derived_names

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


def by_key(self: Evaluator, value: v.Value, names: frozenset[str]) -> v.Value:
    """`rows[index]`, `by_id.get(key)`: another one in each round of the loop that the key varies with."""
    loops = self.frame.loops
    if not loops or not names or not v.entities_in(value):
        return value
    for loop in reversed(loops):
        if not names.isdisjoint(derived_names(loop)):
            return _varying(self, value, loop.key)
    return value


def next_one(self: Evaluator, value: v.Value) -> v.Value:
    """`next(rows)`, `rows.pop()`: another one in each round, where the rows were fetched outside the loop."""
    loops = self.frame.loops
    if not loops or loops[-1].kind not in ("for", "while"):
        return value
    here = self.place(loops[-1].node)
    fetched = [each.load.statement for each in v.entities_in(value)]
    if not fetched or any(each is None or here.holds(each.place) for each in fetched):
        return value
    return _varying(self, value, loops[-1].key)


def _varying(self: Evaluator, value: v.Value, key: int) -> v.Value:
    active = {each.key for each in self.frame.loops}
    return v.with_entities(value, lambda each: each if each.load.loop in active else v.varying(each, key))
