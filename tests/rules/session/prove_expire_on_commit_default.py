"""After a commit each object is read again, one SELECT each; once its session is closed it cannot be read at all."""

from __future__ import annotations

import pytest
from rules.prove_support import User, count_statements, make_engine, make_users
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import DetachedInstanceError

USERS = 5


def answer(engine: Engine, maker: sessionmaker[Session]) -> tuple[int, list[str | None]]:
    """The SELECTs between a commit and the answer that is made of the committed objects."""
    with maker() as session:
        users = make_users(USERS)
        session.add_all(users)
        session.commit()
        with count_statements(engine) as counted:
            names = [user.name for user in users]
        return counted.selects, names


def test_selects_after_commit() -> None:
    one, other = make_engine(), make_engine()
    expiring, first = answer(one, sessionmaker(one))
    keeping, second = answer(other, sessionmaker(other, expire_on_commit=False))
    assert (expiring, keeping) == (USERS, 0)
    assert first == second


def new_user(maker: sessionmaker[Session]) -> User:
    with maker() as session:
        user = User(name="new", email="new@example.org")
        session.add(user)
        session.commit()
        return user


def test_an_object_outlives_its_session() -> None:
    expired = new_user(sessionmaker(make_engine()))
    with pytest.raises(DetachedInstanceError):
        str(expired.name)
    kept = new_user(sessionmaker(make_engine(), expire_on_commit=False))
    assert kept.name == "new"
