"""A read of what may not be loaded lazily raises, unless the query loaded it."""

from __future__ import annotations

import pytest
from rules.prove_support import Post, User, make_engine
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, joinedload, load_only, raiseload, selectinload


@pytest.mark.parametrize("option", [raiseload(User.posts), raiseload("*"), raiseload(User.posts, sql_only=True)])
def test_a_relationship_that_was_not_loaded(option: object) -> None:
    engine = make_engine(users=2, posts=2)
    with Session(engine) as session:
        user = session.scalars(select(User).options(option)).first()  # type: ignore[arg-type]
        assert user is not None
        with pytest.raises(InvalidRequestError):
            _ = user.posts


def test_an_option_that_names_it_goes_before_a_wildcard() -> None:
    engine = make_engine(users=2, posts=2)
    with Session(engine) as session:
        for options in ((raiseload("*"), selectinload(User.posts)), (selectinload(User.posts), raiseload("*"))):
            user = session.scalars(select(User).options(*options).execution_options(populate_existing=True)).first()
            assert user is not None
            assert len(user.posts) == 2


def test_a_column_that_was_left_out() -> None:
    engine = make_engine(users=2, posts=2)
    with Session(engine) as session:
        user = session.scalars(select(User).options(load_only(User.id, raiseload=True))).first()
        assert user is not None
        with pytest.raises(InvalidRequestError):
            _ = user.name


def test_a_wildcard_at_the_end_of_a_path() -> None:
    engine = make_engine(users=2, posts=2)
    with Session(engine) as session:
        post = session.scalars(select(Post).options(joinedload(Post.author).raiseload("*"))).first()
        assert post is not None
        with pytest.raises(InvalidRequestError):
            _ = post.author.posts
