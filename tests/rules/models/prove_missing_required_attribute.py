"""What was given no value for a NOT NULL column without a default is refused when it is flushed."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]


class WithDefault(Base):
    __tablename__ = "with_default"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="none")


def test_without_a_value() -> None:
    with Session(make_engine(Base)) as session:
        session.add(User(name="x"))
        with pytest.raises(IntegrityError, match=r"NOT NULL constraint failed: users\.email"):
            session.commit()


def test_the_next_query_is_where_it_raises() -> None:
    with Session(make_engine(Base)) as session:
        session.add(User(name="x"))
        with pytest.raises(IntegrityError):
            session.scalars(select(WithDefault)).all()


@pytest.mark.parametrize("made", [User(name="x", email="y"), WithDefault(name="x")])
def test_with_a_value_or_a_default(made: User | WithDefault) -> None:
    with Session(make_engine(Base)) as session:
        session.add(made)
        session.commit()
        assert made.id == 1
