"""What rules about fetched rows ask of a statement: what it selects, and whether it can find more than one row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.semantics import uses
from sqlassay.semantics import values as v
from sqlassay.semantics.events import Event, RowsFetched
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.plans import columns_of, related, unique_keys
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

T = TypeVar("T", bound=n.Expr)

LIMITS = frozenset(["limit", "fetch", "slice"])
_OTHERWISE = frozenset(["with_for_update", "yield_per", "execution_options"])
"""Methods after which the rows are wanted for their locks, or come a few at a time."""


def is_of_models(statement: v.Statement) -> bool:
    """Whether the statement is a SELECT of mapped classes or their columns that its methods wrote."""
    return (
        statement.kind in ("select", "query")
        and bool(statement.entities)
        and isinstance(statement.entities[0], v.Model | v.Mapped)
        and "from_statement" not in statement.traits
    )


def concerns(event: RowsFetched) -> bool:
    """Whether a rule about performance speaks of these rows: not of tests, nor of rows that are streamed."""
    handled = event.result.handled if event.result is not None else frozenset()
    streamed = event.result is not None and (event.result.is_async or not handled <= {"unique"})
    whole = not streamed and event.statement.traits.isdisjoint(_OTHERWISE)
    return whole and is_of_models(event.statement) and not event.world.is_test(event.path)


WHOLE = frozenset(["where", "filter", "filter_by", "order_by", v.UNREAD])
"""Traits of a statement that gives each row of one table, or those that match, once."""


def instances(event: RowsFetched) -> ModelInfo | None:
    """The model of rows that are instances of one class, each once; None for any other rows."""
    only = only_model(event.statement)
    shape = event.result is None or (event.result.shape == "scalars" and not event.result.handled)
    if only is None or not shape or event.statement.loose or not concerns(event):
        return None
    return event.world.model(only.ref)


def name(statement: v.Statement) -> str:
    """The class whose rows they are."""
    entity = statement.entities[0]
    return entity.ref.name if isinstance(entity, v.Model) else entity.model.name if isinstance(entity, v.Mapped) else ""


def only_model(statement: v.Statement) -> v.Model | None:
    """The class that the statement selects, where it selects nothing else."""
    entity = statement.entities[0] if len(statement.entities) == 1 else None
    return entity if isinstance(entity, v.Model) else None


def at_most_one(world: World, statement: v.Statement) -> bool:
    """Whether the criteria that can be read leave no more than one row."""
    entity = statement.entities[0]
    ref = entity.ref if isinstance(entity, v.Model) else entity.model if isinstance(entity, v.Mapped) else None
    model = world.model(ref) if ref is not None else None
    if model is None or ref is None:
        return True
    pinned = {each.attribute for each in statement.pinned if related(world, each.model, ref)}
    if is_unique(world, model, pinned):
        return True
    # `.join(Flow).where(Flow.name == a, Deployment.name == b)`: the join may hold the rest of a key.
    return bool(pinned) and any(
        is_unique(world, other, names)
        for each, other, names in _pinned(world, statement)
        if not related(world, each, ref)
    )


def is_pinned(event: RowsFetched) -> bool:
    """Whether the criteria of a statement, whatever it selects, pin a unique key of some class."""
    return any(is_unique(event.world, model, names) for _, model, names in _pinned(event.world, event.statement))


def _pinned(world: World, statement: v.Statement) -> Iterator[tuple[Ref, ModelInfo, set[str]]]:
    """The classes that the criteria pin attributes of, with those."""
    pinned: dict[Ref, set[str]] = {}
    for each in statement.pinned:
        pinned.setdefault(each.model, set()).add(each.attribute)
    for ref, names in pinned.items():
        model = world.model(ref)
        if model is not None:
            yield ref, model, names


def is_limited(event: RowsFetched) -> bool:
    """Whether the statement has a LIMIT, or criteria that hold a unique key or cannot be read."""
    statement = event.statement
    return not statement.traits.isdisjoint((*LIMITS, v.UNREAD)) or at_most_one(event.world, statement)


def is_unique(world: World, model: ModelInfo, pinned: set[str]) -> bool:
    """Whether one value for each of these attributes leaves at most one row of the model, or may do so."""
    columns = columns_of(model, pinned)
    if any(each <= columns for each in unique_keys(world, model)):
        return True
    table = world.table(model.table_key, model.metadata) if model.table_key is not None else None
    if table is None:
        return not any(column.primary_key for column in model.columns.values())
    return bool(columns) and not table.certain


ALL = frozenset(["all", "fetchall", "list"])
"""What brings every row at once."""


def only_taken(event: RowsFetched, take: Callable[[RowsFetched, n.Expr], T | None]) -> tuple[list[T], bool] | None:
    """What takes something off all the rows, where they are fetched for that alone; and whether it does so in place.

    `take` is given each reader of the rows, and says what takes it. One may ask beside whether there are any.
    """
    if event.method not in ALL or not concerns(event) or not event.statement.traits.isdisjoint(LIMITS):
        return None
    read = uses.reads(event.frame, event.node)
    if not read:
        return None
    readers = [take(event, each) for each in read if uses.asked(event.frame, each) is None]
    found = [each for each in readers if each is not None and not uses.is_asserted(event.frame, each)]
    if not found or len(found) < len(readers) or at_most_one(event.world, event.statement):
        return None
    return found, read[0] is uses.awaited(event.frame, event.node)


def severity(event: Event) -> Severity | None:
    """The severity where the file is a revision of Alembic's: code that runs once."""
    return Severity.INFO if event.in_migration else None


def root(event: RowsFetched) -> n.Call | None:
    """The call that begins the statement, `select(...)` or `session.query(...)`, where it stands in this code."""
    place = event.statement.place
    if (place.path, place.anchor) != (event.frame.path, event.frame.anchor):
        return None
    found = (each for each in walk(event.frame.unit.root) if isinstance(each, n.Call) and event.at(each) == place)
    return next(found, None)


def begins(event: RowsFetched, start: n.Call) -> bool:
    """Whether the chain of calls that gives the rows begins with this call."""
    node: n.Node = start
    for parent in event.enclosing(start):
        if node is event.source:
            return True
        if not isinstance(parent, n.Attribute | n.Call) or (isinstance(parent, n.Call) and parent.func is not node):
            return False
        node = parent
    return False


def executed(node: n.Expr) -> n.Call | None:
    """The call that runs the statement, in a chain of calls on its result; None where the chain begins elsewhere."""
    while True:
        match node:
            case n.Await(value=inner):
                node = inner
            case n.Call(func=n.Attribute(attr=attr), args=(first, *_)) if attr in _EXECUTORS:
                # `result.scalars(1)` names a column.
                return node if not isinstance(first, n.Constant) else None
            case n.Call(func=n.Attribute(value=inner)):
                node = inner
            case _:
                return None


_EXECUTORS = frozenset(["execute", "scalars", "scalar", "exec"])
"""Methods of a session or a connection that run the statement they are given."""
