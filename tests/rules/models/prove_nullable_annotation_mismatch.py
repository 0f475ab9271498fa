"""`nullable=` decides what the table says, whatever the annotation: instances hold what it does not admit."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(nullable=True)


class Strict(Base):
    __tablename__ = "strict"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None] = mapped_column(nullable=False)


class Key(Base):
    __tablename__ = "keys"
    id: Mapped[int | None] = mapped_column(primary_key=True)


def table_of(model: type[DeclarativeBase]) -> Table:
    assert isinstance(model.__table__, Table)
    return model.__table__


def test_an_attribute_that_is_never_none_is_none() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Item(id=1))
        session.commit()
        assert session.get_one(Item, 1).note is None


def test_a_none_that_is_admitted_is_refused() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Strict(id=1, note=None))
        with pytest.raises(IntegrityError, match="NOT NULL"):
            session.flush()


def test_a_key_that_admits_none_is_made_nullable() -> None:
    assert table_of(Key).c.id.nullable
    assert not table_of(Item).c.id.nullable
