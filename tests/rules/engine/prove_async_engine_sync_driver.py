"""A driver that cannot be awaited is refused as soon as the engine is made."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import create_async_engine


def test_a_sync_driver_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="requires an async driver"):
        create_async_engine("sqlite:///shop.db")


async def test_an_async_driver_answers() -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.connect() as connection:
        assert await connection.scalar(select(1)) == 1
    await engine.dispose()
