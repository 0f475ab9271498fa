"""`contains_eager` joins nothing: without a join every parent gets the children of all."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from rules.prove_support import Post, User, make_engine
from sqlalchemy import Select, select
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import Session, aliased, contains_eager

pytestmark = pytest.mark.filterwarnings("ignore:Multiple rows returned")


def collections(statement: Select[Any]) -> list[int]:
    with Session(make_engine(users=3, posts=2)) as session:
        return [len(user.posts) for user in session.scalars(statement).unique()]


def authors(statement: Select[Any]) -> set[bool]:
    """Whether each post has the author that its key says."""
    with Session(make_engine(users=3, posts=2)) as session:
        return {post.author.id == post.user_id for post in session.scalars(statement).unique()}


def test_every_parent_gets_all_children() -> None:
    with pytest.warns(SAWarning, match="cartesian product"):
        assert collections(select(User).options(contains_eager(User.posts))) == [6, 6, 6]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert collections(select(User).join(User.posts).options(contains_eager(User.posts))) == [2, 2, 2]


@pytest.mark.parametrize(
    "statement",
    [
        select(Post).options(contains_eager(Post.author)),
        select(Post).where(Post.author.has(User.name != "x")).options(contains_eager(Post.author)),
        select(Post).where(User.name == "user 1").options(contains_eager(Post.author)),
    ],
    ids=["nothing", "subquery", "filter"],
)
def test_a_reference_leads_to_the_wrong_row(statement: Select[Any]) -> None:
    with pytest.warns(SAWarning, match="cartesian product"):
        assert False in authors(statement)


def test_the_second_step_needs_its_join_too() -> None:
    whole = contains_eager(User.posts).contains_eager(Post.author)
    other = aliased(User)
    with pytest.warns(SAWarning, match="cartesian product"):
        collections(select(User).join(other, User.id == other.id).options(whole))


def test_an_alias_is_not_the_class() -> None:
    other = aliased(Post)
    with pytest.warns(SAWarning, match="cartesian product"):
        collections(select(User).join(other, User.posts).options(contains_eager(User.posts)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = select(User).join(other, User.posts).options(contains_eager(User.posts.of_type(other)))
        assert collections(joined) == [2, 2, 2]


@pytest.mark.parametrize(
    "statement",
    [
        select(User).join(Post).options(contains_eager(User.posts)),
        select(User).outerjoin(Post, Post.user_id == User.id).options(contains_eager(User.posts)),
        select(User).where(User.id == Post.user_id).options(contains_eager(User.posts)),
        select(User).select_from(Post).join(Post.author).options(contains_eager(User.posts)),
    ],
    ids=["class", "condition", "where", "from"],
)
def test_any_join_is_one(statement: Select[Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert collections(statement) == [2, 2, 2]
