from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.asyncio.callbacks import is_run_sync
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import typehints
from sqlassay.semantics import values as v
from sqlassay.semantics.events import FunctionCalled
from sqlassay.syntax import nodes as n

_FUNCTIONS = frozenset(["sqlalchemy.event.listen", "sqlalchemy.event.listens_for"])


@rule("ALC816", "async-event-target", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="safe")
class AsyncEventTarget(Rule):
    """A listener is put on an engine, connection or session of asyncio's.

    ## Why
    Events are fired inside the blocking core that asyncio's classes are a facade of, and listeners are plain functions.
    Listening on the facade raises `NotImplementedError` (`InvalidRequestError` for a session maker or the class
    AsyncSession) where the listener is registered. The blocking object behind it has the events: `sync_engine`,
    `sync_connection`, `sync_session`.

    ## Example
    ```python
    from sqlalchemy import event
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")


    @event.listens_for(engine, "connect")
    def enforce_foreign_keys(connection, record):
        connection.execute("PRAGMA foreign_keys = ON")
    ```

    ## Use instead
    ```python
    from sqlalchemy import event
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")


    @event.listens_for(engine.sync_engine, "connect")
    def enforce_foreign_keys(connection, record):
        connection.execute("PRAGMA foreign_keys = ON")
    ```

    ## Fix safety
    The fix listens on the blocking object behind an engine, connection or session, which is what the exception says.
    It is safe: the code raised. For a session maker there is none: give it a `sync_session_class` of your own, and
    listen on that.

    ## What it cannot see
    Engines and sessions that come from elsewhere without an annotation are not known.

    ## References
    - [Using events with the asyncio extension](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-events-with-the-asyncio-extension)
    """

    def function_called(self, called: FunctionCalled) -> Iterator[Hit]:
        """`event.listen(...)`, `@event.listens_for(...)`."""
        if called.function not in _FUNCTIONS or not called.args or not called.call.args:
            return
        found = _twin(called)
        if found is None or _is_asked(called) or is_run_sync(called):
            return
        kind, twin = found
        place = called.at(called.call.args[0])
        if twin:
            said = f"Events are not fired on an {kind}: NotImplementedError. Listen on its `.{twin}`."
            fix = Fix(f"Listen on `.{twin}`", True, (Replace(place, f"{{0}}.{twin}", (place,)),))
            yield Hit(place, said, fix=fix)
        else:
            yield Hit(
                place,
                f"Events are not fired on {kind}: InvalidRequestError. Listen on `Session`, or on the "
                "`sync_session_class` that its sessions are made with.",
            )


def _is_asked(called: FunctionCalled) -> bool:
    """Whether the code around asks whether the target has such an event: `if hasattr(AsyncSession, name)`."""
    tests = (each.test for each in called.enclosing(called.call) if isinstance(each, n.If))
    calls = (each.func for test in tests for each in walk(test) if isinstance(each, n.Call))
    return any(isinstance(func, n.Name) and func.id in ("hasattr", "getattr") for func in calls)


def _twin(called: FunctionCalled) -> tuple[str, str] | None:
    """What the listener is put on, and the attribute that has the events ('' for none)."""
    match called.args[0]:
        case v.Engine(is_async=True):
            return "AsyncEngine", "sync_engine"
        case v.Connection(is_async=True):
            return "AsyncConnection", "sync_connection"
        case v.Session(is_async=True, certain=True, scoped=False):
            return "AsyncSession", "sync_session"
        case v.Session(is_async=True, certain=True, scoped=True):
            return "an async_scoped_session", ""
        case v.Maker(is_async=True):
            return "a maker of AsyncSessions", ""
        case v.External(name="sa:AsyncSession"):
            return "the class AsyncSession", ""
        case v.ClassValue(ref=ref) if typehints.is_async_session(called.world, ref):
            return "a class of AsyncSessions", ""
        case _:
            return None
