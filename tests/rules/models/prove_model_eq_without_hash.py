"""With `__eq__` alone, instances cannot be in a set, and neither can a relationship's."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Bare(Base):
    __tablename__ = "bare"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("bare.id"))
    children: Mapped[set[Bare]] = relationship()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bare) and self.id == other.id


class Both(Base):
    __tablename__ = "both"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("both.id"))
    children: Mapped[set[Both]] = relationship()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Both) and self.id == other.id

    def __hash__(self) -> int:
        return hash(Both)


def test_it_cannot_be_in_a_set() -> None:
    with pytest.raises(TypeError, match="unhashable type"):
        {Bare(id=1)}
    with pytest.raises(TypeError, match="unhashable type"):
        Bare(id=1).children.add(Bare(id=2))


def test_with_a_hash_it_can() -> None:
    assert len({Both(id=1), Both(id=1)}) == 1
    Both(id=1).children.add(Both(id=2))
