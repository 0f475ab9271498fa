"""A commit for each row is a transaction for each, and what fails halfway leaves the first half behind."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from rules.prove_support import User, count_statements, make_engine
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

EMAILS = [f"{number}@example.org" for number in range(10)]
BROKEN = [*EMAILS[:3], EMAILS[0], *EMAILS[3:]]


def each(session: Session, emails: Iterable[str]) -> None:
    for email in emails:
        session.add(User(email=email))
        session.commit()


def once(session: Session, emails: Iterable[str]) -> None:
    for email in emails:
        session.add(User(email=email))
    session.commit()


def stored(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(User.email).order_by(User.id)))


def test_commits_are_counted() -> None:
    one, other = make_engine(), make_engine()
    with Session(one) as session, count_statements(one) as looped:
        each(session, EMAILS)
    with Session(other) as session, count_statements(other) as at_end:
        once(session, EMAILS)
    assert (looped.commits, at_end.commits) == (len(EMAILS), 1)
    assert stored(one) == stored(other) == EMAILS


def test_a_failure_leaves_half_or_nothing() -> None:
    one, other = make_engine(), make_engine()
    with Session(one) as session, pytest.raises(IntegrityError):
        each(session, BROKEN)
    with Session(other) as session, pytest.raises(IntegrityError):
        once(session, BROKEN)
    assert stored(one) == EMAILS[:3]
    assert stored(other) == []
