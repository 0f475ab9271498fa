"""Two classes of one table: the second cannot be defined."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def test_it_raises() -> None:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)

    with pytest.raises(InvalidRequestError, match="Table 'orders' is already defined"):

        class OldOrder(Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)


def test_another_name_or_saying_so_does_not() -> None:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)

    class OldOrder(Base):
        __tablename__ = "old_orders"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Wide(Base):
        __tablename__ = "orders"
        __table_args__: ClassVar[dict[str, Any]] = {"extend_existing": True}
        id: Mapped[int] = mapped_column(primary_key=True)

    assert sorted(Base.metadata.tables) == ["old_orders", "orders"]
