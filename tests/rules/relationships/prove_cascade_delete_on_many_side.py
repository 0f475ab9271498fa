"""A delete cascade on the children's side deletes the parent that they share."""

from __future__ import annotations

from rules.prove_support import make_engine
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship(cascade="all")


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship()


def left(child: type[Line] | type[Note]) -> int | None:
    """How many orders there are when one of two children of one was deleted."""
    with Session(make_engine(Base)) as session:
        order = Order()
        session.add_all([child(id=1, order=order), child(id=2, order=order)])
        session.commit()
        session.delete(session.get_one(child, 1))
        session.commit()
        return session.scalar(select(func.count(Order.id)))


def test_the_parent_goes_with_one_child() -> None:
    assert left(Line) == 0


def test_without_the_cascade_it_stays() -> None:
    assert left(Note) == 1
