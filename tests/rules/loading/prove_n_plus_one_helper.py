"""A helper that reads a lazy relationship runs one SELECT for each row it is called with."""

from __future__ import annotations

from typing import Any

from rules.prove_support import Post, User, count_statements, make_engine
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

USERS = 10


def titles(user: User) -> list[str]:
    return [post.title for post in user.posts]


def author(post: Post) -> str | None:
    return post.author.name


def run(engine: Engine, statement: Select[Any], helper: Any) -> list[Any]:
    with Session(engine) as session:
        return list(map(helper, session.scalars(statement)))


def test_a_collection_read_in_a_helper() -> None:
    engine = make_engine(users=USERS, posts=2)
    with count_statements(engine) as lazy:
        first = run(engine, select(User), titles)
    with count_statements(engine) as eager:
        second = run(engine, select(User).options(selectinload(User.posts)), titles)
    assert (lazy.selects, eager.selects) == (1 + USERS, 2)
    assert first == second


def test_a_reference_read_in_a_helper() -> None:
    engine = make_engine(users=USERS, posts=2)
    with count_statements(engine) as lazy:
        first = run(engine, select(Post), author)
    with count_statements(engine) as eager:
        second = run(engine, select(Post).options(joinedload(Post.author)), author)
    assert (lazy.selects, eager.selects) == (1 + USERS, 1)
    assert first == second
