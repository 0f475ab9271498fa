"""A backref whose name is taken, and one beside `back_populates`: both raise."""

from __future__ import annotations

import pytest
from rules.prove_support import held
from sqlalchemy import ForeignKey
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(backref: str) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", backref=backref)  # type: ignore[var-annotated]

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", backref="owner")  # type: ignore[var-annotated]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        order = relationship("Order", viewonly=True)  # type: ignore[var-annotated]

    return held(Base)


@pytest.mark.parametrize("name", ["order", "order_id", "owner"])
def test_a_name_that_is_taken_raises(name: str) -> None:
    base = models(name)
    with pytest.raises(ArgumentError, match="property of that name exists"):
        base.registry.configure()
    base.registry.dispose()


@pytest.mark.parametrize("name", ["new"])
def test_another_does_not(name: str) -> None:
    models(name).registry.configure()


def test_both_raise_at_import() -> None:
    with pytest.raises(ArgumentError, match="mutually exclusive"):
        relationship("Line", backref="order", back_populates="order")
    relationship("Line", backref=None, back_populates="order")
