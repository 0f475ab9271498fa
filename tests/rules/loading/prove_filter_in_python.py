"""Choosing, sorting and summing in Python builds an object of every row; SQL gives the same from fewer, or none."""

from __future__ import annotations

from rules.prove_support import User, count_loads, make_engine
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

USERS = 40


def database() -> Engine:
    engine = make_engine(users=USERS)
    with Session(engine) as session:
        for user in session.scalars(select(User).where(User.id > 5)):
            user.active = False
        session.commit()
    return engine


def test_choosing() -> None:
    engine = database()
    with Session(engine) as session, count_loads(User) as fetched:
        in_python = [user.email for user in session.scalars(select(User)) if user.active]
    with Session(engine) as session, count_loads(User) as chosen:
        in_sql = [user.email for user in session.scalars(select(User).where(User.active.is_(True)))]
    assert sorted(in_python) == sorted(in_sql)
    assert (len(fetched), len(chosen)) == (USERS, 5)


def test_summing_and_sorting() -> None:
    engine = database()
    with Session(engine) as session, count_loads(User) as fetched:
        total = sum(user.id for user in session.scalars(select(User)))
    with Session(engine) as session, count_loads(User) as summed:
        assert session.scalar(select(func.sum(User.id))) == total
        in_sql = [user.id for user in session.scalars(select(User).order_by(User.email))]
    with Session(engine) as session:
        in_python = [user.id for user in sorted(session.scalars(select(User)), key=lambda user: user.email)]
    assert in_python == in_sql
    assert (len(fetched), len(summed)) == (USERS, USERS)
