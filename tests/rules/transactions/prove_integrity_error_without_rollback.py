"""After a failed flush the session refuses everything until it is rolled back."""

from __future__ import annotations

import pytest
from rules.prove_support import User, make_engine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, PendingRollbackError
from sqlalchemy.orm import Session


def register(session: Session, email: str, *, rollback: bool) -> None:
    session.add(User(email=email))
    try:
        session.commit()
    except IntegrityError:
        if rollback:
            session.rollback()


def test_without_rollback_the_next_query_raises() -> None:
    with Session(make_engine(users=1)) as session:
        register(session, "1@example.org", rollback=False)
        with pytest.raises(PendingRollbackError):
            session.scalars(select(User)).all()


def test_with_rollback_the_session_goes_on() -> None:
    with Session(make_engine(users=1)) as session:
        register(session, "1@example.org", rollback=True)
        assert [user.email for user in session.scalars(select(User))] == ["1@example.org"]
        register(session, "2@example.org", rollback=True)
        assert [user.email for user in session.scalars(select(User))] == ["1@example.org", "2@example.org"]
