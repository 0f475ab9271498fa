"""A name bound twice is the last thing bound to it; a column name used twice is refused."""

from __future__ import annotations

import warnings

import pytest
from sqlalchemy import Integer, String
from sqlalchemy.exc import DuplicateColumnError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def test_the_first_column_is_lost() -> None:
    class Base(DeclarativeBase):
        pass

    with warnings.catch_warnings():
        warnings.simplefilter("error")

        class Item(Base):
            __tablename__ = "items"
            id: Mapped[int] = mapped_column(primary_key=True)
            size = mapped_column(Integer)
            size = mapped_column(String)  # noqa: PIE794

    assert isinstance(Item.__table__.c.size.type, String)


def test_a_method_takes_the_column_out() -> None:
    class Base(DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        size = mapped_column(Integer)

        def size(self) -> int:  # type: ignore[no-redef]  # noqa: F811
            return 1

    assert Item.__table__.c.keys() == ["id"]


@pytest.mark.filterwarnings("ignore:On class 'Item'")
def test_one_column_for_two_attributes_is_refused() -> None:
    class Base(DeclarativeBase):
        pass

    with pytest.raises(DuplicateColumnError, match="already present"):

        class Item(Base):
            __tablename__ = "items"
            id: Mapped[int] = mapped_column(primary_key=True)
            a: Mapped[int] = mapped_column("size")
            b: Mapped[int] = mapped_column("size")
