"""What the rules on pools ask of an engine: whether it keeps connections to a server."""

from __future__ import annotations

from sqlassay.rules.lifetime import stays_local
from sqlassay.semantics import urls
from sqlassay.semantics import values as v
from sqlassay.semantics.events import EngineCreated

SERVERS = frozenset(
    (
        "postgresql postgres mysql mariadb oracle mssql cockroachdb redshift db2 ibm_db_sa sybase firebird hana "
        "snowflake clickhouse vertica teradatasql timescaledb yugabytedb"
    ).split()
)
"""Dialects that talk to a server over the network."""

_QUEUES = frozenset(("sa:QueuePool", "sa:AsyncAdaptedQueuePool"))


def queue_pool(created: EngineCreated) -> bool:
    """Whether the engine certainly gets a queue of connections that lives on, its arguments all seen."""
    if stays_local(created) or created.starred or created.function not in ("create_engine", "create_async_engine"):
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
