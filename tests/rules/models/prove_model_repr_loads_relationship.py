"""Showing an instance whose `__repr__` reads a lazy relationship runs a query, and raises without a session."""

from __future__ import annotations

import pytest
from rules.prove_support import count_statements, make_engine
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.orm.exc import DetachedInstanceError


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Reading(Base):
    __tablename__ = "reading"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship()

    def __repr__(self) -> str:
        return f"<{self.id} by {self.user.name}>"


class Plain(Base):
    __tablename__ = "plain"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship()

    def __repr__(self) -> str:
        return f"<{self.id} by user {self.user_id}>"


@pytest.mark.parametrize(("model", "queries"), [(Reading, 5), (Plain, 0)])
def test_showing_a_list(model: type[Reading] | type[Plain], queries: int) -> None:
    engine = make_engine(Base)
    with Session(engine) as session:
        session.add_all(model(id=number, user=User(name=str(number))) for number in range(1, 6))
        session.commit()
    with Session(engine) as session:
        rows = session.scalars(select(model)).all()
        with count_statements(engine) as counted:
            repr(rows)
        assert counted.selects == queries


def test_showing_it_without_its_session() -> None:
    engine = make_engine(Base)
    with Session(engine) as session:
        session.add_all([Reading(id=1, user=User(name="x")), Plain(id=1, user=User(name="x"))])
        session.commit()
    with Session(engine) as session:
        reading, plain = session.get_one(Reading, 1), session.get_one(Plain, 1)
    with pytest.raises(DetachedInstanceError):
        repr(reading)
    assert repr(plain) == "<1 by user 2>"
