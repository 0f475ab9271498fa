"""Without a scope: TypeError. The blocking registry: one session for all tasks, and a `close()` nobody awaits."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from rules.prove_support import User, make_async_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker
from sqlalchemy.orm import scoped_session

pytestmark = pytest.mark.filterwarnings("ignore:Using `scoped_session` with asyncio is deprecated")


async def test_without_a_scope_it_raises() -> None:
    engine = await make_async_engine()
    with pytest.raises(TypeError, match="scopefunc"):
        async_scoped_session(async_sessionmaker(engine))  # type: ignore[call-arg]
    await engine.dispose()


async def sessions_of_two_tasks(registry: Any) -> int:
    async def session() -> AsyncSession:
        found: AsyncSession = registry()
        return found

    one, other = await asyncio.gather(session(), session())
    return len({id(one), id(other)})


async def test_of_a_thread_there_is_one_for_all_tasks() -> None:
    engine = await make_async_engine(users=1)
    maker: Any = async_sessionmaker(engine)
    assert await sessions_of_two_tasks(scoped_session(maker)) == 1
    assert await sessions_of_two_tasks(async_scoped_session(maker, scopefunc=asyncio.current_task)) == 2
    await engine.dispose()


async def test_removed_it_is_not_closed() -> None:
    engine = await make_async_engine(users=1)
    maker: Any = async_sessionmaker(engine)
    registry = scoped_session(maker)
    session: Any = registry()
    await session.get(User, 1)

    def remove() -> None:
        registry.remove()
        gc.collect()

    with pytest.warns(RuntimeWarning, match=r"coroutine 'AsyncSession.close' was never awaited"):
        remove()
    assert session.in_transaction()
    await session.close()

    scoped = async_scoped_session(maker, scopefunc=asyncio.current_task)
    session = scoped()
    await session.get(User, 1)
    await scoped.remove()
    assert not session.in_transaction()
    await engine.dispose()
