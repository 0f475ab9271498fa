"""COMMIT as SQL goes past the session: nobody hears of it, objects stay as they were, and a rollback is too late."""

from __future__ import annotations

import pytest
from rules.prove_support import User, make_engine
from sqlalchemy import event, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session


@pytest.mark.parametrize(("by_sql", "heard"), [(True, []), (False, ["commit"])])
def test_nobody_hears_of_it(by_sql: bool, heard: list[str]) -> None:
    events: list[str] = []
    with Session(make_engine()) as session:
        event.listen(session, "after_commit", lambda _session: events.append("commit"))
        session.add(User(email="a@example.org"))
        session.flush()
        if by_sql:
            session.execute(text("COMMIT"))
        else:
            session.commit()
    assert events == heard


@pytest.mark.parametrize(("by_sql", "expired"), [(True, False), (False, True)])
def test_objects_are_not_read_again(by_sql: bool, expired: bool) -> None:
    with Session(make_engine()) as session:
        user = User(email="a@example.org")
        session.add(user)
        session.flush()
        if by_sql:
            session.execute(text("COMMIT"))
        else:
            session.commit()
        assert bool(inspect(user).expired_attributes) is expired


def test_a_rollback_undoes_nothing() -> None:
    engine = make_engine()
    with Session(engine) as session:
        session.add(User(name="stays", email="stays@example.org"))
        session.flush()
        session.execute(text("COMMIT"))
        session.rollback()
        assert session.scalars(select(User.name)).all() == ["stays"]


def test_begin_meets_the_transaction_that_is_there() -> None:
    with Session(make_engine()) as session:
        session.add(User(email="a@example.org"))
        session.flush()
        with pytest.raises(OperationalError, match="within a transaction"):
            session.execute(text("BEGIN"))
