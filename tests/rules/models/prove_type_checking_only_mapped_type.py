"""A name in a column's annotation must be there when the class is made; one in a relationship's need not be."""

# No `from __future__ import annotations`: the annotations are to be read where they stand.
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.orm.exc import MappedAnnotationError

if TYPE_CHECKING:
    from datetime import date


class Base(DeclarativeBase):
    pass


def test_the_class_cannot_be_made() -> None:
    with pytest.raises(MappedAnnotationError, match="Could not resolve all types"):

        class Bare(Base):
            __tablename__ = "bare"
            id: Mapped[int] = mapped_column(primary_key=True)
            sold: Mapped["date"]

    with pytest.raises(MappedAnnotationError, match="Could not resolve all types"):

        class Typed(Base):
            __tablename__ = "typed"
            id: Mapped[int] = mapped_column(primary_key=True)
            sold: "Mapped[date]" = mapped_column(Date)


def test_a_relationship_is_looked_up_later() -> None:
    class Child(Base):
        __tablename__ = "children"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(ForeignKey("children.id"))
        parent: "Mapped[date]" = relationship()

    made: Any = Child
    assert made.__table__.c.keys() == ["id", "parent_id"]
