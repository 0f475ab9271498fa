"""A relationship over tables that no key joins raises when the mappers are configured."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import held
from sqlalchemy import Column, ForeignKey, Integer, Table
from sqlalchemy.exc import NoForeignKeysError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(*key: Any, secondary: bool = False) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    through = Table("marks", Base.metadata, Column("order", ForeignKey("orders.id")), Column("line", Integer))

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", secondary=through if secondary else None)  # type: ignore[var-annotated]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(*key)

    return held(Base)


@pytest.mark.parametrize("secondary", [False, True])
def test_it_raises(secondary: bool) -> None:
    base = models(secondary=secondary)
    with pytest.raises(NoForeignKeysError, match="Could not determine join condition"):
        base.registry.configure()
    base.registry.dispose()


def test_with_a_key_it_does_not() -> None:
    models(ForeignKey("orders.id")).registry.configure()
