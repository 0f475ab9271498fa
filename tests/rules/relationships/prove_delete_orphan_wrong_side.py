"""`delete-orphan` on the children's side, or on a many-to-many, is refused when the mappers are configured."""

from __future__ import annotations

import pytest
from rules.prove_support import held
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def many_to_one(**arguments: object) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order = relationship(Order, cascade="all, delete-orphan", **arguments)  # type: ignore[var-annotated, arg-type]

    return held(Base)


def many_to_many() -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    marks = Table("marks", Base.metadata, Column("post", ForeignKey("posts.id")), Column("tag", ForeignKey("tags.id")))

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        tags = relationship("Tag", secondary=marks, cascade="all, delete-orphan")  # type: ignore[var-annotated]

    class Tag(Base):
        __tablename__ = "tags"
        id: Mapped[int] = mapped_column(primary_key=True)

    return held(Base)


@pytest.mark.parametrize("make", [many_to_one, many_to_many])
def test_it_raises(make: object) -> None:
    base: type[DeclarativeBase] = make()  # type: ignore[operator]
    with pytest.raises(ArgumentError, match="delete-orphan cascade is normally configured only"):
        base.registry.configure()
    base.registry.dispose()


def test_with_a_single_parent_it_does_not() -> None:
    many_to_one(single_parent=True).registry.configure()
