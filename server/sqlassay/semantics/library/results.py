"""What executing gives: results, rows, scalars; and what their methods make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sqlassay.semantics import aside, coroutines, deeds
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.asynchronous import OF_ASYNC_RESULT
from sqlassay.semantics.site import Site
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


def entity_of(statement: v.Statement, value: v.Value) -> v.Value:
    """What one selected thing is in a row: an instance for a mapped class, unknown for a column."""
    if isinstance(value, v.Model):
        return v.Entity(value.ref, v.Load("query", statement))
    return v.UNKNOWN


def row_of(statement: v.Statement, shape: str) -> v.Value:
    """One row of a statement. `shape`: query (an entity alone is not wrapped), rows, scalars or exec (SQLModel)."""
    entities = statement.entities
    if not entities or statement.kind not in ("select", "query", "union", "insert", "update", "delete"):
        return v.UNKNOWN
    if statement.kind in ("insert", "update", "delete") and "returning" not in statement.traits:
        return v.UNKNOWN
    if shape == "scalars":
        return entity_of(statement, entities[0])
    if len(entities) == 1:
        if shape == "rows":
            return v.TupleValue((entity_of(statement, entities[0]),))
        return entity_of(statement, entities[0])
    return v.TupleValue(tuple(entity_of(statement, each) for each in entities))


def executed(site: Site, statement: v.Value, shape: str, is_async: bool) -> v.Value:
    """What executing `statement` gives. `shape` as in `sessions.EXECUTORS`."""
    known = [each for each in v.members(statement) if isinstance(each, v.Statement)]
    one = known[0] if len(known) == 1 and len(v.members(statement)) == 1 else None
    if one is not None:
        awaited = isinstance(site.receiver, v.Session | v.Connection) and site.receiver.is_async
        ran = site.place if shape != "value" and not awaited else None
        one = msgspec.structs.replace(one, session=site.receiver, ran=ran)
        aside.ran(site.ev.frame, one)
    if not isinstance(statement, v.TextClause):
        deeds.queried(site, site.receiver, one)
    if shape == "value":
        if one is None:
            return v.UNKNOWN
        say_fetched(site.ev, site.node, site.node, one, "scalar")
        row = v.single(row_of(one, "scalars"))
        return v.join(row, v.NONE) if isinstance(row, v.Entity) else v.UNKNOWN
    if shape == "exec":
        shape = "scalars" if one is not None and len(one.entities) == 1 else "rows"
    row = row_of(one, shape) if one is not None else v.UNKNOWN
    given = len(site.args) > 2 or site.starred or "execution_options" in site.keywords
    handled = _OPTIONS if given else frozenset()
    return v.Result(one, shape, is_async, row, handled, _is_certainly_async(site.receiver))


def _is_certainly_async(runner: v.Value) -> bool:
    if isinstance(runner, v.Session):
        return runner.is_async and runner.certain
    return isinstance(runner, v.Connection) and runner.is_async


_OPTIONS = frozenset(["execution_options"])


def say_fetched(
    self: Evaluator,
    node: n.Expr,
    source: n.Expr,
    statement: v.Statement | None,
    method: str,
    result: v.Result | None = None,
) -> None:
    """The event that rows are taken; `statement` is None where it is not known, and nothing is said."""
    if statement is not None and not self.frame.quiet:
        self.emit(ev.RowsFetched(self.world, self.frame, node, source, statement, method, result))


def consumed(self: Evaluator, node: n.Expr, source: n.Expr | None, value: v.Value, method: str) -> None:
    """All rows are taken, where `value` is a Query or a result: a builtin or a loop runs over it."""
    if source is None or not isinstance(value, v.Statement | v.Result):
        return
    if isinstance(value, v.Result):
        say_fetched(self, node, source, value.statement, method, value)
    elif value.kind == "query":
        say_fetched(self, node, source, value, method)


def fetched(statement: v.Statement, how: str) -> v.Value:
    """A single value off a query: `.scalar()` of an entity is the entity."""
    if how == "scalar":
        row = v.single(row_of(statement, "scalars"))
        return v.join(row, v.NONE) if isinstance(row, v.Entity) else v.UNKNOWN
    return v.UNKNOWN


_MANY = frozenset(["all", "fetchall"])
_ONE = frozenset(["first", "one", "one_or_none", "fetchone"])
_SCALAR = frozenset(["scalar", "scalar_one", "scalar_one_or_none"])
_SAME = frozenset(["unique", "yield_per", "execution_options", "freeze", "tuples", "columns"])
_HANDLING = frozenset(["unique", "yield_per", "execution_options"])


def method(site: Site, name: str) -> v.Value:
    """A method of a Result, ScalarResult, MappingResult or their async twins."""
    result = site.receiver
    assert isinstance(result, v.Result)
    if name in _SAME:
        handled = result.handled | {name} if name in _HANDLING else result.handled
        return v.Result(result.statement, result.shape, result.is_async, result.row, handled)
    value: v.Value = v.UNKNOWN
    if (name in _MANY or name in _ONE or name in _SCALAR) and isinstance(site.node.func, n.Attribute):
        say_fetched(site.ev, site.node, site.node.func.value, result.statement, name, result)
    if name in _MANY:
        value = v.Collection(result.row)
    elif name in _ONE:
        row = v.single(result.row)
        value = v.join(row, v.NONE) if name not in ("one",) else row
    elif name in _SCALAR:
        value = v.single(_first_column(result))
        value = v.join(value, v.NONE) if name != "scalar_one" else value
    elif name == "scalars":
        row = _first_column(result) if not site.args else v.UNKNOWN
        return msgspec.structs.replace(result, shape="scalars", row=row)
    elif name == "mappings":
        return msgspec.structs.replace(result, shape="mappings", row=_mapping(result))
    elif name in ("fetchmany", "partitions"):
        value = v.Collection(result.row) if name == "fetchmany" else v.Collection(v.Collection(result.row), True)
    if result.is_async and name in OF_ASYNC_RESULT:
        return coroutines.made(site, value, name, False, True)
    return value


def _mapping(result: v.Result) -> v.Value:
    """A row by the names of what is selected: an entity's is its class's."""
    items = result.row.items if isinstance(result.row, v.TupleValue) else ()
    entries = [(each.model.name.rsplit(".", 1)[-1], each) for each in items if isinstance(each, v.Entity)]
    return v.DictValue(v.UNKNOWN, v.UNKNOWN, tuple(entries))


def _first_column(result: v.Result) -> v.Value:
    row = result.row
    if isinstance(row, v.TupleValue):
        return row.items[0]
    return row if result.shape == "scalars" else v.UNKNOWN
