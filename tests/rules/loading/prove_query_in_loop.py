"""A query for each item of a loop is a round trip for each; one IN brings the same rows at once."""

from __future__ import annotations

from rules.prove_support import Post, count_statements, make_engine
from sqlalchemy import select
from sqlalchemy.orm import Session

IDS = (1, 2, 3, 5, 8)


def test_get_in_a_loop() -> None:
    engine = make_engine(users=5, posts=2)
    with Session(engine) as session, count_statements(engine) as looped:
        first = [post.title for each in IDS if (post := session.get(Post, each))]
    with Session(engine) as session, count_statements(engine) as at_once:
        found = {post.id: post.title for post in session.scalars(select(Post).where(Post.id.in_(IDS)))}
        second = [found[each] for each in IDS]
    assert (looped.selects, at_once.selects) == (len(IDS), 1)
    assert first == second


def test_execute_in_a_loop() -> None:
    engine = make_engine(users=5, posts=2)
    with Session(engine) as session, count_statements(engine) as looped:
        first = [session.scalar(select(Post.title).where(Post.id == each)) for each in IDS]
    with Session(engine) as session, count_statements(engine) as at_once:
        rows = {row.id: row.title for row in session.execute(select(Post.id, Post.title).where(Post.id.in_(IDS)))}
        second = [rows[each] for each in IDS]
    assert (looped.selects, at_once.selects) == (len(IDS), 1)
    assert first == second
