"""`.all()[0]` builds every object and raises where there is none; `.first()` of a limited query builds one."""

from __future__ import annotations

import pytest
from rules.prove_support import User, count_loads, count_statements, make_engine
from sqlalchemy import select
from sqlalchemy.orm import Session

USERS = 50


def test_rows_fetched() -> None:
    engine = make_engine(users=USERS)
    with Session(engine) as session, count_loads(User) as fetched:
        first = session.scalars(select(User).order_by(User.id)).all()[0].email
    with Session(engine) as session, count_loads(User) as limited:
        statement = session.scalars(select(User).order_by(User.id).limit(1)).first()
        assert statement is not None
        assert statement.email == first
    with Session(engine) as session, count_loads(User) as queried, count_statements(engine) as counted:
        query = session.query(User).order_by(User.id).first()
        assert query is not None
        assert query.email == first
    assert (len(fetched), len(limited), len(queried)) == (USERS, 1, 1)
    assert "LIMIT" in counted.statements[0]


def test_where_there_is_none() -> None:
    with Session(make_engine()) as session:
        with pytest.raises(IndexError):
            session.scalars(select(User)).all()[0]
        assert session.scalars(select(User).limit(1)).first() is None
