"""A default that is called while the class is made is one value for ever: every row gets it."""

from __future__ import annotations

import uuid

import pytest
from rules.prove_support import make_engine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Frozen(Base):
    __tablename__ = "frozen"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4())


class Called(Base):
    __tablename__ = "called"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)


class FrozenKey(Base):
    __tablename__ = "frozen_key"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4())


@pytest.mark.parametrize(("model", "values"), [(Frozen, 1), (Called, 3)])
def test_values_of_three_rows(model: type[Frozen] | type[Called], values: int) -> None:
    with Session(make_engine(Base)) as session:
        session.add_all([model(), model(), model()])
        session.flush()
        assert len(set(session.scalars(select(model.token)))) == values


def test_a_second_row_with_a_frozen_key_is_refused() -> None:
    with Session(make_engine(Base)) as session:
        session.add(FrozenKey())
        session.flush()
        session.expunge_all()
        session.add(FrozenKey())
        with pytest.raises(IntegrityError, match="UNIQUE"):
            session.flush()
