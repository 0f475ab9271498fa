"""What is no coroutine cannot be awaited: TypeError, after the call was made."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from rules.prove_support import User, make_async_engine, make_engine
from sqlalchemy import select
from sqlalchemy.ext import asyncio as sa_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session
from sqlassay.semantics import asynchronous as tables

MATCH = "can't be used in 'await' expression"


async def test_awaited_it_raises() -> None:
    engine: Any = await make_async_engine(users=2)
    async with AsyncSession(engine) as opened:
        session: Any = opened
        new = User(name="new", email="new@example.org")
        with pytest.raises(TypeError, match=MATCH):
            await session.add(new)
        assert new in session  # it was called
        result = await session.execute(select(User.name).order_by(User.id))
        with pytest.raises(TypeError, match=MATCH):
            await result.scalars()
    with pytest.raises(TypeError, match=MATCH):
        await async_sessionmaker(engine)()  # type: ignore[misc]
    with pytest.raises(TypeError, match=MATCH):
        await engine.begin()
    await engine.dispose()


async def test_not_awaited_it_works() -> None:
    engine = await make_async_engine(users=2)
    async with AsyncSession(engine) as session:
        session.add(User(name="new", email="new@example.org"))
        result = await session.execute(select(User.name).order_by(User.id))
        assert result.scalars().all() == ["user 1", "user 2", "new"]
        await session.begin_nested()  # this one can be
    await engine.dispose()


async def test_a_blocking_session_has_nothing_to_await() -> None:
    with Session(make_engine(users=1)) as opened:
        session: Any = opened
        with pytest.raises(TypeError, match=MATCH):
            await session.get(User, 1)


@pytest.mark.parametrize(
    ("cls", "coroutines", "plain"),
    [
        (AsyncSession, tables.OF_ASYNC_SESSION - {"exec", "remove"}, tables.PLAIN_OF_ASYNC_SESSION),
        (AsyncConnection, tables.OF_ASYNC_CONNECTION, tables.PLAIN_OF_ASYNC_CONNECTION),
        (AsyncEngine, tables.OF_ASYNC_ENGINE, tables.PLAIN_OF_ASYNC_ENGINE),
        (sa_asyncio.AsyncResult, tables.OF_ASYNC_RESULT, frozenset()),
    ],
)
def test_the_tables_say_what_sqlalchemy_says(cls: type, coroutines: frozenset[str], plain: frozenset[str]) -> None:
    methods = {name: inspect.unwrap(getattr(cls, name)) for name in dir(cls) if not name.startswith("_")}
    found = {name: inspect.iscoroutinefunction(method) for name, method in methods.items()}
    for name in coroutines & found.keys():
        assert found[name], name
    for name in plain & found.keys():
        assert not found[name], name
    assert {name for name, is_coroutine in found.items() if is_coroutine} <= coroutines
