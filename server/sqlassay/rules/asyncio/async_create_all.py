from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace, ReplaceStatement
from sqlassay.rules.asyncio.callbacks import is_run_sync, may_await
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import MetadataCall
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n


@rule("ALC814", "async-create-all", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="unsafe")
class AsyncCreateAll(Rule):
    """`create_all`, `drop_all` or `reflect` on an engine or connection of asyncio's.

    ## Why
    A MetaData creates, drops and reflects tables through a blocking connection. An AsyncEngine or AsyncConnection is
    none: `create_all(engine)` raises `AttributeError`, and there is nothing to await in what it gives. `run_sync` calls
    the method with the blocking connection behind an AsyncConnection.

    ## Example
    ```python
    from sqlalchemy import MetaData
    from sqlalchemy.ext.asyncio import create_async_engine

    metadata = MetaData()
    engine = create_async_engine("sqlite+aiosqlite:///shop.db")


    async def prepare():
        metadata.create_all(engine)
    ```

    ## Use instead
    ```python
    from sqlalchemy import MetaData
    from sqlalchemy.ext.asyncio import create_async_engine

    metadata = MetaData()
    engine = create_async_engine("sqlite+aiosqlite:///shop.db")


    async def prepare():
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
    ```

    ## Fix safety
    The fix hands the method to `run_sync`, of a connection that it opens where the code has an engine. It is unsafe:
    whether these tables should be made here, and in which transaction, the code never showed.

    ## What it cannot see
    Engines and connections that come from elsewhere without an annotation are not known.

    ## References
    - [Synopsis of the asyncio extension](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-core)
    - [Running synchronous methods and functions under asyncio](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#running-synchronous-methods-and-functions-under-asyncio)
    """

    def metadata_call(self, call: MetadataCall) -> Iterator[Hit]:
        """A method of a MetaData that works on a database."""
        node = call.call
        parent = next(iter(call.enclosing(node)), None)
        if isinstance(call.bind, v.Engine | v.Connection) and call.bind.is_async and not is_run_sync(call):
            kind = "AsyncEngine" if isinstance(call.bind, v.Engine) else "AsyncConnection"
            said = f"`{call.method}` needs a connection that blocks, and an {kind} is none: AttributeError."
        elif isinstance(parent, n.Await):
            said = f"`{call.method}` gives nothing that could be awaited: TypeError."
        else:
            return
        yield Hit(
            call.at(node),
            f"{said} Use `await connection.run_sync({dotted_name(node.func) or call.method})`.",
            fix=_fix(call, parent),
        )


def _fix(call: MetadataCall, parent: n.Node | None) -> Fix | None:
    node = call.call
    given = [*node.args, *(each.value for each in node.keywords if each.name == "bind")]
    method, bind = dotted_name(node.func), dotted_name(given[0]) if given else None
    if len(node.args) + len(node.keywords) != 1 or method is None or bind is None or not may_await(call, node):
        return None
    title = "Use `run_sync`"
    whole = parent if isinstance(parent, n.Await) else node
    match call.bind:
        case v.Connection(is_async=True):
            return Fix(title, False, (Replace(call.at(whole), f"await {bind}.run_sync({method})"),))
        case v.Engine(is_async=True):
            statement = next(iter(call.enclosing(whole)), None)
            if not isinstance(statement, n.ExprStmt):
                return None
            code = f"async with {bind}.begin() as connection:\n    await connection.run_sync({method})"
            return Fix(title, False, (ReplaceStatement(call.at(statement), code),))
        case _:
            return None
