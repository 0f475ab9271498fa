"""What a read of an instance's attribute runs, said where it happens: here, or in what a call calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlassay.semantics import events as ev
from sqlassay.semantics import plans, states
from sqlassay.semantics import values as v
from sqlassay.semantics.flow import reached_for_rows
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


def of_relationship(self: Evaluator, owner: v.Entity, relationship: RelationshipInfo, node: n.Expr) -> None:
    """A relationship is read off an instance at `node`."""
    frame = self.frame
    if states.EXPIRED in owner.load.state:
        _expired(self, owner, relationship.name, node)
        return
    outcome = states.on_new(owner, relationship) if owner.load.kind == "new" else None
    if owner.load.kind == "new":
        states.kept(frame, owner, relationship.name)
    else:
        outcome = plans.on_read(self.world, owner, relationship)
    if outcome == plans.RUNS and (
        plans.is_held(self.world, frame.env.values(), owner, relationship)
        or plans.is_brought(self.world, frame.ran.values(), owner, relationship)
    ):
        outcome = None
    loads = outcome in (plans.RUNS, plans.RAISES)
    again = loads and frame.read_again(owner.load, relationship.name)
    if not frame.quiet:
        self.emit(
            ev.RelationshipRead(self.world, frame, node, owner, relationship, outcome, owner.load, again, frame.maybe)
        )
    elif loads and not again and outcome is not None:
        certain = not frame.maybe and reached_for_rows(frame, node)
        loops = tuple(frame.loops)
        frame.reads.append(ev.Read(node, self.place(node), owner, relationship, outcome, "", loops, certain))


def of_column(self: Evaluator, owner: v.Entity, model: ModelInfo, name: str, node: n.Expr) -> None:
    """A column's attribute is read off an instance at `node`: most often it is there."""
    load = owner.load
    if states.EXPIRED in load.state:
        _expired(self, owner, name, node)
        return
    column = model.columns[name]
    if states.UPDATED in load.state and states.made_by_update(column):
        _column(self, owner, column, plans.RUNS, "updated", node)
        return
    if not column.deferred and (load.statement is None or not load.statement.options):
        return
    outcome = plans.on_column_read(self.world, owner, model, name)
    if outcome in (plans.RUNS, plans.RAISES):
        _column(self, owner, column, outcome, "deferred", node)


def _expired(self: Evaluator, owner: v.Entity, name: str, node: n.Expr) -> None:
    """Whichever attribute of an expired instance is read: all its columns are loaded again."""
    model = self.world.model(owner.model)
    column = next(iter(model.columns.values()), None) if model is not None else None
    if model is not None and column is not None:
        _column(self, owner, model.columns.get(name, column), plans.RUNS, "expired", node)


def _column(self: Evaluator, owner: v.Entity, column: ColumnInfo, outcome: str, why: str, node: n.Expr) -> None:
    frame = self.frame
    again = frame.read_again(owner.load, column.attribute if why == "deferred" else f"({why})")
    if not frame.quiet:
        self.emit(ev.ColumnRead(self.world, frame, node, owner, column, outcome, why, again, frame.maybe))
    elif not again:
        certain = not frame.maybe and reached_for_rows(frame, node)
        frame.reads.append(ev.Read(node, self.place(node), owner, column, outcome, why, tuple(frame.loops), certain))


def made_known(self: Evaluator, owner: v.Entity, name: str) -> None:
    """An attribute was loaded, or set, on purpose: reading it later runs nothing."""
    self.frame.read_again(owner.load, name)


def in_call(self: Evaluator, node: n.Expr, reads: Iterable[ev.Read], brought: list[v.Entity]) -> None:
    """What a call reads of the instances that it was given: say so here, or leave it to the caller."""
    for read in reads:
        origin = origin_of(read.entity, brought)
        if origin is not None:
            _in_call(self, node, read, origin.load.loop)


def _in_call(self: Evaluator, node: n.Expr, read: ev.Read, loop: int) -> None:
    frame = self.frame
    entity = read.entity if read.entity.load.loop else v.varying(read.entity, loop)
    info = read.attribute
    name = info.name if isinstance(info, RelationshipInfo) else info.attribute
    if isinstance(info, RelationshipInfo) and (
        plans.is_held(self.world, frame.env.values(), entity, info)
        or plans.is_brought(self.world, frame.ran.values(), entity, info)
    ):
        return
    around = (*frame.loops, *read.loops)
    again = frame.read_again(entity.load, name if read.why in ("", "deferred") else f"({read.why})")
    if frame.quiet:
        if not again:
            certain = not frame.maybe and reached_for_rows(frame, node)
            frame.reads.append(ev.Read(read.node, read.place, entity, info, read.outcome, read.why, around, certain))
    elif isinstance(info, RelationshipInfo):
        self.emit(
            ev.RelationshipReadInCall(
                self.world, frame, node, entity, info, read.outcome, entity.load, read.place, around, again
            )
        )
    else:
        self.emit(
            ev.ColumnReadInCall(
                self.world, frame, node, entity, info, read.outcome, read.why, read.place, around, again
            )
        )


def here(self: Evaluator, read: ev.Read) -> None:
    """A function inside this one reads when called: here is where it happens."""
    frame = self.frame
    if frame.quiet:
        frame.reads.append(read)
        return
    if (read.place.path, read.place.anchor) != (frame.path, frame.anchor):
        # A function that another one gave back.
        return
    load, info = read.entity.load, read.attribute
    frame.loops.extend(read.loops)
    if isinstance(info, RelationshipInfo):
        again = frame.read_again(load, info.name)
        self.emit(ev.RelationshipRead(self.world, frame, read.node, read.entity, info, read.outcome, load, again))
    else:
        again = frame.read_again(load, info.attribute)
        self.emit(ev.ColumnRead(self.world, frame, read.node, read.entity, info, read.outcome, read.why, again))
    del frame.loops[len(frame.loops) - len(read.loops) :]


def brought(values: Iterable[v.Value]) -> Iterator[v.Entity]:
    """The instances in values of which it is known how they came: their attributes may be read."""
    for value in values:
        for each in v.entities_in(value):
            if each.load.statement is not None or each.load.state:
                yield each


def origin_of(entity: v.Entity, given: Iterable[v.Entity]) -> v.Entity | None:
    """The argument through which a function came by an instance; one that varies before one that does not."""
    found: v.Entity | None = None
    for each in given:
        ours, theirs = entity.load, each.load
        if ours.statement != theirs.statement or ours.origin != theirs.origin:
            continue
        if ours.path[: len(theirs.path)] == theirs.path:
            found = each if found is None or theirs.loop else found
    return found
