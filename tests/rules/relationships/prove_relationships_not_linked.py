"""Two sides of one key that know nothing of each other: a warning, and two that do not keep in step."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(here: dict[str, Any], there: dict[str, Any]) -> tuple[Any, Any]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", **here)  # type: ignore[var-annotated]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order = relationship("Order", **there)  # type: ignore[var-annotated]

    return Order, Line


def test_it_warns_and_they_do_not_keep_in_step() -> None:
    order_class, line_class = models({}, {})
    with pytest.warns(SAWarning, match="conflicts with relationship"):
        order_class.registry.configure()
    order, line = order_class(), line_class()
    order.lines.append(line)
    assert line.order is None


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_two_that_name_each_other_do() -> None:
    order_class, line_class = models({"back_populates": "order"}, {"back_populates": "lines"})
    order, line = order_class(), line_class()
    order.lines.append(line)
    assert line.order is order


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("said", [{"viewonly": True}, {"overlaps": "order"}, {"back_populates": "order"}], ids=str)
def test_what_silences_the_warning(said: dict[str, Any]) -> None:
    models(said, {})[0].registry.configure()
