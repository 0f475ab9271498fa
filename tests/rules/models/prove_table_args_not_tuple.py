"""`__table_args__` that is no tuple, or whose dict is not last, is refused when the class is made."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def make(args: Any) -> Any:
    class Base(DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = "items"
        __table_args__ = args
        id: Mapped[int] = mapped_column(primary_key=True)
        code: Mapped[int]

    return Item


def test_what_is_no_tuple_is_refused() -> None:
    for args in (UniqueConstraint("code"), [UniqueConstraint("code")], []):
        with pytest.raises(ArgumentError, match="must be a tuple, dict, or None"):
            make(args)
    assert len(make((UniqueConstraint("code"),)).__table__.constraints) == 2


def test_the_dict_comes_last() -> None:
    with pytest.raises(ArgumentError, match="'SchemaItem' object"):
        make(({"schema": "shop"}, Index("ix_code", "code")))
    assert make((Index("ix_code", "code"), {"schema": "shop"})).__table__.schema == "shop"


def test_a_dict_alone_and_nothing_are_taken() -> None:
    assert make({"schema": "shop"}).__table__.schema == "shop"
    assert make(()).__table__ is not None
    assert make(None).__table__ is not None
