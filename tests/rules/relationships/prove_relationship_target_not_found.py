"""A relationship to a class that nobody maps raises when the mappers are configured: for every model."""

from __future__ import annotations

import pytest
from rules.prove_support import held
from sqlalchemy import ForeignKey
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(target: str) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship(target)  # type: ignore[var-annotated]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))

    return held(Base)


def test_it_raises_for_every_model() -> None:
    base = models("Lines")
    with pytest.raises(InvalidRequestError, match="failed to locate a name"):
        base.registry.configure()
    with pytest.raises(InvalidRequestError, match="One or more mappers failed"):
        base.registry._class_registry["Line"]()  # type: ignore[operator]
    base.registry.dispose()


def test_the_right_name_does_not() -> None:
    models("Line").registry.configure()
