"""Where both the database and the ORM delete the children, the ORM loads them all for it."""

from __future__ import annotations

from rules.prove_support import count_statements
from sqlalchemy import ForeignKey, create_engine, event, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[Line]] = relationship(cascade="all, delete-orphan")


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))


class Passive(Base):
    __tablename__ = "passives"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[PassiveLine]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class PassiveLine(Base):
    __tablename__ = "passive_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    passive_id: Mapped[int] = mapped_column(ForeignKey("passives.id", ondelete="CASCADE"))


def test_statements() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", lambda dbapi, _record: dbapi.execute("PRAGMA foreign_keys=ON"))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Order(id=1, lines=[Line() for _ in range(10)]))
        session.add(Passive(id=1, lines=[PassiveLine() for _ in range(10)]))
        session.commit()
        order, passive = session.get_one(Order, 1), session.get_one(Passive, 1)
        with count_statements(engine) as loaded:
            session.delete(order)
            session.flush()
        with count_statements(engine) as left:
            session.delete(passive)
            session.flush()
        assert session.scalar(select(func.count(Line.id))) == session.scalar(select(func.count(PassiveLine.id))) == 0
    assert (loaded.selects, len(loaded.statements)) == (1, 3)
    assert (left.selects, len(left.statements)) == (0, 1)
