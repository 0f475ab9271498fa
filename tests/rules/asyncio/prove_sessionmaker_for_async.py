"""`sessionmaker(class_=AsyncSession)` makes AsyncSessions under another type; without `class_` they raise."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from rules.prove_support import make_async_engine
from sqlalchemy import text
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import sessionmaker


async def test_both_make_the_same_but_only_one_begins() -> None:
    engine: Any = await make_async_engine()
    kind: Any = AsyncSession
    older: Any = sessionmaker(engine, class_=kind, expire_on_commit=False)
    newer = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    for maker in (older, newer):
        async with maker() as session:
            assert isinstance(session, AsyncSession)
            assert await session.scalar(text("SELECT 1")) == 1
    with pytest.raises((TypeError, AttributeError)), older.begin():
        pass
    async with newer.begin() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await engine.dispose()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_without_the_class_the_first_statement_raises() -> None:
    engine: Any = await make_async_engine()
    with sessionmaker(engine)() as session, pytest.raises((InvalidRequestError, AttributeError)):
        session.scalar(text("SELECT 1"))
    await engine.dispose()
    gc.collect()
