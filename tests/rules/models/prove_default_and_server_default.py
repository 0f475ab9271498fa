"""SQLAlchemy inserts the Python default; the one in the table is for those who write past it."""

from __future__ import annotations

from rules.prove_support import make_engine
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(default=1, server_default="2")


def test_the_python_default_wins() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Item(id=1))
        session.flush()
        session.execute(insert(Item).values(id=2))
        session.execute(text("INSERT INTO items (id) VALUES (3)"))
        sizes = session.execute(select(Item.size, func.count()).group_by(Item.size).order_by(Item.size)).all()
    assert [tuple(each) for each in sizes] == [(1, 2), (2, 1)]
