"""What a read of an instance's attribute runs, said where it happens: here, or in what a call calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from sqlassay.semantics import events as ev
from sqlassay.semantics import plans, states, views
from sqlassay.semantics import values as v
from sqlassay.semantics.aside import is_loaded, is_loaded_aside
from sqlassay.semantics.asking import asks_first, is_caught
from sqlassay.semantics.flow import always_reached, asks_for, reached_for_rows
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

_SPEAKS = frozenset([plans.RUNS, plans.RAISES])


def of_relationship(self: Evaluator, owner: v.Entity, relationship: RelationshipInfo, node: n.Expr) -> None:
    """A relationship is read off an instance at `node`."""
    frame = self.frame
    if states.EXPIRED in owner.load.state:
        _expired(self, owner, relationship.name, node)
        return
    outcome = outcome_of(self, owner, relationship)
    if outcome in _SPEAKS and asks_for(frame, node, relationship.name):
        # `if "posts" in inspect(user).dict`: where it is not loaded, it is not read.
        outcome = None
    again = outcome in _SPEAKS and frame.read_again(owner.load, relationship.name)
    if not frame.quiet:
        views.read(self, owner, relationship, node)
        load = owner.load
        self.emit(ev.RelationshipRead(self.world, frame, node, owner, relationship, outcome, load, again, frame.maybe))
    elif outcome in _SPEAKS and not again and outcome is not None:
        _leave(self, ev.Read(node, self.place(node), owner, relationship, outcome, "", (), True), node)


def replaced(self: Evaluator, owner: v.Entity, relationship: RelationshipInfo, node: n.Expr) -> None:
    """A collection is given another: SQLAlchemy loads the old one first, to know what goes (`orm.attributes`)."""
    many = relationship.uselist is None and relationship.direction in ("one-to-many", "many-to-many")
    if not (many or relationship.uselist is True) or relationship.lazy not in plans.LAZY_STRATEGIES:
        return
    if states.EXPIRED not in owner.load.state and outcome_of(self, owner, relationship) == plans.RUNS:
        of_relationship(self, owner, relationship, node)


def outcome_of(self: Evaluator, owner: v.Entity, relationship: RelationshipInfo) -> str | None:
    """What reading a relationship off an instance comes to in the frame's function, as `plans.on_read` says it."""
    if owner.load.kind == "new":
        outcome = states.on_new(owner, relationship)
        states.kept(self.frame, owner, relationship.name)
    else:
        outcome = plans.on_read(self.world, owner, relationship)
    if outcome in _SPEAKS and (_is_there(self, owner, relationship) or _is_asked(self, owner, outcome)):
        return None
    return outcome


def _raises(entity: v.Entity, outcome: str | None) -> bool:
    """Whether a read that comes to this raises, rather than run a query: it may not, or it cannot wait."""
    session = states.session_of(entity)
    return outcome == plans.RAISES or (session is not None and session.is_async)


def _is_asked(self: Evaluator, entity: v.Entity, outcome: str | None) -> bool:
    """Whether the function finds out what is loaded before it reads what would raise."""
    return _raises(entity, outcome) and asks_first(self.frame)


def _is_there(self: Evaluator, owner: v.Entity, relationship: RelationshipInfo) -> bool:
    """Whether something beside the instance's own query may have loaded it."""
    frame = self.frame
    return (
        states.TOUCHED in owner.load.state
        or plans.is_held(self.world, frame.env.values(), owner, relationship)
        or is_loaded_aside(self.world, frame, owner, relationship)
    )


def of_column(self: Evaluator, owner: v.Entity, model: ModelInfo, name: str, node: n.Expr) -> None:
    """A column's attribute is read off an instance at `node`: most often it is there."""
    load = owner.load
    if load.state and states.holds(owner, name):
        return
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
    loaded = states.TOUCHED in load.state or is_loaded(self.world, self.frame, owner, name)
    if outcome is not None and outcome in _SPEAKS and not loaded:
        _column(self, owner, column, outcome, "deferred", node)


def _expired(self: Evaluator, owner: v.Entity, name: str, node: n.Expr) -> None:
    """Whichever attribute of an expired instance is read: all its columns are loaded again."""
    model = self.world.model(owner.model)
    column = next(iter(model.columns.values()), None) if model is not None else None
    if model is not None and column is not None:
        _column(self, owner, model.columns.get(name, column), plans.RUNS, "expired", node)


def _column(self: Evaluator, owner: v.Entity, column: ColumnInfo, outcome: str, why: str, node: n.Expr) -> None:
    frame = self.frame
    if _is_asked(self, owner, outcome):
        return
    again = frame.read_again(owner.load, column.attribute if why == "deferred" else f"({why})")
    if not frame.quiet:
        self.emit(ev.ColumnRead(self.world, frame, node, owner, column, outcome, why, again, frame.maybe))
    elif not again:
        _leave(self, ev.Read(node, self.place(node), owner, column, outcome, why, (), True), node)


def _leave(self: Evaluator, read: ev.Read, node: n.Expr) -> None:
    """Leave a read to whoever called: in which loops here, and whether every call comes by it."""
    frame = self.frame
    if _raises(read.entity, read.outcome) and is_caught(frame, node):
        return
    read.loops = (*frame.loops, *read.loops)
    read.certain = read.certain and not frame.maybe and reached_for_rows(frame, node)
    read.always = read.always and always_reached(frame, node)
    frame.reads.append(read)


