"""What `joinedload` joins has a name of its own: criteria mean the table once more, or one that is not there."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from rules.prove_support import Post, User, make_engine
from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import OperationalError, SAWarning
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

TITLE = "post 1 of 1"
LOADED = select(User).options(joinedload(User.posts))


def names(statement: Select[Any]) -> list[str | None]:
    with Session(make_engine(users=3, posts=2)) as session:
        return [user.name for user in session.scalars(statement).unique()]


def test_a_filter_lets_every_row_through() -> None:
    with pytest.warns(SAWarning, match="cartesian product"):
        assert names(LOADED.where(Post.title == TITLE)) == ["user 1", "user 2", "user 3"]
    joined = select(User).join(User.posts).options(contains_eager(User.posts))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert names(joined.where(Post.title == TITLE)) == ["user 1"]
        assert names(select(User).outerjoin(User.posts).options(contains_eager(User.posts)).order_by(Post.id)) == [
            "user 1",
            "user 2",
            "user 3",
        ]


@pytest.mark.parametrize(
    "statement",
    [
        LOADED.order_by(Post.title),
        LOADED.order_by(func.lower(Post.title).desc()),
        LOADED.group_by(User.id).having(func.count(Post.id) > 1),
        LOADED.group_by(Post.title),
        select(Post).options(joinedload(Post.author)).order_by(User.name),
    ],
    ids=["order", "function", "having", "group", "reference"],
)
def test_elsewhere_the_column_is_not_there(statement: Select[Any]) -> None:
    with Session(make_engine(users=3, posts=2)) as session, pytest.raises(OperationalError, match="no such column"):
        session.scalars(statement).unique().all()


@pytest.mark.parametrize(
    "statement", [LOADED.order_by(Post.id).limit(1), LOADED.order_by(Post.id).distinct()], ids=["limit", "distinct"]
)
def test_an_order_inside_a_subquery_brings_the_table_in(statement: Select[Any]) -> None:
    with pytest.warns(SAWarning, match="cartesian product"):
        names(statement)


def test_joined_as_an_alias_the_class_is_not_joined() -> None:
    other = aliased(Post)
    with pytest.warns(SAWarning, match="cartesian product"):
        names(LOADED.join(other, User.posts).where(Post.title == TITLE))


@pytest.mark.parametrize(
    "statement",
    [
        LOADED.join(User.posts).where(Post.title == TITLE),
        LOADED.where(User.id == Post.user_id, Post.title == TITLE),
        LOADED.where(User.posts.any(Post.title == TITLE)),
        LOADED.where(User.id.in_(select(Post.user_id).where(Post.title == TITLE))),
        LOADED.where(exists().where(Post.user_id == User.id, Post.title == TITLE)),
        LOADED.where(User.id == select(func.min(Post.user_id)).scalar_subquery()),
    ],
    ids=["join", "where", "any", "in", "exists", "scalar"],
)
def test_what_joins_or_stands_by_itself_is_right(statement: Select[Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert names(statement) == ["user 1"]
