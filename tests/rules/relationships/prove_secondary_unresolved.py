"""A string that names no table, class or column raises when the mappers are configured."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import held
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(secondary: str) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    Table("post_tags", Base.metadata, Column("post", ForeignKey("posts.id")), Column("tag", ForeignKey("tags.id")))

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        tags = relationship("Tag", secondary=secondary)  # type: ignore[var-annotated]

    class Tag(Base):
        __tablename__ = "tags"
        id: Mapped[int] = mapped_column(primary_key=True)

    return held(Base)


def test_it_raises() -> None:
    base = models("post_tag")
    with pytest.raises(InvalidRequestError, match="failed to locate a name"):
        base.registry.configure()
    base.registry.dispose()


def test_the_right_name_does_not() -> None:
    models("post_tags").registry.configure()


def joined(**arguments: Any) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order = relationship("Order", viewonly=True)  # type: ignore[var-annotated]

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", **arguments)  # type: ignore[var-annotated]

    return held(Base)


@pytest.mark.parametrize(
    ("argument", "error", "match"),
    [
        ({"primaryjoin": "Order.id == Lines.order_id"}, InvalidRequestError, "failed to locate a name"),
        ({"primaryjoin": "Order.id == line.c.order_id"}, InvalidRequestError, "failed to locate a name"),
        ({"order_by": "number"}, InvalidRequestError, "failed to locate a name"),
        ({"primaryjoin": "Order.id == Line.order"}, InvalidRequestError, "not an instance of ColumnProperty"),
        ({"primaryjoin": "Order.id == Line.oder_id"}, AttributeError, "oder_id"),
        ({"primaryjoin": "Order.id == lines.c.oder_id"}, AttributeError, "oder_id"),
        ({"foreign_keys": "Line.oder_id"}, AttributeError, "does not have a mapped column"),
        ({"remote_side": "[Line.oder_id]"}, AttributeError, "does not have a mapped column"),
        ({"order_by": "Line.numbr.desc()"}, AttributeError, "does not have a mapped column"),
    ],
    ids=str,
)
def test_other_strings_raise(argument: dict[str, str], error: type[Exception], match: str) -> None:
    base = joined(**argument)
    with pytest.raises(error, match=match):
        base.registry.configure()
    base.registry.dispose()


@pytest.mark.parametrize(
    "argument",
    [
        {"primaryjoin": "and_(Order.id == foreign(Line.order_id), func.abs(lines.c.id) > 0)"},
        {"foreign_keys": "[Line.order_id]", "remote_side": "Line.order_id", "order_by": "desc(Line.id), Line.order_id"},
    ],
    ids=str,
)
def test_names_that_are_there_do_not(argument: dict[str, str]) -> None:
    joined(**argument).registry.configure()
