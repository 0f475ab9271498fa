"""Where both the database and the ORM delete the children, the ORM loads them all for it."""

from __future__ import annotations

import pytest
from rules.prove_support import count_statements
from sqlalchemy import Engine, ForeignKey, create_engine, event, func, select
from sqlalchemy.exc import IntegrityError
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


class Eager(Base):
    __tablename__ = "eagers"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[EagerLine]] = relationship(cascade="all, delete-orphan", passive_deletes=True, lazy="selectin")


class EagerLine(Base):
    __tablename__ = "eager_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    eager_id: Mapped[int] = mapped_column(ForeignKey("eagers.id", ondelete="CASCADE"))


class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[Child]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class Child(Base):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id", ondelete="CASCADE"))
    toys: Mapped[list[Toy]] = relationship(cascade="all, delete")


class Toy(Base):
    __tablename__ = "toys"
    id: Mapped[int] = mapped_column(primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("children.id"))


def made() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", lambda dbapi, _record: dbapi.execute("PRAGMA foreign_keys=ON"))
    Base.metadata.create_all(engine)
    return engine


def test_statements() -> None:
    engine = made()
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


def test_nothing_is_saved_where_the_rows_come_with_the_parent() -> None:
    engine = made()
    with Session(engine) as session:
        session.add(Eager(id=1, lines=[EagerLine() for _ in range(10)]))
        session.commit()
        eager = session.get_one(Eager, 1)
        with count_statements(engine) as counted:
            session.delete(eager)
            session.flush()
    assert (counted.selects, len(counted.statements)) == (0, 2)


def test_the_database_refuses_where_the_children_own_more() -> None:
    with Session(made()) as session:
        session.add(Parent(id=1, children=[Child(toys=[Toy()])]))
        session.commit()
        session.delete(session.get_one(Parent, 1))
        with pytest.raises(IntegrityError):
            session.flush()
