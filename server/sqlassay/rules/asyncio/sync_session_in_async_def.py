from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import CallEvent, QueryMethod, SessionCall
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.scopes import has_decorator
from sqlassay.syntax import nodes as n

_TALKS = frozenset(
    (
        "execute scalars scalar exec exec_driver_sql get get_one commit flush refresh bulk_save_objects "
        "bulk_insert_mappings bulk_update_mappings"
    ).split()
)
"""Methods of a session or connection that wait for the database."""

_RUNS = frozenset("all first one one_or_none scalar count get delete update exists_ paginate".split())
"""Methods of a Query that run it."""


@rule("ALC806", "sync-session-in-async-def", severity=Severity.WARNING)
class SyncSessionInAsyncDef(Rule):
    """A blocking session is used in `async def`: the event loop stands still while the database answers.

    ## Why
    A coroutine gives way to others only where it awaits. A call on a blocking `Session` or `Connection` does not: until
    the database has answered, no other request of the process is served, no timeout fires, no health check answers.
    One slow query stops them all.

    Use an AsyncSession, or a plain `def`: FastAPI and Starlette run those in a thread of their own. Elsewhere
    `asyncio.to_thread` does.

    ## Example
    ```python
    from fastapi import Depends, FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session, sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))
    app = FastAPI()


    def get_db():
        with SessionLocal() as db:
            yield db


    @app.get("/orders")
    async def orders(db: Session = Depends(get_db)) -> int:
        return db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Use instead
    ```python
    from fastapi import Depends, FastAPI
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    AsyncSessionLocal = async_sessionmaker(engine, expire_on_commit=False)
    app = FastAPI()


    async def get_db():
        async with AsyncSessionLocal() as db:
            yield db


    @app.get("/orders")
    async def orders(db: AsyncSession = Depends(get_db)) -> int:
        return await db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Fix safety
    There is no fix: whether the function becomes a plain one, or its session one that can be awaited, is for you to
    say.

    ## What it cannot see
    The first call of a function that waits is reported, not each. It speaks only of sessions and connections that are
    certainly blocking, by their annotation or by how they were made, and used directly in the `async def`: functions
    that it calls and that block are not followed. Lazy loads block as well and are not looked for. Nothing is said in
    tests, where nobody else waits.

    ## References
    - [Asynchronous I/O](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html)
    - [FastAPI: concurrency and async / await](https://fastapi.tiangolo.com/async/#path-operation-functions)
    """

    def session_call(self, call: SessionCall) -> Iterator[Hit]:
        """A method of a session or connection that waits."""
        if call.method in _TALKS and not call.awaited and _is_first(call, call.call):
            yield from self._hits(call, call.session, call.method)

    def query_method(self, called: QueryMethod) -> Iterator[Hit]:
        """A method of a Query that runs it."""
        session = called.statement.session
        if called.statement.kind == "query" and session is not None and called.method in _RUNS:
            first = _first(called)
            if first is not None and called.at(first) == called.statement.place:
                yield from self._hits(called, session, called.method)

    def _hits(self, call: CallEvent, session: v.Value, method: str) -> Iterator[Hit]:
        if not call.frame.is_async or not _blocks(session) or call.world.is_test(call.path):
            return
        function = call.frame.function
        if function is not None and has_decorator(function, "on_event"):
            # A hook of an application that serves nobody yet, or no more.
            return
        where = function.name if function is not None else ""
        kind = "AsyncConnection" if isinstance(session, v.Connection) else "AsyncSession"
        yield Hit(
            call.at(call.call),
            f"`{_spelled(call.call, method)}` waits for the database in `async def {where}`: until it answers, the "
            f"event loop serves nobody else. Use an {kind}, or a plain `def` that runs in a thread.",
        )


def _spelled(call: n.Call, method: str) -> str:
    """`session.execute()`, `session.query(...).first()`: the call without what is in its parentheses."""
    owner: n.Expr = call.func
    if isinstance(owner, n.Attribute):
        owner = owner.value
    begin = owner
    while isinstance(begin, n.Call) and isinstance(begin.func, n.Attribute):
        begin = begin.func.value
    name = dotted_name(begin)
    if name is None:
        return f"{method}()"
    return f"{name}.{method}()" if begin is owner else f"{name}.query(...).{method}()"


def _blocks(session: v.Value) -> bool:
    """Whether it is certainly a session or connection that blocks."""
    if isinstance(session, v.Session):
        return session.certain and not session.is_async
    return isinstance(session, v.Connection) and not session.is_async


def _first(call: CallEvent) -> n.Node | None:
    """The first call of the function on a blocking session that waits, or starts a query."""
    waits = (use.node for use in call.frame.uses if use.method in _TALKS or use.method == "query")
    return next(waits, None)


def _is_first(call: CallEvent, node: n.Call) -> bool:
    return _first(call) is node
