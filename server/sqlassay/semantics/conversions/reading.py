"""Follows a shape, or a template's paths, over a value: which relationships are read, and what is on the other side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sqlassay.facts.model import FunctionFact
from sqlassay.semantics import attributes, calls, names, plans, reads, signatures
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.conversions import mapped, marshmallow, pydantic, schemas
from sqlassay.semantics.conversions.shapes import Conversion, Many, Schema, Shape, Step, Steps
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

_DEPTH = 8
"""Objects inside objects."""

STEPS: dict[str, Steps] = {
    "pydantic": pydantic.steps,
    "marshmallow": marshmallow.steps,
    "dataclass": mapped.steps,
}


def convert(self: Evaluator, shape: Shape | None, value: v.Value, conversion: Conversion) -> None:
    """A value is read as the shape says: emits what that reads."""
    match shape:
        case Many(inner=inner):
            for each in v.members(value):
                if isinstance(each, v.TupleValue):
                    for item in each.items:
                        convert(self, inner, item, conversion)
                elif isinstance(each, v.Collection | v.Result | v.Statement):
                    with each_of(self, each, conversion) as element:
                        convert(self, inner, element, conversion)
        case Schema():
            for each in v.members(value):
                _object(self, shape, each, conversion)
        case _:
            pass


@contextmanager
def each_of(self: Evaluator, value: v.Value, conversion: Conversion, place: Place | None = None) -> Iterator[v.Value]:
    """Inside, the conversion goes through a value: what one of its elements is."""
    from sqlassay.semantics.expressions import element_of

    key = next(self.keys)
    frame = self.frame
    node = conversion.node
    frame.loops.append(ev.Loop(key, node, "call", value, frozenset(), place or self.place(node)))
    try:
        yield v.vary(element_of(self, value, node), key)
    finally:
        frame.loops.pop()


def _object(self: Evaluator, schema: Schema, value: v.Value, conversion: Conversion) -> None:
    steps = STEPS[schema.library](self.world, schema)
    if isinstance(value, v.DictValue):
        given = dict(value.entries)
        for step in steps:
            if step.key in given:
                convert(self, step.inner, given[step.key], conversion)
    elif isinstance(value, v.Entity):
        around = (schema.ref, value.model)
        if around in conversion.seen or len(conversion.seen) >= _DEPTH:
            return
        allowed = conversion.forced or schema.library != "pydantic"
        if not (allowed or schemas.reads_attributes(self.world, schema.ref)):
            return
        inside = replace(conversion, seen=(*conversion.seen, around))
        for step in steps:
            _field(self, step, value, inside)


def _field(self: Evaluator, step: Step, owner: v.Entity, conversion: Conversion) -> None:
    for way in step.ways:
        if not has(self, owner, way[0]):
            continue
        value: v.Value = owner
        for name in way:
            value = read(self, value, name, step.place, conversion)
        convert(self, step.inner, value, conversion)
        return


def holds_rows(value: v.Value) -> bool:
    """Whether a value holds instances that a query brought."""
    match value:
        case v.DictValue(value=inner, entries=entries):
            return holds_rows(inner) or any(holds_rows(each) for _, each in entries)
        case v.Statement(kind="query"):
            return True
        case v.Result(row=row):
            return holds_rows(row)
        case v.Union(values=values):
            return any(holds_rows(each) for each in values)
        case v.Instance():
            return True
        case _:
            return any(each.load.statement is not None for each in v.entities_in(value))


def has(self: Evaluator, owner: v.Entity, name: str) -> bool:
    """Whether instances of a model have an attribute of this name."""
    model = self.world.model(owner.model)
    return model is not None and (
        name in model.relationships
        or name in model.columns
        or name in model.others
        or names.find_attribute(self.world, owner.model, name) is not None
    )


def read(self: Evaluator, owner: v.Value, name: str, place: Place, conversion: Conversion) -> v.Value:
    """The attribute of a value, read by a conversion at `place`."""
    out: v.Value | None = None
    for each in v.members(owner):
        if isinstance(each, v.Entity):
            found = _of_entity(self, each, name, place, conversion)
            out = found if out is None else v.join(out, found)
    return out if out is not None else v.UNKNOWN


def _of_entity(self: Evaluator, owner: v.Entity, name: str, place: Place, conversion: Conversion) -> v.Value:
    model = self.world.model(owner.model)
    relationship = model.relationships.get(name) if model is not None else None
    if model is not None and relationship is not None:
        if _say(self, owner, relationship, place, conversion) and _is_async(owner):
            return v.UNKNOWN  # it raised
        return attributes.beyond(self, owner, relationship, conversion.node)
    found = names.find_attribute(self.world, owner.model, name)
    if found is None or not isinstance(found[1], FunctionFact) or not signatures.is_property(found[1]):
        return v.UNKNOWN
    return of_function(self, v.FunctionValue(Ref(found[0].path, found[1].qualname), owner), (), conversion)


def of_function(
    self: Evaluator, function: v.FunctionValue, args: tuple[v.Value, ...], conversion: Conversion
) -> v.Value:
    """A conversion calls a function of the project: what comes out; what it reads is the conversion's reading."""
    frame = self.frame
    known = len(frame.reads)
    found: list[ev.Event] = []
    outer, self.sink = self.sink, found.append
    try:
        answer = calls.follow(self, function, args, {}, conversion.node)
    finally:
        self.sink = outer
    for each in found:
        if isinstance(each, ev.RelationshipReadInCall) and not each.again:
            node, by = conversion.node, conversion.library
            read = ev.Read(
                node,
                each.read,
                each.entity,
                each.relationship,
                each.outcome,
                "",
                each.around[len(frame.loops) :],
                conversion.certain,
                by,
            )
            reads.converted(self, read)
    frame.reads[known:] = [
        replace(each, by=conversion.library, certain=each.certain and conversion.certain)
        for each in frame.reads[known:]
    ]
    return answer


def _say(
    self: Evaluator, owner: v.Entity, relationship: RelationshipInfo, place: Place, conversion: Conversion
) -> bool:
    """Say that a relationship is read, if reading it runs a query; whether it does."""
    frame = self.frame
    load = owner.load
    outcome = reads.outcome_of(self, owner, relationship)
    if outcome not in (plans.RUNS, plans.RAISES):
        return False
    if not ((conversion.leaving and _is_detached(self, load)) or frame.read_again(load, relationship.name)):
        node, by = conversion.node, conversion.library
        reads.converted(self, ev.Read(node, place, owner, relationship, outcome, "", (), conversion.certain, by))
    return True


def _is_async(owner: v.Entity) -> bool:
    session = owner.load.statement.session if owner.load.statement is not None else None
    return isinstance(session, v.Session) and session.is_async


_ENDS = frozenset(["close", "aclose", "expunge", "expunge_all", "remove"])


def _is_detached(self: Evaluator, load: v.Load) -> bool:
    """Whether the function's end, or something in it, takes the session from the rows that it returns."""
    session = load.statement.session if load.statement is not None else None
    opened = isinstance(session, v.Session) and session.origin is not None
    return opened or any(each.method in _ENDS for each in self.frame.uses)
