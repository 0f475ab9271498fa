"""The argument of a relationship wins over its annotation, silently."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[User]] = relationship("Line")
    said: Mapped[list[Line]] = relationship(viewonly=True)


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


@pytest.mark.filterwarnings("error")
def test_the_argument_wins() -> None:
    Base.registry.configure()
    assert Order.lines.property.mapper.class_ is Line
    assert Order.said.property.mapper.class_ is Line
