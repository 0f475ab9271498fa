"""A column with a comma behind it is no column: SQLAlchemy warns and maps the class without it."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKey, Integer
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def test_a_column_with_a_comma_is_left_out() -> None:
    class Base(DeclarativeBase):
        pass

    with pytest.warns(SAWarning, match="possibly a copy-and-paste error with a comma"):

        class Item(Base):
            __tablename__ = "items"
            id: Mapped[int] = mapped_column(primary_key=True)
            size = (mapped_column(Integer),)

    assert Item.__table__.c.keys() == ["id"]


def test_a_relationship_with_a_comma_is_left_out() -> None:
    class Base(DeclarativeBase):
        pass

    with pytest.warns(SAWarning, match="possibly a copy-and-paste error with a comma"):

        class Item(Base):
            __tablename__ = "items"
            id: Mapped[int] = mapped_column(primary_key=True)
            other_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
            other = (relationship("Item"),)

    assert Item.__mapper__.attrs.keys() == ["id", "other_id"]


def test_without_the_comma_it_is_there() -> None:
    class Base(DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        size = mapped_column(Integer)

    assert Item.__table__.c.keys() == ["id", "size"]
