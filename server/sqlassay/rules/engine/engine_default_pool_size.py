from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.engine.pools import has_server, queue_pool
from sqlassay.semantics.events import EngineCreated

_SIZES = {"pool_size": "10", "max_overflow": "20", "pool_recycle": "1800"}
"""The arguments that say a pool was thought about, and a start for each."""


@rule("ALC102", "engine-default-pool-size", severity=Severity.HINT, presets=(), fix="unsafe")
class EngineDefaultPoolSize(Rule):
    """An engine for a database server takes the pool sizes as they come.

    ## Why
    By default a pool keeps 5 connections and opens 10 more when it must. The sixteenth thread or task that wants one
    waits for `pool_timeout` (30 seconds) and then fails: "QueuePool limit of size 5 overflow 10 reached". Other
    services want fewer: the processes times what each may open have to fit what the server allows.

    There is no size that is right for all. That somebody chose one is what this rule asks for; it is advice, and off
    by default.

    ## Example
    ```python
    from sqlalchemy import create_engine

    engine = create_engine("postgresql+psycopg://db.internal/shop")
    ```

    ## Use instead
    ```python
    from sqlalchemy import create_engine

    engine = create_engine("postgresql+psycopg://db.internal/shop", pool_size=10, max_overflow=20, pool_recycle=1800)
    ```

    ## Fix safety
    The fix adds `pool_size`, `max_overflow` and `pool_recycle` with values to start from. It is unsafe: more
    connections may be opened than the server has left.

    ## What it cannot see
    An engine whose URL comes from the environment is left alone, unless all databases that the project names are
    servers. Nothing is said of another pool than the queue, of SQLite, or of calls with `**options` made elsewhere.

    ## References
    - [QueuePool limit of size ... overflow ... reached](https://sqlalche.me/e/20/3o7r)
    - [Connection pooling](https://docs.sqlalchemy.org/en/20/core/pooling.html)
    """

    def engine_created(self, created: EngineCreated) -> Iterator[Hit]:
        """An engine with a queue of connections to a server, and nothing said of how many."""
        if not created.keywords.keys().isdisjoint(_SIZES) or not queue_pool(created) or not has_server(created):
            return
        place = created.at(created.call)
        yield Hit(
            place,
            "This pool keeps 5 connections and opens 10 more: the sixteenth request at once waits 30 seconds for one "
            "and fails. Say how many this service needs: `pool_size`, `max_overflow`, `pool_recycle`.",
            fix=Fix(
                "Add `pool_size`, `max_overflow` and `pool_recycle`",
                False,
                tuple(AddKeyword(place, name, value) for name, value in _SIZES.items()),
            ),
        )
