from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.asyncio.callbacks import is_run_sync, may_await
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import FunctionCalled
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n


@rule("ALC815", "async-inspect", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="unsafe")
class AsyncInspect(Rule):
    """`inspect()` on an engine or connection of asyncio's.

    ## Why
    An Inspector asks the database for its tables as it is used, and blocks while it does. Under asyncio there is none:
    `inspect(engine)` raises `NoInspectionAvailable`. Inside `run_sync` there is a blocking connection to inspect.

    ## Example
    ```python
    from sqlalchemy import inspect
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")


    async def tables():
        async with engine.connect() as connection:
            return inspect(connection).get_table_names()
    ```

    ## Use instead
    ```python
    from sqlalchemy import inspect
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")


    async def tables():
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    ```

    ## Fix safety
    The fix asks inside `run_sync`, where a method without arguments is called on the inspector of a connection. It is
    unsafe only because the code has never run, and nobody knows what it would have done.

    ## What it cannot see
    Engines and connections that come from elsewhere without an annotation are not known. A function that `run_sync`
    calls gets a blocking connection, whatever its parameter is annotated with.

    ## References
    - [No Inspection Available](https://sqlalche.me/e/20/xd3s)
    - [Using the Inspector to inspect schema objects](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-the-inspector-to-inspect-schema-objects)
    """

    def function_called(self, called: FunctionCalled) -> Iterator[Hit]:
        """`inspect(...)`."""
        if called.function != "sa:inspect" or not called.args:
            return
        target = called.args[0]
        if isinstance(target, v.Engine | v.Connection) and target.is_async and not is_run_sync(called):
            kind = "AsyncEngine" if isinstance(target, v.Engine) else "AsyncConnection"
            yield Hit(
                called.at(called.call),
                f"An {kind} cannot be inspected: NoInspectionAvailable. Inspect what `run_sync` hands on: "
                "`await connection.run_sync(lambda sync: inspect(sync).get_table_names())`.",
                fix=_fix(called, target),
            )


def _fix(called: FunctionCalled, target: v.Value) -> Fix | None:
    match called.enclosing(called.call)[:2]:
        case [n.Attribute(attr=method), n.Call(args=(), keywords=()) as whole]:
            owner, function = dotted_name(called.call.args[0]), dotted_name(called.call.func)
        case _:
            return None
    if owner is None or function is None or not isinstance(target, v.Connection) or not may_await(called, whole):
        return None
    code = f"await {owner}.run_sync(lambda sync: {function}(sync).{method}())"
    return Fix("Inspect inside `run_sync`", False, (Replace(called.at(whole), code),))
