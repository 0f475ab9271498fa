from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.left_open import left_open
from sqlassay.semantics.events import FunctionEnd


@rule("ALC819", "async-session-not-closed", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="unsafe")
class AsyncSessionNotClosed(Rule):
    """A coroutine opens an AsyncSession and leaves it open.

    ## Why
    A session takes a connection from the pool with its first statement and keeps it until it is committed, rolled
    back or closed. Under asyncio not even the garbage collector can put that right: giving a connection back must be
    awaited, so the pool can only drop it, and warns that "the garbage collector is trying to clean up non-checked-in
    connection". Until then the connection and its transaction are taken, and a few such calls empty the pool.

    A session that is committed or closed at the end of a coroutine, but not where something raises on the way, does so
    only when things go wrong: that is reported as information.

    ## Example
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    AsyncSessionLocal = async_sessionmaker(create_async_engine("sqlite+aiosqlite:///shop.db"))


    async def total():
        db = AsyncSessionLocal()
        return await db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    AsyncSessionLocal = async_sessionmaker(create_async_engine("sqlite+aiosqlite:///shop.db"))


    async def total():
        async with AsyncSessionLocal() as db:
            return await db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Fix safety
    The fix puts the rest of the function into an `async with`. It is unsafe: objects that the function gives away are
    detached when it ends, and what is not loaded yet can no longer be.

    ## What it cannot see
    A session that leaves the function (returned, yielded, stored, passed to a function, used by an inner one) is
    somebody else's to close, and nothing is said of it. Neither is anything said of a session on a connection that it
    was given, nor of one whose only work is inside `async with session.begin():`.

    ## References
    - [Synopsis of the asyncio extension](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-orm)
    - [QueuePool limit of size ... overflow ... reached](https://sqlalche.me/e/20/3o7r)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """AsyncSessions that the coroutine opened, worked with, and did not end on every way out."""
        yield from left_open(end, is_async=True)
