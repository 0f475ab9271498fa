"""`column is None` asks Python about an object: the answer is False, and no row is ever found."""

from __future__ import annotations

from typing import Any

from rules.prove_support import Base, User
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool


def emails(condition: Any) -> list[str]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([User(name=None, email="none@x"), User(name="a", email="a@x", active=False)])
        session.flush()
        return list(session.scalars(select(User.email).where(condition).order_by(User.id)))


def test_is_none() -> None:
    assert emails(User.name is None) == []
    assert emails(User.name.is_(None)) == ["none@x"]


def test_is_not_none() -> None:
    assert emails(User.name is not None) == ["none@x", "a@x"]
    assert emails(User.name.is_not(None)) == ["a@x"]


def test_is_false() -> None:
    assert emails(User.active is False) == []
    assert emails(User.active.is_(False)) == ["a@x"]


def test_what_reaches_the_database() -> None:
    assert str(select(User.id).where(User.name is None)).endswith("WHERE false")
    assert str(select(User.id).where(User.name.is_(None))).endswith("WHERE users.name IS NULL")
