"""`with` on what asyncio enters, and `async with` on what blocks: TypeError (AttributeError before Python 3.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rules.prove_support import make_async_engine, make_engine
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session

ERRORS = (TypeError, AttributeError)

ENTERED: dict[str, Callable[[AsyncEngine], Any]] = {
    "AsyncSession": AsyncSession,
    "maker.begin()": lambda engine: async_sessionmaker(engine).begin(),
    "engine.connect()": lambda engine: engine.connect(),
    "engine.begin()": lambda engine: engine.begin(),
    "session.begin()": lambda engine: AsyncSession(engine).begin(),
}


@pytest.mark.parametrize("make", ENTERED.values(), ids=ENTERED)
async def test_with_raises_and_async_with_enters(make: Callable[[AsyncEngine], Any]) -> None:
    engine = await make_async_engine()
    with pytest.raises(ERRORS), make(engine):
        pass
    async with make(engine):
        pass
    await engine.dispose()


async def test_async_with_raises_on_what_blocks() -> None:
    engine = make_engine()
    for make in (lambda: Session(engine), engine.connect, engine.begin):
        with pytest.raises(ERRORS):
            async with make():  # type: ignore[attr-defined]
                pass
    with Session(engine) as session:
        assert session.scalar(text("SELECT 1")) == 1
