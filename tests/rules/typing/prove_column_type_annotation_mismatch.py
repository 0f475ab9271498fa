"""SQLAlchemy does not compare the type with the annotation: rows hold what the type gives."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from rules.prove_support import make_engine
from sqlalchemy import Numeric, String
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[float | None] = mapped_column(Numeric(10, 3))
    right: Mapped[Decimal | None] = mapped_column(Numeric(10, 3))
    token: Mapped[uuid.UUID | None] = mapped_column(String(36))


def test_it_comes_back_as_another_type() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Item(id=1, weight=0.5, right=Decimal("0.5")))
        session.commit()
        item = session.get_one(Item, 1)
        assert isinstance(item.weight, Decimal)
        with pytest.raises(TypeError, match="unsupported operand"):
            item.weight * 1.5
        assert item.right is not None
        assert item.right * 2 == 1


def test_the_driver_refuses_it() -> None:
    with Session(make_engine(Base)) as session:
        session.add(Item(id=1, token=uuid.uuid4()))
        with pytest.raises(ProgrammingError, match="type 'UUID' is not supported"):
            session.flush()
