from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace, Transform
from sqlassay.rules.asyncio.callbacks import is_run_sync
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics.events import ResultIterated
from sqlassay.syntax import nodes as n

_STREAMS = {"scalars": "stream_scalars", "execute": "stream"}


@rule("ALC818", "async-result-iteration", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="safe")
class AsyncResultIteration(Rule):
    """`async for` over a result that holds its rows, or `for` over one that streams them.

    ## Why
    `await session.execute(...)` and `await session.scalars(...)` come back when all rows are there: their result is a
    plain one, which `for` runs over. `stream` and `stream_scalars` fetch rows as the loop asks for them, and each time
    the loop must be able to wait: their result knows `async for` only. The other way round raises `TypeError`.

    ## Example
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession


    async def show(session: AsyncSession):
        async for name in await session.scalars(text("SELECT name FROM users")):
            print(name)
    ```

    ## Use instead
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession


    async def show(session: AsyncSession):
        async for name in await session.stream_scalars(text("SELECT name FROM users")):
            print(name)
    ```

    ## Fix safety
    The fix streams the rows where the statement is executed in the loop's head, as `async for` asks for; elsewhere it
    changes the kind of loop. It is safe: the code raised.

    ## What it cannot see
    Results that come from sessions nobody knows are not spoken of.

    ## References
    - [AsyncSession.stream](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.AsyncSession.stream)
    """

    def result_iterated(self, iterated: ResultIterated) -> Iterator[Hit]:
        """A loop over a result."""
        result = iterated.result
        if not result.certain or result.is_async == iterated.is_async or is_run_sync(iterated):
            return
        if result.is_async:
            said = "This result streams its rows, and a plain `for` cannot wait for them: TypeError. Use `async for`."
        else:
            said = (
                "This result holds its rows already, and `async for` wants one that is waited for: TypeError. "
                "Use `for`, or `stream_scalars()` and its like."
            )
        yield Hit(iterated.at(iterated.iterated), said, fix=_fix(iterated))


def _fix(iterated: ResultIterated) -> Fix | None:
    match iterated.iterated:
        case n.Await(value=n.Call(func=n.Attribute(value=owner, attr=method) as func)) if (
            iterated.is_async and method in _STREAMS
        ):
            stream = _STREAMS[method]
            return Fix(f"Use `{stream}`", True, (Replace(iterated.at(func), f"{{0}}.{stream}", (iterated.at(owner),)),))
        case _:
            pass
    function = iterated.frame.function
    if not isinstance(iterated.node, n.For) or function is None or not function.is_async:
        return None
    on = not iterated.is_async
    title = "Use `async for`" if on else "Use `for`"
    args = {"on": "true" if on else "false"}
    return Fix(title, True, (Transform(iterated.at(iterated.node), "asynchronous", args),))
