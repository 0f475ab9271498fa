"""Over a NULL foreign key a many-to-one is None, whatever its annotation says; the annotation changes no schema."""

from __future__ import annotations

from rules.prove_support import make_engine
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.schema import CreateTable


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship(viewonly=True)
    said: Mapped[Order | None] = relationship()


def test_it_is_none() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Line(id=1))
        session.commit()
        line = session.get_one(Line, 1)
        assert line.order is None
        assert line.said is None


def test_neither_makes_the_key_required() -> None:
    assert "order_id INTEGER, " in str(CreateTable(Line.__table__)).replace("\n\t", " ")  # type: ignore[arg-type]
