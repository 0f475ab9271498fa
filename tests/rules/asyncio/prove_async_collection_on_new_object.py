"""A collection that was never set is loaded once its object has a row: nobody can wait for it under asyncio."""

from __future__ import annotations

import pytest
from rules.asyncio.refusals import Book, Writer, refused, sessions

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


async def test_after_the_insert() -> None:
    async with sessions() as maker, maker() as session:
        writer = Writer(name="new")
        session.add(writer)
        await session.flush()
        with refused():
            writer.books.append(Book(title="first"))
        with refused():
            writer.books = []
        await session.rollback()


async def test_after_a_commit_and_a_refresh() -> None:
    async with sessions() as maker, maker() as session:
        writer = Writer(name="new")
        session.add(writer)
        await session.commit()
        await session.refresh(writer)
        with refused():
            _ = writer.books


async def test_expired_by_the_commit() -> None:
    async with sessions(expire=True) as maker, maker() as session:
        writer = Writer(name="new", books=[])
        session.add(writer)
        await session.commit()
        await session.refresh(writer)
        with refused():
            _ = writer.books


async def test_given_an_empty_one() -> None:
    async with sessions() as maker, maker() as session:
        writer = Writer(name="new", books=[])
        session.add(writer)
        await session.flush()
        writer.books.append(Book(title="first"))
        await session.commit()
        assert [book.title for book in writer.books] == ["first"]


async def test_filled_before_from_either_side() -> None:
    async with sessions() as maker, maker() as session:
        writer, other = Writer(name="new"), Writer(name="other")
        session.add_all([writer, other])
        writer.books.append(Book(title="first"))
        book = Book(title="second", writer=other)
        session.add(book)
        await session.flush()
        assert (len(writer.books), other.books) == (1, [book])


async def test_refreshed_by_name_or_awaited() -> None:
    async with sessions() as maker, maker() as session:
        writer, other = Writer(name="new"), Writer(name="other")
        session.add_all([writer, other])
        await session.commit()
        await session.refresh(writer, ["books"])
        await other.awaitable_attrs.books
        assert writer.books == other.books == []


async def test_a_reference_to_nothing_loads_nothing() -> None:
    async with sessions() as maker, maker() as session:
        book = Book(title="alone")
        session.add(book)
        await session.flush()
        assert book.writer is None
