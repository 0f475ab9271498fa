"""A key to a column that is not there raises where the table is made, and where a relationship goes over it."""

from __future__ import annotations

import pytest
from rules.prove_support import held
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.exc import NoReferencedColumnError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(target: str) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey(target))
        order = relationship("Order")  # type: ignore[var-annotated]

    return held(Base)


def test_it_raises() -> None:
    base = models("orders.order_id")
    with pytest.raises(NoReferencedColumnError, match="has no column named 'order_id'"):
        base.metadata.create_all(create_engine("sqlite://"))
    with pytest.raises(NoReferencedColumnError):
        base.registry.configure()
    base.registry.dispose()


def test_the_right_name_does_not() -> None:
    base = models("orders.id")
    base.metadata.create_all(create_engine("sqlite://"))
    base.registry.configure()
