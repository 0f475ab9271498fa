"""`subqueryload` runs the first query again inside the second; `selectinload` asks by key, 500 parents at a time."""

from __future__ import annotations

import pytest
from rules.prove_support import User, count_statements, make_engine
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, selectinload, subqueryload

PARENTS = 1200
BATCHES = 3
"""500 + 500 + 200: no list of parameters grows with the number of parents."""


def test_both_bring_the_same_and_selectinload_in_batches() -> None:
    engine = make_engine(users=PARENTS, posts=1)
    with Session(engine) as session, count_statements(engine) as by_subquery:
        first = [len(user.posts) for user in session.scalars(select(User).options(subqueryload(User.posts)))]
    with Session(engine) as session, count_statements(engine) as by_keys:
        second = [len(user.posts) for user in session.scalars(select(User).options(selectinload(User.posts)))]
    assert (by_subquery.selects, by_keys.selects) == (2, 1 + BATCHES)
    assert max(statement.count("?") for statement in by_keys.statements) == 500
    assert first == second == [1] * PARENTS


def test_the_first_query_runs_again_inside_the_second() -> None:
    engine = make_engine(users=3, posts=1)
    slow = select(User).where(User.name.like("%user%"))
    with Session(engine) as session, count_statements(engine) as by_subquery:
        session.scalars(slow.options(subqueryload(User.posts))).all()
    with Session(engine) as session, count_statements(engine) as by_keys:
        session.scalars(slow.options(selectinload(User.posts))).all()
    assert ["LIKE" in statement for statement in by_subquery.statements] == [True, True]
    assert ["LIKE" in statement for statement in by_keys.statements] == [True, False]


def test_rows_cannot_come_in_portions() -> None:
    engine = make_engine(users=10, posts=1)
    portions = select(User).execution_options(yield_per=5)
    with Session(engine) as session:
        with pytest.raises(InvalidRequestError, match="yield_per"):
            session.scalars(portions.options(subqueryload(User.posts))).all()
        users = session.scalars(portions.options(selectinload(User.posts))).all()
        assert [len(user.posts) for user in users] == [1] * 10
