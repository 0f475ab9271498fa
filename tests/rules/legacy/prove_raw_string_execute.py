"""A plain string is not a statement: SQLAlchemy 2 raises."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError, ObjectNotExecutableError
from sqlalchemy.orm import Session


def test_a_string_on_a_connection_raises_and_text_runs() -> None:
    with make_engine().connect() as connection:
        with pytest.raises(ObjectNotExecutableError):
            connection.execute("SELECT 1")  # type: ignore[call-overload]
        assert connection.execute(text("SELECT 1")).scalar() == 1
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_string_on_a_session_raises_and_text_runs() -> None:
    with Session(make_engine()) as session:
        with pytest.raises(ArgumentError, match=r"text\('SELECT 1'\)"):
            session.execute("SELECT 1")  # type: ignore[call-overload]
        assert session.execute(text("SELECT 1")).scalar() == 1
