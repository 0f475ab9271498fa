from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.engine.pools import queue_pool
from sqlassay.semantics import urls
from sqlassay.semantics import values as v
from sqlassay.semantics.events import EngineCreated

_MYSQL = frozenset(("mysql", "mariadb"))

_OFF = {"pool_recycle": v.Const(-1), "pool_pre_ping": v.Const(False)}
"""The arguments that keep old connections from being used, and the value of each that does nothing."""


@rule("ALC115", "mysql-missing-pool-recycle", severity=Severity.WARNING, fix="unsafe")
class MysqlMissingPoolRecycle(Rule):
    """A MySQL or MariaDB engine keeps connections for longer than the server does.

    ## Why
    MySQL closes a connection that was idle for `wait_timeout`: eight hours, unless the server says otherwise. The
    pool does not hear of it. After a quiet night the first requests fail with "MySQL server has gone away" (2006) or
    "Lost connection" (2013). `pool_recycle` opens a connection anew when it is older than so many seconds;
    `pool_pre_ping` tests it when it is given out. One of the two is enough.

    ## Example
    ```python
    from sqlalchemy import create_engine

    engine = create_engine("mysql+pymysql://reports@replica.internal/shop")
    ```

    ## Use instead
    ```python
    from sqlalchemy import create_engine

    engine = create_engine("mysql+pymysql://reports@replica.internal/shop", pool_recycle=1800)
    ```

    ## Fix safety
    The fix adds `pool_recycle=1800`. It is unsafe: half an hour has to be less than the `wait_timeout` of your server
    (or proxy), which nobody can see from here.

    ## What it cannot see
    The engine is known for MySQL's by its URL, or where the project is known to run on nothing else. Nothing is said
    of an engine with another pool than the queue, or of calls with `**options` that are made elsewhere.

    ## References
    - [Setting pool recycle](https://docs.sqlalchemy.org/en/20/core/pooling.html#setting-pool-recycle)
    - [MySQL: connection timeouts and disconnects](https://docs.sqlalchemy.org/en/20/dialects/mysql.html#connection-timeouts-and-disconnects)
    """

    def engine_created(self, created: EngineCreated) -> Iterator[Hit]:
        """An engine with a queue of connections to MySQL which may grow old."""
        if not queue_pool(created) or any(created.keywords.get(name, off) != off for name, off in _OFF.items()):
            return
        url = urls.parse(created.url)
        names = frozenset((url.dialect,)) if url is not None else created.world.dialects()
        if not names or not names <= _MYSQL:
            return
        place = created.at(created.call)
        yield Hit(
            place,
            "MySQL closes a connection that was idle for its `wait_timeout`, and this pool goes on to give it out: "
            '"MySQL server has gone away". Add `pool_recycle=1800` (less than that), or `pool_pre_ping=True`.',
            fix=None
            if "pool_recycle" in created.keywords
            else Fix("Add `pool_recycle=1800`", False, (AddKeyword(place, "pool_recycle", "1800"),)),
        )
