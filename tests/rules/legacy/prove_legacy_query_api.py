"""What `Query` says, `select()` says with the same SQL, but for labels, and the same rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from rules.prove_support import Counted, Post, User, count_statements, make_engine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

Ask = Callable[[Session], Any]

PAIRS: dict[str, tuple[Ask, Ask]] = {
    "all": (
        lambda s: s.query(User).filter(User.active.is_(True)).order_by(User.id).all(),
        lambda s: s.scalars(select(User).where(User.active.is_(True)).order_by(User.id)).all(),
    ),
    "filter_by, first": (
        lambda s: s.query(User).filter_by(name="user 2").first(),
        lambda s: s.scalars(select(User).filter_by(name="user 2").limit(1)).first(),
    ),
    "one": (
        lambda s: s.query(User).filter(User.id == 3).one(),
        lambda s: s.scalars(select(User).where(User.id == 3)).one(),
    ),
    "columns": (
        lambda s: s.query(User.id, User.name).order_by(User.id).all(),
        lambda s: s.execute(select(User.id, User.name).order_by(User.id)).all(),
    ),
    "join": (
        lambda s: s.query(Post).join(Post.author).filter(User.name == "user 1").order_by(Post.id).all(),
        lambda s: s.scalars(select(Post).join(Post.author).where(User.name == "user 1").order_by(Post.id)).all(),
    ),
    "limit, offset": (
        lambda s: s.query(User).order_by(User.id).limit(2).offset(1).all(),
        lambda s: s.scalars(select(User).order_by(User.id).limit(2).offset(1)).all(),
    ),
}


def unlabelled(counted: Counted) -> list[str]:
    """`Query` gives every column a label with its table's name; nothing else differs."""
    return [re.sub(r" AS \w+", "", statement) for statement in counted.statements]


@pytest.mark.parametrize(("legacy", "modern"), PAIRS.values(), ids=PAIRS)
def test_same_sql_and_same_rows(legacy: Ask, modern: Ask) -> None:
    engine = make_engine(users=4, posts=2)
    with Session(engine) as session:
        with count_statements(engine) as by_query:
            first = legacy(session)
        with count_statements(engine) as by_select:
            second = modern(session)
    assert first == second
    assert first
    assert unlabelled(by_query) == by_select.statements


def test_count_wraps_the_query_where_select_counts() -> None:
    engine = make_engine(users=4)
    with Session(engine) as session, count_statements(engine) as counted:
        first = session.query(User).filter(User.id > 1).count()
        second = session.scalar(select(func.count()).select_from(User).where(User.id > 1))
    assert first == second == 3
    assert ["(SELECT" in statement for statement in counted.statements] == [True, False]
