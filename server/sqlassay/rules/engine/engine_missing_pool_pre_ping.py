from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.engine.pools import has_server, queue_pool
from sqlassay.semantics.events import EngineCreated


@rule("ALC101", "engine-missing-pool-pre-ping", severity=Severity.HINT, presets=(), sqlalchemy=">=1.2", fix="safe")
class EngineMissingPoolPrePing(Rule):
    """An engine gives out pooled connections without testing them.

    ## Why
    A pool keeps connections open. When the server restarts, or a firewall or a proxy drops what was idle, they die
    without the pool hearing of it: the next statement on such a connection fails with an `OperationalError` ("server
    closed the connection unexpectedly"). With `pool_pre_ping=True` the pool tests a connection when it gives it out,
    and replaces it, with every other one that is as old, when it is dead. That costs a round trip each time.

    SQLAlchemy's documentation calls it the simplest way to meet stale connections, not a must: this is advice, and
    off by default.

    ## Example
    ```python
    import os

    from sqlalchemy import create_engine

    engine = create_engine(os.environ["DATABASE_URL"])
    ```

    ## Use instead
    ```python
    import os

    from sqlalchemy import create_engine

    engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)
    ```

    ## Fix safety
    The fix adds the argument. It is safe: the same connections are given out, less the dead ones.

    ## What it cannot see
    Engines of `engine_from_config`, whose arguments stand in a file, and calls with `**options` that are made
    elsewhere: nothing is said there. Neither is anything said of SQLite, of an engine that stays in one function, of
    one with another pool (`NullPool` keeps nothing that could go stale), or of an explicit `pool_pre_ping=False`.
    Behind a proxy that pools by itself (PgBouncer) the documentation advises `NullPool`.

    ## References
    - [Disconnect handling, pessimistic](https://docs.sqlalchemy.org/en/20/core/pooling.html#disconnect-handling-pessimistic)
    - [create_engine.pool_pre_ping](https://docs.sqlalchemy.org/en/20/core/engines.html#sqlalchemy.create_engine.params.pool_pre_ping)
    """

    def engine_created(self, created: EngineCreated) -> Iterator[Hit]:
        """An engine with a queue of connections, which are not to SQLite, and nothing said on pre-ping."""
        if "pool_pre_ping" in created.keywords or not queue_pool(created) or has_server(created) is False:
            return
        place = created.at(created.call)
        yield Hit(
            place,
            "A connection that the server has dropped is given out as if it were alive, and the first statement on it "
            "fails. Add `pool_pre_ping=True`: the pool then tests a connection when it gives it out.",
            fix=Fix("Add `pool_pre_ping=True`", True, (AddKeyword(place, "pool_pre_ping", "True"),)),
        )
