from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import own_expressions, walk
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics.events import SessionShared
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n


@rule("ALC805", "async-session-shared-in-gather", severity=Severity.ERROR, sqlalchemy=">=1.4")
class AsyncSessionSharedInGather(Rule):
    """One AsyncSession is used by coroutines that run at once.

    ## Why
    A session is one conversation with the database on one connection. Where two tasks use it at once, the second asks
    for the connection while the first still opens it: SQLAlchemy raises `InvalidRequestError` ("This session is
    provisioning a new connection; concurrent operations are not permitted") or `IllegalStateChangeError`, or the
    driver says that another operation is in progress. Where it goes well, one task commits what the other has half
    done, and nothing is faster: on one connection they wait for each other. A session that has its connection already
    is reported as a warning. Each task needs a session of its own; on one session, await one thing after the other.

    ## Example
    ```python
    import asyncio

    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession


    async def totals(session: AsyncSession):
        return await asyncio.gather(
            session.scalar(text("SELECT count(*) FROM users")),
            session.scalar(text("SELECT count(*) FROM orders")),
        )
    ```

    ## Use instead
    ```python
    import asyncio

    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    AsyncSessionLocal = async_sessionmaker(create_async_engine("sqlite+aiosqlite:///shop.db"))


    async def total(table: str):
        async with AsyncSessionLocal() as session:
            return await session.scalar(text("SELECT count(*) FROM users" if table == "users" else "SELECT 0"))


    async def totals():
        return await asyncio.gather(total("users"), total("orders"))
    ```

    ## Fix safety
    There is no fix: whether the tasks get sessions of their own, or wait for each other, is for you to say.

    ## What it cannot see
    Coroutines of the project are followed three calls deep, by what they are given and by attributes of `self`. A
    coroutine that awaits its database work under `async with lock:` is taken to be alone. Tasks are followed within the
    function that starts them. An `async_scoped_session` is another session in each task, and nothing is said of it.

    ## References
    - [Using AsyncSession with concurrent tasks](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-asyncsession-with-concurrent-tasks)
    - [This session is provisioning a new connection](https://sqlalche.me/e/20/isce)
    """

    def session_shared(self, shared: SessionShared) -> Iterator[Hit]:
        """Two coroutines that run at once use the same session."""
        name = f"`{shared.session}`"
        again = shared.first == shared.second
        if again:
            said = f"{name} is used by every coroutine that is started here, all at once"
        elif shared.how == "waiting":
            said = f"{name} is used here while a task that was started before uses it too"
        else:
            said = f"{name} is used by several coroutines at once"
        related: tuple[Note, ...] = (Note(shared.first, f"This coroutine uses {name}."),)
        if not again:
            related += (Note(shared.second, "So does this one, at the same time."),)
        if _is_connected(shared):
            harm = "it has one connection, on which they wait for each other; a flush beside another raises"
        else:
            harm = "while one of them still connects to the database, the other gets InvalidRequestError"
        yield Hit(
            shared.at(shared.node),
            f"{said}: {harm}. Open a session in each task, or await one after the other.",
            related,
            severity=Severity.WARNING if _is_connected(shared) else None,
        )


def _is_connected(shared: SessionShared) -> bool:
    """Whether something was awaited of the session before: it has its connection, and does not ask for it again."""
    function = shared.frame.function
    if function is None:
        return False
    used = [
        each.start
        for each in own_expressions(function.body)
        if isinstance(each, n.Await) and each.end <= shared.node.start and _mentions(each, shared.session)
    ]
    return bool(used)


def _mentions(node: n.Node, session: str) -> bool:
    return any(isinstance(each, n.Name | n.Attribute) and dotted_name(each) == session for each in walk(node))
