"""What rules about fetched rows ask of a statement: what it selects, and whether it can find more than one row."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.semantics import values as v
from sqlassay.semantics.events import Event, RowsFetched
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.plans import related
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

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
    """Whether one value for each of these attributes leaves at most one row of the model."""
    columns = {model.columns[each].name for each in pinned if each in model.columns}
    for each in pinned & model.relationships.keys():
        columns.update(pair.local[1] for pair in model.relationships[each].pairs)
    if any(model.columns[each].unique for each in pinned if each in model.columns):
        return True
    keys = {column.name for column in model.columns.values() if column.primary_key}
    table = world.table(model.table_key, model.metadata) if model.table_key is not None else None
    if table is None:
        return not keys or keys <= columns
    if columns and not table.certain:
        return True
    unique = [each.columns for each in table.constraints if each.kind in ("unique", "primary key")]
    unique += [tuple(part or "" for part in each.columns) for each in table.indexes if each.unique and not each.partial]
    return any(columns.issuperset(each) for each in (tuple(keys), tuple(table.primary_key), *unique) if each)


ALL = frozenset(["all", "fetchall", "list"])
"""What brings every row at once."""


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
