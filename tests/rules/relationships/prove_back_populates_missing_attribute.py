"""A `back_populates` that names nothing, or a column, raises when the mappers are configured: for every model."""

from __future__ import annotations

import pytest
from rules.prove_support import held
from sqlalchemy import ForeignKey
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(back_populates: str) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", back_populates=back_populates)  # type: ignore[var-annotated]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order = relationship("Order", back_populates="lines")  # type: ignore[var-annotated]

    class Other(Base):
        __tablename__ = "others"
        id: Mapped[int] = mapped_column(primary_key=True)

    return held(Base)


@pytest.mark.parametrize(("name", "says"), [("parent", "has no property 'parent'"), ("order_id", "not a relationship")])
def test_it_raises_for_every_model(name: str, says: str) -> None:
    base = models(name)
    with pytest.raises(InvalidRequestError, match=says):
        base.registry.configure()
    with pytest.raises(InvalidRequestError, match="One or more mappers failed"):
        base.registry._class_registry["Other"]()  # type: ignore[operator]
    base.registry.dispose()


def test_the_right_name_does_not() -> None:
    models("order").registry.configure()
