"""An expired object cannot be read under asyncio; kept, refreshed or loaded again it can."""

from __future__ import annotations

import pytest
from rules.asyncio.refusals import Book, Writer, refused, sessions
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.exc import DetachedInstanceError

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


async def test_after_a_commit() -> None:
    async with sessions(expire=True) as maker, maker() as session:
        writer = Writer(name="new")
        session.add(writer)
        await session.commit()
        with refused():
            _ = writer.id
        loaded = await session.get_one(Writer, 1, options=[selectinload(Writer.books)])
        await session.commit()
        with refused():
            _ = loaded.name
        with refused():
            _ = loaded.books


async def test_after_a_block_that_commits() -> None:
    async with sessions(expire=True) as maker:
        async with maker() as session:
            async with session.begin():
                writer = await session.get_one(Writer, 1)
            with refused():
                _ = writer.name
        async with maker.begin() as session:
            writer = await session.get_one(Writer, 1)
        with pytest.raises(DetachedInstanceError):
            _ = writer.name


async def test_after_a_rollback_even_if_commits_keep() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        with pytest.raises(IntegrityError):
            await session.execute(insert(Writer).values(id=1, name="twice"))
        await session.rollback()
        with refused():
            _ = writer.name


async def test_expired_by_hand() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        session.expire(writer)
        with refused():
            _ = writer.name
        await session.refresh(writer)
        session.expire_all()
        with refused():
            _ = writer.id


async def test_what_else_is_loaded_does_not_help() -> None:
    async with sessions(expire=True) as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        await session.commit()
        await session.scalars(select(Book))
        await session.scalars(select(Writer.name))
        with refused():
            _ = writer.name
        session.expunge(writer)
        with pytest.raises(DetachedInstanceError):
            _ = writer.name


async def test_kept_or_refreshed() -> None:
    async with sessions() as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        await session.commit()
        assert writer.name == "first"
    async with sessions(expire=True) as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        await session.commit()
        await session.refresh(writer)
        assert writer.name == "first"


async def test_loaded_again() -> None:
    async with sessions(expire=True) as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        await session.commit()
        await session.execute(select(Writer))
        assert writer.name == "first"
        await session.commit()
        await session.execute(select(Book).options(selectinload(Book.writer)))
        assert writer.name == "first"
        await session.commit()
        await writer.awaitable_attrs.books
        assert writer.name == "first"


async def test_what_is_deleted_is_not_expired() -> None:
    async with sessions(expire=True) as maker:
        async with maker() as session:
            book = await session.get_one(Book, 1)
            await session.delete(book)
            await session.commit()
            assert book.title == "one"
        async with maker() as session:
            writer = await session.get_one(Writer, 1)
            await session.execute(delete(Writer))
            await session.commit()
            assert writer.name == "first"


async def test_a_savepoint_expires_nothing() -> None:
    async with sessions(expire=True) as maker, maker() as session:
        writer = await session.get_one(Writer, 1)
        async with session.begin_nested():
            writer.name = "changed"
        assert writer.name == "changed"
