"""Python decides `or`, `not`, `is` and `in` once for a class of columns; what wants a value raises."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ColumnElement, ForeignKey, or_, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Part(Base):
    __tablename__ = "parts"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="x")
    stock: Mapped[int | None]
    parts: Mapped[list[Part]] = relationship()

    @hybrid_property
    def bare(self) -> bool:
        return self.stock is None or self.stock > 3

    @hybrid_property
    def available(self) -> bool:
        return self.stock is None or self.stock > 3

    @available.inplace.expression
    @classmethod
    def _available(cls) -> ColumnElement[bool]:
        return or_(cls.stock.is_(None), cls.stock > 3)

    @hybrid_property
    def none(self) -> bool:
        return self.stock is None

    @hybrid_property
    def empty(self) -> bool:
        return not self.stock

    @hybrid_property
    def few(self) -> bool:
        return self.stock in (1, 2)

    @hybrid_property
    def text(self) -> str:
        return f"{self.name}!"

    @hybrid_property
    def length(self) -> int:
        return len(self.name)

    @hybrid_property
    def lower(self) -> str:
        return self.name.lower()

    @hybrid_property
    def both(self) -> bool:
        return self.stock is not None and self.stock > 1 and self.name == "x"

    @hybrid_property
    def count(self) -> int:
        return sum(1 for _ in self.parts)


@pytest.mark.parametrize(("name", "found"), [("bare", [3]), ("available", [1, 3])])
def test_the_rows_that_are_found(name: str, found: list[int]) -> None:
    with Session(make_engine(Base)) as session:
        session.add_all([Item(id=1, stock=None), Item(id=2, stock=1), Item(id=3, stock=5)])
        session.commit()
        assert session.scalars(select(Item.id).where(getattr(Item, name)).order_by(Item.id)).all() == found
        in_python = [item.id for item in session.scalars(select(Item).order_by(Item.id)) if getattr(item, name)]
        assert in_python == [1, 3]


@pytest.mark.parametrize(("name", "value"), [("none", False), ("empty", False), ("few", False), ("text", "Item.name!")])
def test_what_is_no_sql(name: str, value: Any) -> None:
    assert getattr(Item, name) == value


@pytest.mark.parametrize(
    ("name", "error"),
    [("length", TypeError), ("lower", AttributeError), ("both", TypeError), ("count", NotImplementedError)],
)
def test_what_raises(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        getattr(Item, name)
