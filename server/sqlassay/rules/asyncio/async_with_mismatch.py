from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.asyncio.callbacks import is_run_sync
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import ContextEntered


@rule("ALC811", "async-with-mismatch", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="safe")
class AsyncWithMismatch(Rule):
    """`with` on something of asyncio's, or `async with` on something that blocks.

    ## Why
    An AsyncSession, an AsyncConnection and their transactions are entered and left by coroutines: they know
    `async with` only. A Session and a Connection know `with` only. The other one raises `TypeError` (`AttributeError`
    before Python 3.11) before the block begins.

    ## Example
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    AsyncSessionLocal = async_sessionmaker(create_async_engine("sqlite+aiosqlite:///shop.db"))


    async def total():
        with AsyncSessionLocal() as session:
            return await session.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    AsyncSessionLocal = async_sessionmaker(create_async_engine("sqlite+aiosqlite:///shop.db"))


    async def total():
        async with AsyncSessionLocal() as session:
            return await session.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Fix safety
    The fix adds or removes `async`, where the statement enters nothing else and stands in `async def` if it needs to.
    It is safe: the code raised.

    ## What it cannot see
    A blocking session that is a parameter may be annotated with what it once was: nothing is said of it. Neither is
    anything said of the project's own context managers.

    ## References
    - [Synopsis of the asyncio extension](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-orm)
    """

    def context_entered(self, entered: ContextEntered) -> Iterator[Hit]:
        """A session, connection or manager of SQLAlchemy's is entered."""
        is_async = _is_async(entered.value)
        node = entered.node
        if is_async is None or is_async == node.is_async or (is_async and is_run_sync(entered)):
            return
        function = entered.frame.function
        what = _name(entered.value, is_async)
        if is_async:
            said = f"{what} has no `with`: this raises TypeError before the block begins. Use `async with`."
        else:
            said = f"{what} has no `async with`: this raises TypeError before the block begins. Use `with`."
        fix = None
        if len(node.items) == 1 and (not is_async or (function is not None and function.is_async)):
            args = {"on": "true" if is_async else "false"}
            title = "Use `async with`" if is_async else "Use `with`"
            fix = Fix(title, True, (Transform(entered.at(node), "asynchronous", args),))
        yield Hit(entered.at(entered.item.context), said, fix=fix)


def _is_async(value: v.Value) -> bool | None:
    """Whether it is entered with `async with`; None where nobody knows for sure."""
    match value:
        case v.Session(certain=True, scoped=False, cls=None):
            return value.is_async if value.is_async or value.source != "parameter" else None
        case v.Session(is_async=True, certain=True, scoped=False):
            return True
        case v.Connection():
            return value.is_async if value.is_async or value.origin is not None else None
        case v.Manager():
            return value.is_async
        case _:
            return None


def _name(value: v.Value, is_async: bool) -> str:
    inner = value.value if isinstance(value, v.Manager) else value
    kind = {v.Session: "Session", v.Connection: "Connection"}.get(type(inner), "transaction")
    if kind == "transaction":
        return "A transaction of asyncio's" if is_async else "A blocking transaction"
    return f"An Async{kind}" if is_async else f"A blocking {kind}"
