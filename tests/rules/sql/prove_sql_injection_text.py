"""Text made of what somebody typed runs as they please; a bound parameter is only ever a value."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

HONEST = "user 1"
EVERYBODY = "x' OR '1'='1"
OTHER_COLUMN = "x' UNION SELECT email FROM users --"


def interpolated(session: Session, name: str) -> list[str]:
    return list(session.scalars(text(f"SELECT name FROM users WHERE name = '{name}' ORDER BY 1")))


def bound(session: Session, name: str) -> list[str]:
    return list(session.scalars(text("SELECT name FROM users WHERE name = :name ORDER BY 1"), {"name": name}))


def test_an_honest_value_brings_the_same() -> None:
    with Session(make_engine(users=3)) as session:
        assert interpolated(session, HONEST) == bound(session, HONEST) == ["user 1"]


@pytest.mark.parametrize(
    ("typed", "leaked"),
    [
        (EVERYBODY, ["user 1", "user 2", "user 3"]),
        (OTHER_COLUMN, ["1@example.org", "2@example.org", "3@example.org"]),
    ],
)
def test_what_leaks(typed: str, leaked: list[str]) -> None:
    with Session(make_engine(users=3)) as session:
        assert interpolated(session, typed) == leaked
        assert bound(session, typed) == []


def test_an_honest_apostrophe_breaks_it() -> None:
    with Session(make_engine(users=3)) as session:
        assert bound(session, "O'Hara") == []
        with pytest.raises(OperationalError):
            interpolated(session, "O'Hara")
