from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.asyncio.callbacks import is_run_sync
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import names
from sqlassay.semantics import values as v
from sqlassay.semantics.asynchronous import (
    OF_ASYNC_SESSION,
    PLAIN_OF_ASYNC_CONNECTION,
    PLAIN_OF_ASYNC_ENGINE,
    PLAIN_OF_ASYNC_SESSION,
    PLAIN_OF_RESULT,
)
from sqlassay.semantics.events import MethodAwaited
from sqlassay.syntax import nodes as n

_MADE_HERE = frozenset(["opened", "module"])
"""How the code comes by a blocking session that certainly is one: annotations have been forgotten before."""


@rule("ALC809", "await-on-sync-method", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="safe")
class AwaitOnSyncMethod(Rule):
    """Something is awaited that is no coroutine.

    ## Why
    Only the methods of an AsyncSession that talk to the database are coroutines. `add`, `expunge` and their like only
    change the session, and a result that `await session.execute(...)` gave holds its rows already: `.scalars()`,
    `.all()` and `.first()` of it give them at once. Awaiting what they give raises
    `TypeError: object ... can't be used in 'await' expression`, after the call has been made.

    ## Example
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession


    async def names(session: AsyncSession):
        result = await session.execute(text("SELECT name FROM users"))
        return await result.scalars()
    ```

    ## Use instead
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession


    async def names(session: AsyncSession):
        result = await session.execute(text("SELECT name FROM users"))
        return result.scalars()
    ```

    ## Fix safety
    The fix removes the `await`. It is safe: nothing that ran before can have relied on what raised.

    ## What it cannot see
    It speaks of sessions and connections that certainly are asyncio's, and of what they give; of blocking sessions only
    where the code makes them, since an annotation may say what was there before. A mock in a test can be awaited.

    ## References
    - [AsyncSession](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.AsyncSession)
    """

    def method_awaited(self, awaited: MethodAwaited) -> Iterator[Hit]:
        """A method of something of SQLAlchemy's is called and awaited."""
        said = _said(awaited)
        if said is None or is_run_sync(awaited) or awaited.world.is_test(awaited.path):
            return
        outer = next(iter(awaited.enclosing(awaited.call)), None)
        if not isinstance(outer, n.Await):
            return
        place = awaited.at(outer)
        fix = Fix("Remove `await`", True, (Replace(place, "{0}", (awaited.at(awaited.call),)),))
        hidden = isinstance(awaited.receiver, v.Maker) or awaited.method in _NEEDS_WITH
        yield Hit(place, said, fix=None if hidden else fix)


_NEEDS_WITH = frozenset(["begin", "connect"])


def _said(awaited: MethodAwaited) -> str | None:
    """What to say of what is awaited; nothing where it may be a coroutine."""
    method, receiver = awaited.method, awaited.receiver
    raises = "awaiting it raises TypeError."
    match receiver:
        case v.Maker(is_async=True, scoped=False) if not method:
            return f"A session maker gives a session, no coroutine: {raises} Open it with `async with`."
        case v.Session(is_async=True, certain=True) if method in PLAIN_OF_ASYNC_SESSION and not _is_own(awaited):
            return f"`{method}()` of an AsyncSession is no coroutine: {raises} Call it without `await`."
        case v.Session(is_async=False, certain=True, scoped=False) if method in OF_ASYNC_SESSION:
            if (receiver.origin is None and receiver.source not in _MADE_HERE) or receiver.cls is not None:
                return None
            return f"`{method}()` of a blocking Session is no coroutine: {raises} Use an AsyncSession, or no `await`."
        case v.Connection(is_async=True) if method in PLAIN_OF_ASYNC_CONNECTION:
            return f"`{method}()` of an AsyncConnection is no coroutine: {raises} Call it without `await`."
        case v.Engine(is_async=True) if method == "begin":
            return f"`begin()` of an AsyncEngine is for `async with` only: {raises} Write `async with engine.begin()`."
        case v.Engine(is_async=True) if method in PLAIN_OF_ASYNC_ENGINE:
            return f"`{method}()` of an AsyncEngine is no coroutine: {raises} Call it without `await`."
        case v.Result(is_async=False, certain=True) if method in PLAIN_OF_RESULT:
            return f"`{method}()` of a result that holds its rows is no coroutine: {raises} Call it without `await`."
        case _:
            return None


def _is_own(awaited: MethodAwaited) -> bool:
    """Whether the class of the session, one of the project, has made the method a coroutine."""
    cls = awaited.receiver.cls if isinstance(awaited.receiver, v.Session) else None
    return cls is not None and names.find_attribute(awaited.world, cls, awaited.method) is not None
