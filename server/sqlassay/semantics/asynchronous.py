"""What SQLAlchemy's asyncio API makes a coroutine of, and what it leaves as it is: tables by class."""

from __future__ import annotations

OF_ASYNC_SESSION = frozenset(
    (
        "aclose close close_all commit connection delete delete_all exec execute flush get get_one invalidate merge "
        "merge_all refresh remove reset rollback run_sync scalar scalars stream stream_scalars"
    ).split()
)
"""Coroutine methods of an AsyncSession or async_scoped_session; `exec` is SQLModel's."""

PLAIN_OF_ASYNC_SESSION = frozenset(
    (
        "add add_all expire expire_all expunge expunge_all get_bind get_nested_transaction get_transaction "
        "in_nested_transaction in_transaction is_modified object_session identity_key"
    ).split()
)
"""Methods of an AsyncSession that give what they give at once."""

OF_ASYNC_CONNECTION = frozenset(
    (
        "aclose close commit exec_driver_sql execute execution_options get_isolation_level get_raw_connection "
        "invalidate rollback run_sync scalar scalars start"
    ).split()
)

PLAIN_OF_ASYNC_CONNECTION = frozenset(
    "get_nested_transaction get_transaction in_nested_transaction in_transaction".split()
)

OF_ASYNC_ENGINE = frozenset(["dispose", "raw_connection"])

PLAIN_OF_ASYNC_ENGINE = frozenset(["clear_compiled_cache", "execution_options", "get_execution_options"])

OF_ASYNC_RESULT = frozenset(
    "all close fetchall fetchmany fetchone first freeze one one_or_none scalar scalar_one scalar_one_or_none".split()
)
"""Coroutine methods of what `stream` gives. What `execute` gives has the same methods, and awaits none."""

PLAIN_OF_RESULT = OF_ASYNC_RESULT | {"scalars", "mappings", "unique", "tuples", "columns", "partitions", "keys"}
"""Methods of a buffered result: it holds its rows already."""

ENTERED = frozenset(["begin", "begin_nested"])
"""Methods whose result `async with` enters, or `await`."""

OF_SESSIONS = OF_ASYNC_SESSION | PLAIN_OF_ASYNC_SESSION | ENTERED
"""Methods that the tables of `library.sessions` know, whatever a class of the project makes of them."""
