"""A class without a primary key cannot be mapped."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


def test_it_raises() -> None:
    with pytest.raises(ArgumentError, match="could not assemble any primary key columns"):

        class Order(Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column()


def test_with_a_key_it_does_not() -> None:
    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Note(Base):
        __tablename__ = "notes"
        __table_args__ = (PrimaryKeyConstraint("id"),)
        id: Mapped[int]

    class View(Base):
        __tablename__ = "views"
        id: Mapped[int] = mapped_column()
        __mapper_args__: ClassVar[dict[str, Any]] = {"primary_key": [id]}

    Base.registry.configure()
