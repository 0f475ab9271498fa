from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import FunctionCalled


@rule("ALC817", "async-scoped-session-misuse", severity=Severity.ERROR, sqlalchemy=">=1.4.19", fix="safe")
class AsyncScopedSessionMisuse(Rule):
    """A registry of AsyncSessions that does not know whose session is whose.

    ## Why
    A scoped session keeps one session for each thread. Under asyncio all tasks are in one thread, so an
    `async_scoped_session` must be told what tells them apart: without `scopefunc` it raises `TypeError`. The plain
    `scoped_session` accepts a maker of AsyncSessions, and hands the same session to every task at once; and its
    `remove()` calls `close()` without awaiting it, so that no connection returns to the pool. SQLAlchemy 2.1 warns
    of it, as something that will raise one day.

    ## Example
    ```python
    from sqlalchemy.ext.asyncio import async_scoped_session, async_sessionmaker, create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    Session = async_scoped_session(async_sessionmaker(engine))
    ```

    ## Use instead
    ```python
    import asyncio

    from sqlalchemy.ext.asyncio import async_scoped_session, async_sessionmaker, create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    Session = async_scoped_session(async_sessionmaker(engine), scopefunc=asyncio.current_task)
    ```

    ## Fix safety
    The fix gives each task a session of its own, as the documentation does. It is safe: the code raised. For the plain
    `scoped_session` there is no fix, since its `remove()` must be awaited then.

    ## What it cannot see
    Whether somebody awaits `Session.remove()` when a task ends is not looked for. Makers that come from elsewhere are
    not known.

    ## References
    - [Using asyncio scoped session](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-asyncio-scoped-session)
    """

    def function_called(self, called: FunctionCalled) -> Iterator[Hit]:
        """`async_scoped_session(...)`, `scoped_session(...)`."""
        place = called.at(called.call)
        if called.function == "sa:async_scoped_session":
            if called.starred or len(called.args) > 1 or "scopefunc" in called.keywords:
                return
            yield Hit(
                place,
                "`async_scoped_session` must be told which task a session belongs to: without `scopefunc` it raises "
                "TypeError. Add `scopefunc=asyncio.current_task`.",
                fix=Fix(
                    "Add `scopefunc=asyncio.current_task`",
                    True,
                    (AddKeyword(place, "scopefunc", "asyncio.current_task"), AddImport(place, "asyncio")),
                ),
            )
        elif called.function == "sa:scoped_session":
            maker = called.args[0] if called.args else called.keywords.get("session_factory")
            if isinstance(maker, v.Maker) and maker.is_async:
                yield Hit(
                    place,
                    "`scoped_session` keeps one session for all tasks of the thread, and its `remove()` never awaits "
                    "the `close()` of an AsyncSession. Use `async_scoped_session`, with a `scopefunc`.",
                    severity=Severity.WARNING,
                )
