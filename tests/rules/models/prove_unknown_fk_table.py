"""A key to a table that is not there raises where the table is needed."""

from __future__ import annotations

import pytest
from rules.prove_support import held
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.exc import NoReferencedTableError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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

    return held(Base)


@pytest.mark.parametrize("target", ["order.id", "Order.id", "shop.orders.id"])
def test_it_raises(target: str) -> None:
    base = models(target)
    with pytest.raises(NoReferencedTableError, match="could not find table"):
        base.metadata.create_all(create_engine("sqlite://"))
    with pytest.raises(NoReferencedTableError):
        _ = base.metadata.sorted_tables
    base.registry.dispose()


def test_the_right_name_does_not() -> None:
    models("orders.id").metadata.create_all(create_engine("sqlite://"))
