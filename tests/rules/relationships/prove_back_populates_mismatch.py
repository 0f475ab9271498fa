"""Two sides of which only one names the other do not keep in step; one that leads elsewhere is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[Line]] = relationship(back_populates="order")
    notes: Mapped[list[Note]] = relationship(back_populates="order")


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship()


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship(back_populates="notes")


def test_one_that_is_not_named_back_is_left_as_it_was() -> None:
    order = Order()
    line, other = Line(), Line()
    order.lines.append(line)
    other.order = order
    assert line.order is order
    assert order.lines == [line]


def test_two_that_name_each_other_keep_in_step() -> None:
    order = Order()
    note, other = Note(), Note()
    order.notes.append(note)
    other.order = order
    assert note.order is order
    assert order.notes == [note, other]


def test_one_that_leads_elsewhere_raises() -> None:
    class Other(DeclarativeBase):
        pass

    class User(Other):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Parent(Other):
        __tablename__ = "parents"
        id: Mapped[int] = mapped_column(primary_key=True)
        children = relationship("Child", back_populates="user")  # type: ignore[var-annotated]

    class Child(Other):
        __tablename__ = "children"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user = relationship("User")  # type: ignore[var-annotated]

    with pytest.raises(ArgumentError, match="does not reference mapper"):
        Other.registry.configure()
    Other.registry.dispose()
