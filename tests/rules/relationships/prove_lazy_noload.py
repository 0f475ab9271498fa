"""A relationship under "noload" reads as empty, whatever is there; under "raise" it says so."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[Line]] = relationship()
    unloaded: Mapped[list[Line]] = relationship(lazy="noload", viewonly=True)
    raising: Mapped[list[Line]] = relationship(lazy="raise", viewonly=True)


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
def test_noload_is_empty_and_raise_raises() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Order(id=1, lines=[Line(), Line()]))
        session.commit()
        session.expunge_all()
        order = session.get_one(Order, 1)
        assert session.scalar(select(func.count(Line.id))) == 2
        assert order.unloaded == []
        with pytest.raises(InvalidRequestError, match="lazy='raise'"):
            order.raising.count(None)  # type: ignore[arg-type]
