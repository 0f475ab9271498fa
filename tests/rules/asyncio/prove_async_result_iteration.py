"""A result that holds its rows is no async iterator, and one that streams them no plain one: TypeError."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import User, make_async_engine
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

NAMES = select(User.name).order_by(User.id)


async def test_each_knows_its_own_loop() -> None:
    engine = await make_async_engine(users=2)
    async with AsyncSession(engine) as session:
        buffered: Any = await session.scalars(NAMES)
        with pytest.raises(TypeError, match="'async for' requires an object with __aiter__"):
            async for _ in buffered:
                pass
        streamed: Any = await session.stream_scalars(NAMES)
        with pytest.raises(TypeError, match="not iterable"):
            for _ in streamed:
                pass
        assert list(await session.scalars(NAMES)) == ["user 1", "user 2"]
        assert [name async for name in await session.stream_scalars(NAMES)] == ["user 1", "user 2"]
    await engine.dispose()
