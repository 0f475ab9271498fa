"""`Query.get()` warns that it is legacy; `Session.get()` gives the same object."""

from __future__ import annotations

import warnings

import pytest
from rules.prove_support import User, count_statements, make_engine
from sqlalchemy.exc import LegacyAPIWarning
from sqlalchemy.orm import Session


def test_query_get_warns() -> None:
    with Session(make_engine(users=2)) as session, pytest.warns(LegacyAPIWarning, match=r"Session\.get\(\)"):
        assert session.query(User).get(1) is not None


def test_session_get_gives_the_same_with_the_same_sql() -> None:
    engine = make_engine(users=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LegacyAPIWarning)
        with Session(engine) as session, count_statements(engine) as legacy:
            old = [session.query(User).get(key) for key in (1, 2, 2, 3)]
            first = [user and user.email for user in old]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Session(engine) as session, count_statements(engine) as modern:
            new = [session.get(User, key) for key in (1, 2, 2, 3)]
            second = [user and user.email for user in new]
    assert first == second == ["1@example.org", "2@example.org", "2@example.org", None]
    assert legacy.statements == modern.statements
