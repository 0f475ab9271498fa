"""A dynamic relationship runs SQL wherever it is iterated: under asyncio that raises."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, DynamicMapped, Mapped, WriteOnlyMapped, mapped_column, relationship
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: DynamicMapped[Line] = relationship()
    written: WriteOnlyMapped[Line] = relationship(overlaps="lines")


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


async def read(attribute: str) -> int:
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(engine) as session:
            order = Order(id=1)
            order.written.add_all([Line(), Line()])
            session.add(order)
            await session.flush()
            if attribute == "lines":
                return len(list(order.lines))
            return len((await session.scalars(order.written.select())).all())
    finally:
        await engine.dispose()


def test_reading_a_dynamic_relationship_under_asyncio_raises() -> None:
    with pytest.raises(StatementError, match="MissingGreenlet"):
        asyncio.run(read("lines"))


def test_write_only_is_read_with_a_select() -> None:
    assert asyncio.run(read("written")) == 2