def converted(self: Evaluator, read: ev.Read) -> None:
    """A conversion reads a relationship: say so here, or leave it to the caller."""
    frame = self.frame
    if frame.quiet:
        _leave(self, read, read.node)
    elif isinstance(read.attribute, RelationshipInfo):
        _say(self, read.node, read, read.entity, (*frame.loops, *read.loops), False)


_READS = (
    ev.RelationshipRead,
    ev.ColumnRead,
    ev.RelationshipReadInCall,
    ev.ColumnReadInCall,
    ev.RelationshipConverted,
)


@contextmanager
def set_aside(self: Evaluator) -> Iterator[None]:
    """Inside, reads of instances are not said: `run_sync` makes a place where they may run what they like."""
    frame, outer = self.frame, self.sink
    known = len(frame.reads)
    self.sink = lambda event: None if isinstance(event, _READS) else outer(event)
    try:
        yield
    finally:
        self.sink = outer
        del frame.reads[known:]


# ------------------------------------------------------------------- in calls


def in_call(self: Evaluator, node: n.Expr, reads: Iterable[ev.Read], given: list[v.Entity]) -> None:
    """What a call reads of the instances that it was given: say so here, or leave it to the caller."""
    said: set[tuple[object, str]] = set()
    for read in reads:
        origin = origin_of(read.entity, given)
        if origin is None and not _is_kin(read.entity, given):
            continue
        info = read.attribute
        entity = read.entity
        if origin is not None and not entity.load.loop:
            entity = v.varying(entity, origin.load.loop)
        if isinstance(info, RelationshipInfo) and _is_there(self, entity, info):
            continue
        frame = self.frame
        again = frame.read_again(entity.load, _key(read))
        if frame.quiet and not again:
            left = msgspec.structs.replace(read, entity=entity, certain=True)
            _leave(self, left, node)
        elif not frame.quiet and (entity.model, _key(read)) not in said:
            # By another way the same is read of other instances: once is enough for one call.
            said.add((entity.model, _key(read)))
            _say(self, node, read, entity, (*frame.loops, *read.loops), again)


def _key(read: ev.Read) -> str:
    """What a read is remembered by among those off the same rows."""
    if read.why not in ("", "deferred"):
        return f"({read.why})"
    return read.attribute.name if isinstance(read.attribute, RelationshipInfo) else read.attribute.attribute


def _say(
    self: Evaluator, node: n.Expr, read: ev.Read, entity: v.Entity, around: tuple[ev.Loop, ...], again: bool
) -> None:
    world, frame = self.world, self.frame
    info = _as_it_stands(world, read)
    if not isinstance(info, RelationshipInfo):
        where = (read.outcome, read.why, read.place, around, again, read.always)
        self.emit(ev.ColumnReadInCall(world, frame, node, entity, info, *where))
    elif not read.by:
        self.emit(
            ev.RelationshipReadInCall(
                world, frame, node, entity, info, read.outcome, entity.load, read.place, around, again, read.always
            )
        )
    elif not again and read.outcome == plans.RUNS:
        load = entity.load
        self.emit(
            ev.RelationshipConverted(world, frame, node, entity, info, load, read.place, around, read.by, read.certain)
        )


def _as_it_stands(world: World, read: ev.Read) -> RelationshipInfo | ColumnInfo:
    """What is read, where its class has it now: what was kept of a call has it where it was then."""
    info = read.attribute
    model = world.model(read.entity.model)
    if model is None:
        return info
    if isinstance(info, RelationshipInfo):
        return model.relationships.get(info.name, info)
    return model.columns.get(info.attribute, info)


def here(self: Evaluator, read: ev.Read) -> None:
    """A function inside this one reads when called: here is where it happens."""
    frame = self.frame
    if frame.quiet:
        frame.reads.append(read)
        return
    inside = (read.place.path, read.place.anchor) == (frame.path, frame.anchor)
    if not (id(read.node) in frame.unit.parents() if read.by else inside):
        # A function that another one gave back.
        return
    load, info = read.entity.load, read.attribute
    again = frame.read_again(load, _key(read))
    frame.loops.extend(read.loops)
    if read.by:
        _say(self, read.node, read, read.entity, tuple(frame.loops), again)
    elif isinstance(info, RelationshipInfo):
        self.emit(ev.RelationshipRead(self.world, frame, read.node, read.entity, info, read.outcome, load, again))
    else:
        self.emit(ev.ColumnRead(self.world, frame, read.node, read.entity, info, read.outcome, read.why, again))
    del frame.loops[len(frame.loops) - len(read.loops) :]


def brought(values: Iterable[v.Value]) -> list[v.Entity]:
    """The instances in values of which it is known how they came: their attributes may be read."""
    return [each for each in v.entities_of(values) if each.load.statement is not None or each.load.state]


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


def _is_kin(entity: v.Entity, given: Iterable[v.Entity]) -> bool:
    """Whether an instance came with the rows of an argument: a function may go back to what that was reached from."""
    ours = entity.load
    return any(ours.statement == each.load.statement and ours.origin == each.load.origin for each in given)
