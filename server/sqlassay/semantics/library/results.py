"""What executing gives: results, rows, scalars; and what their methods make of them."""

from __future__ import annotations

import msgspec

from sqlassay.semantics import coroutines
from sqlassay.semantics import values as v
from sqlassay.semantics.asynchronous import OF_ASYNC_RESULT
from sqlassay.semantics.site import Site


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
        one = msgspec.structs.replace(one, session=site.receiver)
    if shape == "value":
        if one is None:
            return v.UNKNOWN
        row = v.single(row_of(one, "scalars"))
        return v.join(row, v.NONE) if isinstance(row, v.Entity) else v.UNKNOWN
    if shape == "exec":
        shape = "scalars" if one is not None and len(one.entities) == 1 else "rows"
    row = row_of(one, shape) if one is not None else v.UNKNOWN
    return v.Result(one, shape, is_async, row, _is_certainly_async(site.receiver))


def _is_certainly_async(runner: v.Value) -> bool:
    if isinstance(runner, v.Session):
        return runner.is_async and runner.certain
    return isinstance(runner, v.Connection) and runner.is_async


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


def method(site: Site, name: str) -> v.Value:
    """A method of a Result, ScalarResult, MappingResult or their async twins."""
    result = site.receiver
    assert isinstance(result, v.Result)
    if name in _SAME:
        return result
    value: v.Value = v.UNKNOWN
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
        return v.Result(result.statement, "scalars", result.is_async, row, result.certain)
    elif name == "mappings":
        return v.Result(result.statement, "mappings", result.is_async, v.UNKNOWN, result.certain)
    elif name in ("fetchmany", "partitions"):
        value = v.Collection(result.row) if name == "fetchmany" else v.Collection(v.Collection(result.row), True)
    if result.is_async and name in OF_ASYNC_RESULT:
        return coroutines.made(site, value, name, False, True)
    return value


def _first_column(result: v.Result) -> v.Value:
    row = result.row
    if isinstance(row, v.TupleValue):
        return row.items[0]
    return row if result.shape == "scalars" else v.UNKNOWN
