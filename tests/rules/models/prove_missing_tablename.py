"""A declarative class without a table cannot be defined."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


def test_it_raises() -> None:
    with pytest.raises(InvalidRequestError, match="does not have a __table__ or __tablename__"):

        class Order(Base):
            id: Mapped[int] = mapped_column(primary_key=True)


def test_with_a_name_or_abstract_it_does_not() -> None:
    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Keyed(Base):
        __abstract__ = True
        id: Mapped[int] = mapped_column(primary_key=True)

    assert list(Base.metadata.tables) == ["lines"]
