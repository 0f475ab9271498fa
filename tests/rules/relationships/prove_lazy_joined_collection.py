"""A collection loaded by a join repeats its parent for each child; selectin does not."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ForeignKey, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload

LINES, NOTES = 20, 30


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[Line]] = relationship()
    notes: Mapped[list[Note]] = relationship()


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


def test_rows_multiply() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Order(lines=[Line() for _ in range(LINES)], notes=[Note() for _ in range(NOTES)]))
        session.commit()
        joined = select(Order).options(joinedload(Order.lines), joinedload(Order.notes))
        assert len(session.connection().execute(joined).all()) == LINES * NOTES
        with pytest.raises(InvalidRequestError, match="unique"):
            session.scalars(joined).all()
        apart = select(Order).options(selectinload(Order.lines), selectinload(Order.notes))
        assert len(session.connection().execute(apart).all()) == 1
        assert [len(each.lines) for each in session.scalars(apart)] == [LINES]
