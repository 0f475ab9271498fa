"""Events are not fired on asyncio's facade: listening there raises, and behind it does what it should."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import User, make_async_engine
from sqlalchemy import event, text
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker


async def test_on_the_facade_it_raises() -> None:
    engine = await make_async_engine()
    for target, name in ((engine, "connect"), (AsyncSession(engine), "before_flush")):
        with pytest.raises(NotImplementedError, match="asynchronous events are not implemented"):
            event.listen(target, name, print)
    async with engine.connect() as connection:
        with pytest.raises(NotImplementedError, match="asynchronous events are not implemented"):
            event.listen(connection, "before_cursor_execute", print)
    for kind in (AsyncSession, async_sessionmaker(engine)):
        with pytest.raises(InvalidRequestError, match="No such event"):
            event.listen(kind, "before_flush", print)
    await engine.dispose()


async def test_behind_it_the_listener_is_called() -> None:
    engine = await make_async_engine()
    heard: list[str] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", executed)
    async with AsyncSession(engine) as session:
        event.listen(session.sync_session, "before_flush", lambda *_: heard.append("flush"))
        await session.execute(text("SELECT 1"))
        session.add(User(name="new", email="new@example.org"))
        await session.flush()
    assert heard[:2] == ["SELECT 1", "flush"]
    event.remove(engine.sync_engine, "before_cursor_execute", executed)
    await engine.dispose()
