"""Under asyncio a read that runs a SELECT raises, each time; loaded beforehand, by whichever means, it does not."""

from __future__ import annotations

import pytest
from rules.asyncio.refusals import Book, Writer, refused, sessions
from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only, selectinload, undefer
from sqlalchemy.orm.exc import DetachedInstanceError

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


async def test_a_collection() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        with refused():
            _ = writer.books
        for each in await session.scalars(select(Writer)):
            with refused():
                _ = each.books
        with refused():
            writer.books.append(Book(title="two"))


async def test_assigning_a_collection_loads_the_one_before() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        with refused():
            writer.books = []
        await session.rollback()


async def test_a_reference_unless_its_target_is_there() -> None:
    async with sessions() as maker:
        async with maker() as session:
            book = await session.get_one(Book, 1)
            with refused():
                _ = book.writer
        async with maker() as session:
            writer = await session.get_one(Writer, 1)
            assert (await session.get_one(Book, 1)).writer is writer


async def test_a_refresh_loads_the_columns_alone() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        await session.refresh(writer)
        with refused():
            _ = writer.books


async def test_columns_that_the_query_leaves_out() -> None:
    async with sessions() as maker:
        async with maker() as session:
            writer = await session.get_one(Writer, 1)
            with refused():
                _ = writer.bio
        async with maker() as session:
            writer = (await session.scalars(select(Writer).options(load_only(Writer.id)))).one()
            with refused():
                _ = writer.name
        async with maker() as session:
            assert (await session.get_one(Writer, 1, options=[undefer(Writer.bio)])).bio == "long"


async def test_detached() -> None:
    async with sessions() as maker:
        async with maker() as session:
            writer = await session.get_one(Writer, 1)
        with pytest.raises(DetachedInstanceError):
            _ = writer.books
        async with maker() as session:
            writer = await session.get_one(Writer, 1)
            session.expunge(writer)
            with pytest.raises(DetachedInstanceError):
                _ = writer.books


async def test_loaded_with_the_query() -> None:
    async with sessions() as maker:
        async with maker() as session:
            writer = await session.get_one(Writer, 1, options=[selectinload(Writer.books)])
        assert [book.title for book in writer.books] == ["one"]
        async with maker() as session:
            book = (await session.scalars(select(Book).options(joinedload(Book.writer)))).one()
            assert book.writer is not None


async def test_loaded_afterwards() -> None:
    async with sessions() as maker:
        async with maker() as session:
            writer = await session.get_one(Writer, 1)
            await session.refresh(writer, ["books"])
            assert len(writer.books) == 1
        async with maker() as session:
            writer = await session.get_one(Writer, 1)
            assert len(await writer.awaitable_attrs.books) == len(writer.books) == 1
        async with maker() as session:
            writer = await session.get_one(Writer, 1)
            await session.execute(select(Writer).options(selectinload(Writer.books)))
            assert len(writer.books) == 1


async def test_in_run_sync() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        assert await session.run_sync(lambda _: len(writer.books)) == 1
