"""What the database makes in an UPDATE cannot be read under asyncio, unless the UPDATE or a refresh brings it back."""

from __future__ import annotations

from datetime import datetime

import pytest
from rules.asyncio.refusals import Careful, Writer, refused, sessions
from sqlalchemy import select
from sqlalchemy.orm.exc import DetachedInstanceError

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


async def test_after_the_update() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        writer.name = "flushed"
        await session.flush()
        with refused():
            _ = writer.updated_at
        writer.name = "committed"
        await session.commit()
        with refused():
            _ = writer.updated_at
        assert writer.name == "committed"


async def test_of_a_new_object_too_after_its_first_update() -> None:
    async with sessions() as maker, maker() as session:
        writer = Writer(name="new")
        session.add(writer)
        await session.flush()
        assert isinstance(writer.updated_at, datetime)
        writer.name = "changed"
        await session.flush()
        with refused():
            _ = writer.updated_at


async def test_detached() -> None:
    async with sessions() as maker:
        async with maker.begin() as session:
            writer = await session.get_one(Writer, 1)
            writer.name = "changed"
        with pytest.raises(DetachedInstanceError):
            _ = writer.updated_at


async def test_eager_defaults() -> None:
    async with sessions() as maker, maker() as session:
        careful = await session.get_one(Careful, 1)
        careful.name = "changed"
        await session.commit()
        assert isinstance(careful.updated_at, datetime)


async def test_loaded_again_or_given() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        writer.name = "refreshed"
        await session.flush()
        await session.refresh(writer)
        assert isinstance(writer.updated_at, datetime)
        writer.name = "queried"
        await session.flush()
        await session.execute(select(Writer))
        assert isinstance(writer.updated_at, datetime)
        writer.name, writer.updated_at = "given", datetime(2000, 1, 1)
        await session.flush()
        assert writer.updated_at == datetime(2000, 1, 1)
