"""What the rules on pools ask of an engine: whether it keeps connections to a server."""

from __future__ import annotations

from sqlassay.facts.collect import own_expressions, walk
from sqlassay.semantics import urls
from sqlassay.semantics import values as v
from sqlassay.semantics.events import EngineCreated
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n

SERVERS = frozenset(
    (
        "postgresql postgres mysql mariadb oracle mssql cockroachdb redshift db2 ibm_db_sa sybase firebird hana "
        "snowflake clickhouse vertica teradatasql timescaledb yugabytedb"
    ).split()
)
"""Dialects that talk to a server over the network."""

_QUEUES = frozenset(("sa:QueuePool", "sa:AsyncAdaptedQueuePool"))


_KEEPERS = frozenset(("sessionmaker", "async_sessionmaker", "scoped_session", "partial"))
"""Calls that keep the engine which they are given."""


def queue_pool(created: EngineCreated) -> bool:
    """Whether the engine certainly gets a queue of connections that lives on, its arguments all seen."""
    if _short_lived(created) or created.starred or created.function not in ("create_engine", "create_async_engine"):
        return False
    if not created.keywords.keys().isdisjoint(("pool", "strategy")):
        return False
    pool = created.keywords.get("poolclass")
    return pool is None or (isinstance(pool, v.External) and pool.name in _QUEUES)


def has_server(created: EngineCreated) -> bool | None:
    """Whether the database is a server: None where neither the URL nor the rest of the project says."""
    url = urls.parse(created.url)
    names = {url.dialect} if url is not None else created.world.dialects()
    answers = {each in SERVERS for each in names}
    return answers.pop() if len(answers) == 1 else None


def _short_lived(created: EngineCreated) -> bool:
    """Whether the engine stays in a local of one function: its pool has no time to grow old, or large."""
    function = created.frame.function
    match next(iter(created.enclosing(created.call)), None):
        case n.Assign(targets=(n.Name(id=name),)) if function is not None:
            return not _leaves(name, function)
        case _:
            return False


def _leaves(name: str, function: n.FunctionDef) -> bool:
    """Whether a local is given to somebody who keeps it. One that the function disposes of is not."""
    kept = False
    for node in own_expressions(function.body):
        match node:
            case n.Call(func=n.Attribute(value=n.Name(id=owner), attr="dispose")) if owner == name:
                return False
            case n.Return(value=value) | n.Yield(value=value) if value is not None:
                kept = kept or _mentions(value, name)
            case n.Assign(targets=targets, value=value) if not all(isinstance(each, n.Name) for each in targets):
                kept = kept or _mentions(value, name)
            case n.Call(func=func) if (dotted_name(func) or "").rpartition(".")[2] in _KEEPERS:
                kept = kept or _mentions(node, name)
            case n.Scope(names=names):
                kept = kept or name in names
            case _:
                pass
    return kept


def _mentions(node: n.Node, name: str) -> bool:
    return any(isinstance(each, n.Name) and each.id == name for each in walk(node))
