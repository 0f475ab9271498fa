"""What the proofs of reads under asyncio share: models that are lazy in every way, and what a refused read raises."""

from __future__ import annotations

import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import ForeignKey, func
from sqlalchemy.exc import MissingGreenlet, StatementError
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool


class Base(AsyncAttrs, DeclarativeBase):
    pass


class Writer(Base):
    __tablename__ = "writers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    bio: Mapped[str | None] = mapped_column(deferred=True)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    books: Mapped[list[Book]] = relationship(back_populates="writer")


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    writer_id: Mapped[int | None] = mapped_column(ForeignKey("writers.id"))
    writer: Mapped[Writer | None] = relationship(back_populates="books")


class Careful(Base):
    """A model whose UPDATE brings back what the database makes."""

    __tablename__ = "careful"
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


@asynccontextmanager
async def sessions(*, expire: bool = False) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """A maker of sessions on a database in memory that holds a writer with a book, and a careful one: all number 1."""
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.run_sync(_fill)
    try:
        yield async_sessionmaker(engine, expire_on_commit=expire)
    finally:
        await engine.dispose()
        with warnings.catch_warnings():
            # The driver's call that nobody could await warns when it is collected: here, not in some other test.
            warnings.simplefilter("ignore", RuntimeWarning)
            gc.collect()


def _fill(connection: Any) -> None:
    with Session(connection) as session:
        session.add_all([Writer(name="first", bio="long", books=[Book(title="one")]), Careful(name="first")])
        session.flush()


@contextmanager
def refused() -> Iterator[None]:
    """The block must come to a load that would have to be awaited."""
    with pytest.raises((MissingGreenlet, StatementError), match="greenlet_spawn has not been called"):
        yield
