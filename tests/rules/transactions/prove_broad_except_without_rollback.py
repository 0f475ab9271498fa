"""Swallowing whatever a commit raises leaves a session in which nothing works, and hides why."""

from __future__ import annotations

import pytest
from rules.prove_support import User, make_engine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, PendingRollbackError
from sqlalchemy.orm import Session


def swallow(session: Session, user: User) -> bool:
    try:
        session.add(user)
        session.commit()
    except Exception:
        return False
    return True


def roll_back(session: Session, user: User) -> None:
    try:
        session.add(user)
        session.commit()
    except Exception:
        session.rollback()
        raise


def test_the_harm_shows_somewhere_else() -> None:
    with Session(make_engine(users=1)) as session:
        assert not swallow(session, User(email="1@example.org"))
        with pytest.raises(PendingRollbackError):
            session.scalars(select(User)).all()


def test_rolled_back_it_shows_where_it_is_and_the_session_goes_on() -> None:
    with Session(make_engine(users=1)) as session:
        with pytest.raises(IntegrityError):
            roll_back(session, User(email="1@example.org"))
        assert len(session.scalars(select(User)).all()) == 1
