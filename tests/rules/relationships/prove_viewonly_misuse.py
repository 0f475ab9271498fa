"""What is said of writing to a viewonly relationship is dropped, warned about, or refused; what is written is lost."""

from __future__ import annotations

import pytest
from rules.prove_support import count_statements, make_engine
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.exc import ArgumentError, SAWarning
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


marks = Table(
    "marks", Base.metadata, Column("order_id", ForeignKey("orders.id")), Column("tag_id", ForeignKey("tags.id"))
)


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[Line]] = relationship(back_populates="order")
    open_lines: Mapped[list[Line]] = relationship(viewonly=True)
    tags: Mapped[list[Tag]] = relationship(secondary=marks, viewonly=True)


class Line(Base):
    __tablename__ = "lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship(back_populates="lines")
    its_order: Mapped[Order] = relationship(viewonly=True)


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)


def test_a_cascade_is_dropped_without_a_word() -> None:
    made = relationship("Line", viewonly=True, cascade="save-update, delete, delete-orphan")
    assert set(made.cascade) == set()


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_what_viewonly_keeps() -> None:
    assert set(relationship("Line", viewonly=True, cascade="merge, expunge").cascade) == {"merge", "expunge"}
    relationship("Line", viewonly=True, passive_deletes=False, passive_updates=True, sync_backref=False)


@pytest.mark.parametrize(
    "argument", [{"passive_deletes": True}, {"passive_updates": False}, {"active_history": True}], ids=str
)
def test_arguments_about_writing_warn(argument: dict[str, bool]) -> None:
    with pytest.warns(SAWarning, match="does not make sense"):
        relationship("Line", viewonly=True, **argument)  # type: ignore[arg-type]


def test_sync_backref_raises() -> None:
    with pytest.raises(ArgumentError, match="cannot both be True"):
        relationship("Line", viewonly=True, sync_backref=True)


def test_what_is_written_to_one_is_not_sent() -> None:
    engine = make_engine(Base)
    with Session(engine) as session:
        session.add_all([Order(id=1), Tag(id=1), Line(id=1)])
        session.commit()
        order, tag, line = session.get_one(Order, 1), session.get_one(Tag, 1), session.get_one(Line, 1)
        order.open_lines.append(Line(id=2))
        order.tags.append(tag)
        line.its_order = order
        with count_statements(engine) as counted:
            session.commit()
        assert counted.statements == []
        assert (order.open_lines, order.tags, line.its_order) == ([], [], None)
        session.add(Line(id=3, its_order=order))
        session.commit()
        assert session.get_one(Line, 3).order_id is None


def test_the_other_relationship_sends_it() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Order(id=1))
        session.commit()
        order = session.get_one(Order, 1)
        order.lines.append(Line(id=2))
        session.commit()
        assert [each.id for each in order.open_lines] == [2]
