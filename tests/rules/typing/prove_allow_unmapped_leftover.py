"""With `__allow_unmapped__` an annotation that is not `Mapped[...]` passes; without, SQLAlchemy refuses it."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def define(allowed: bool, mapped: bool) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        if allowed:
            __allow_unmapped__ = True

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        if mapped:
            number: Mapped[int] = mapped_column()
        else:
            number: int = mapped_column()  # type: ignore[no-redef]

    return Item


def test_it_hides_what_is_not_mapped() -> None:
    define(allowed=True, mapped=False)


def test_without_it_sqlalchemy_refuses_it() -> None:
    with pytest.raises(ArgumentError, match="number"):
        define(allowed=False, mapped=False)


def test_where_all_is_mapped_it_changes_nothing() -> None:
    with_it, without = (define(allowed=allowed, mapped=True).__table__.c.number for allowed in (True, False))
    assert (str(with_it.type), with_it.nullable) == (str(without.type), without.nullable) == ("INTEGER", False)
