"""Two tasks ask one session for its connection at once: InvalidRequestError. With sessions of their own they run.

A session that has its connection goes on without an exception, on that one connection.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rules.prove_support import Base, User, make_users
from sqlalchemy import event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine


async def database(folder: Path) -> tuple[AsyncEngine, async_sessionmaker[AsyncSession]]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'shop.db'}")
    maker = async_sessionmaker(engine)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with maker.begin() as session:
        session.add_all(make_users(3))
    await engine.dispose()  # the pool must connect anew
    return engine, maker


async def name_of(session: AsyncSession, key: int) -> str | None:
    user = await session.get(User, key)
    return user.name if user is not None else None


async def test_shared_it_raises(tmp_path: Path) -> None:
    engine, maker = await database(tmp_path)
    session = maker()
    outcomes = await asyncio.gather(name_of(session, 1), name_of(session, 2), return_exceptions=True)
    (raised,) = [each for each in outcomes if isinstance(each, InvalidRequestError)]
    assert "concurrent operations are not permitted" in str(raised)
    await session.close()
    await engine.dispose()


async def test_shared_by_tasks_it_raises(tmp_path: Path) -> None:
    engine, maker = await database(tmp_path)
    session = maker()
    tasks = [asyncio.create_task(name_of(session, key)) for key in (1, 2, 3)]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert any(isinstance(each, InvalidRequestError) for each in outcomes)
    await session.close()
    await engine.dispose()


@pytest.mark.filterwarnings("ignore:Usage of the 'Session.add")
async def test_with_its_connection_they_wait_for_each_other_and_a_commit_raises(tmp_path: Path) -> None:
    engine, maker = await database(tmp_path)
    opened: list[object] = []
    event.listen(engine.sync_engine.pool, "checkout", lambda *_: opened.append(1))
    async with maker() as session:
        await name_of(session, 3)
        assert await asyncio.gather(name_of(session, 1), name_of(session, 2)) == ["user 1", "user 2"]
        assert len(opened) == 1

    async def add(key: int) -> None:
        session.add(User(name="new", email=f"new{key}@example.org"))
        await session.commit()

    async with maker() as session:
        await name_of(session, 3)
        outcomes = await asyncio.gather(add(1), add(2), return_exceptions=True)
    assert any(isinstance(each, InvalidRequestError) for each in outcomes)
    await engine.dispose()


async def test_each_its_own(tmp_path: Path) -> None:
    engine, maker = await database(tmp_path)

    async def alone(key: int) -> str | None:
        async with maker() as session:
            return await name_of(session, key)

    assert await asyncio.gather(alone(1), alone(2)) == ["user 1", "user 2"]
    await engine.dispose()
