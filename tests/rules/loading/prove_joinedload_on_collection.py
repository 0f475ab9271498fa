"""A collection by JOIN sends each parent once for each member; `selectinload` sends it once."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import User, count_statements, make_engine
from sqlalchemy import Select, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, joinedload, selectinload

USERS, POSTS = 10, 7


def sent(statement: Select[Any]) -> tuple[list[int], str]:
    """How many rows each SELECT brings, and the first SELECT."""
    engine = make_engine(users=USERS, posts=POSTS)
    with Session(engine) as session, count_statements(engine) as counted:
        users = session.scalars(statement).unique().all()
        assert [len(user.posts) for user in users] == [POSTS] * len(users)
        first = counted.statements[0]
        parameters = (5, 0)[: first.count("?")]
        return [len(session.connection().exec_driver_sql(first, parameters).all()), counted.selects], first


def test_parents_are_sent_once_for_each_member() -> None:
    assert sent(select(User).options(joinedload(User.posts)))[0] == [USERS * POSTS, 2]
    assert sent(select(User).options(selectinload(User.posts)))[0] == [USERS, 3]


def test_a_limit_is_wrapped_in_a_subquery() -> None:
    counted, first = sent(select(User).options(joinedload(User.posts)).limit(5))
    assert counted[0] == 5 * POSTS
    assert "FROM (SELECT" in first
    counted, first = sent(select(User).options(selectinload(User.posts)).limit(5))
    assert counted[0] == 5
    assert "FROM (SELECT" not in first


def test_the_result_must_be_made_unique() -> None:
    with Session(make_engine(users=1, posts=1)) as session:
        with pytest.raises(InvalidRequestError, match="unique"):
            session.scalars(select(User).options(joinedload(User.posts))).all()
        assert len(session.scalars(select(User).options(selectinload(User.posts))).all()) == 1
