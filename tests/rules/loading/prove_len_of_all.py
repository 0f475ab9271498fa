"""Counting by `len` builds an object of every row; COUNT brings one row. The number is the same."""

from __future__ import annotations

from rules.prove_support import User, count_loads, count_statements, make_engine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

USERS = 50


def test_a_statement() -> None:
    engine = make_engine(users=USERS)
    with Session(engine) as session, count_loads(User) as fetched, count_statements(engine) as first:
        by_len = len(session.scalars(select(User).where(User.active.is_(True))).all())
    with Session(engine) as session, count_loads(User) as counted, count_statements(engine) as second:
        by_count = session.scalar(select(func.count()).select_from(User).where(User.active.is_(True)))
    assert by_len == by_count == USERS
    assert (len(fetched), len(counted)) == (USERS, 0)
    assert (first.selects, second.selects) == (1, 1)


def test_a_query() -> None:
    engine = make_engine(users=USERS)
    with Session(engine) as session, count_loads(User) as fetched:
        by_len = len(session.query(User).filter(User.id > 10).all())
    with Session(engine) as session, count_loads(User) as counted:
        by_count = session.query(User).filter(User.id > 10).count()
    assert by_len == by_count == USERS - 10
    assert (len(fetched), len(counted)) == (USERS - 10, 0)
