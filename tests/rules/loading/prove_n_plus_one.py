"""A lazy relationship read in a loop runs one SELECT for each row."""

from __future__ import annotations

from typing import Any

from rules.prove_support import Post, User, count_statements, make_engine
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

USERS = 10


def titles(engine: Engine, statement: Select[Any]) -> list[list[str]]:
    with Session(engine) as session:
        return [[post.title for post in user.posts] for user in session.scalars(statement)]


def authors(engine: Engine, statement: Select[Any]) -> list[str | None]:
    with Session(engine) as session:
        return [post.author.name for post in session.scalars(statement)]


def test_a_collection_in_a_loop() -> None:
    engine = make_engine(users=USERS, posts=2)
    with count_statements(engine) as lazy:
        first = titles(engine, select(User))
    with count_statements(engine) as eager:
        second = titles(engine, select(User).options(selectinload(User.posts)))
    assert (lazy.selects, eager.selects) == (1 + USERS, 2)
    assert first == second


def test_a_reference_in_a_loop() -> None:
    engine = make_engine(users=USERS, posts=2)
    with count_statements(engine) as lazy:
        first = authors(engine, select(Post))
    with count_statements(engine) as eager:
        second = authors(engine, select(Post).options(joinedload(Post.author)))
    assert (lazy.selects, eager.selects) == (1 + USERS, 1)
    assert first == second


def emptied(engine: Engine, statement: Select[Any]) -> None:
    with Session(engine) as session, session.no_autoflush:
        for user in session.scalars(statement):
            user.posts = []


def test_a_collection_that_is_given_another() -> None:
    engine = make_engine(users=USERS, posts=2)
    with count_statements(engine) as lazy:
        emptied(engine, select(User))
    with count_statements(engine) as eager:
        emptied(engine, select(User).options(selectinload(User.posts)))
    assert (lazy.selects, eager.selects) == (1 + USERS, 2)
