"""An AsyncSession that nobody closes keeps its connection: the pool runs dry, whatever the garbage collector does."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.prove_support import Base, User, make_users
from sqlalchemy import func, select
from sqlalchemy.exc import TimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool


@pytest.mark.parametrize("closes", [False, True])
async def test_the_third_call(tmp_path: Path, closes: bool) -> None:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{tmp_path / 'pooled.db'}",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=2,
        max_overflow=0,
        pool_timeout=0.01,
    )
    maker = async_sessionmaker(engine)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with maker.begin() as session:
        session.add_all(make_users(3))
    held: list[AsyncSession] = []

    async def total() -> int | None:
        session = maker()
        held.append(session)  # the garbage collector has not come by
        return await session.scalar(select(func.count(User.id)))

    async def closed() -> int | None:
        async with maker() as session:
            return await session.scalar(select(func.count(User.id)))

    if closes:
        assert [await closed() for _ in range(5)] == [3] * 5
    else:
        assert [await total(), await total()] == [3, 3]
        with pytest.raises(TimeoutError, match="QueuePool limit"):
            await total()
    for session in held:
        await session.close()
    await engine.dispose()
