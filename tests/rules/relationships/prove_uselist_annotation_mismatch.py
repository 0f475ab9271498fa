"""What an annotation and `uselist` come to where they disagree, and what a list on the side of the key is."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    one: Mapped[list[Line]] = relationship(uselist=False, viewonly=True)
    many: Mapped[Line] = relationship(uselist=True, viewonly=True)
    lines: Mapped[list[Line]] = relationship(viewonly=True)


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    orders: Mapped[list[Order]] = relationship()


def test_either_is_one_object() -> None:
    with Session(make_engine(Base)) as session:
        session.add_all([Order(id=1), Line(id=1, order_id=1)])
        session.commit()
        order = session.get_one(Order, 1)
        assert isinstance(order.one, Line)
        assert isinstance(order.many, Line)
        assert [line.id for line in order.lines] == [1]


def test_a_list_on_the_side_of_the_key_is_none() -> None:
    with Session(make_engine(Base)) as session:
        session.add_all([Order(id=1), Line(id=1, order_id=1)])
        session.commit()
        assert isinstance(session.get_one(Line, 1).orders, Order)
        with pytest.raises(AttributeError, match="'list' object"):
            session.add(Line(id=2, orders=[Order(id=2)]))
