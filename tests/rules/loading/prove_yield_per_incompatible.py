"""`yield_per` raises with what must be whole before the first row can be handed out."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import Post, User, held, make_engine
from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    contains_eager,
    joinedload,
    lazyload,
    mapped_column,
    relationship,
    selectinload,
    subqueryload,
)

PORTIONS = {"yield_per": 5}


@held
class Base(DeclarativeBase):
    pass


class Company(Base):
    __tablename__ = "companies"
    id: Mapped[int] = mapped_column(primary_key=True)
    labels: Mapped[list[Label]] = relationship(lazy="joined")


class Label(Base):
    __tablename__ = "labels"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))


@pytest.mark.parametrize(
    "statement",
    [
        select(User).options(joinedload(User.posts)),
        select(Post).options(joinedload(Post.author).joinedload(User.posts)),
        select(User).options(subqueryload(User.posts)),
        select(Post).options(subqueryload(Post.author)),
        select(User).join(User.posts).options(contains_eager(User.posts)),
    ],
    ids=["joined", "behind a reference", "subquery", "subquery of a reference", "contained"],
)
def test_it_raises(statement: Select[Any]) -> None:
    with Session(make_engine(users=10, posts=2)) as session:
        with pytest.raises(InvalidRequestError, match="yield_per"):
            session.scalars(statement.execution_options(**PORTIONS)).all()
        with pytest.raises(InvalidRequestError, match="yield_per"):
            session.scalars(statement, execution_options=PORTIONS).all()


@pytest.mark.parametrize(
    "statement",
    [
        select(User).options(selectinload(User.posts)),
        select(Post).options(joinedload(Post.author)),
        select(Post).options(selectinload(Post.author).joinedload(User.posts)),
    ],
    ids=["keys", "reference", "inside keys"],
)
def test_it_does_not(statement: Select[Any]) -> None:
    with Session(make_engine(users=10, posts=1)) as session:
        assert len(session.scalars(statement.execution_options(**PORTIONS)).all()) == 10


def test_unique_raises() -> None:
    with Session(make_engine(users=10)) as session:
        portions = select(User).execution_options(**PORTIONS)
        with pytest.raises(InvalidRequestError, match=r"yield_per.*unique"):
            session.scalars(portions).unique().all()
        with pytest.raises(InvalidRequestError, match=r"yield_per.*unique"):
            session.execute(portions).scalars().unique().all()
        assert len(session.scalars(portions).all()) == 10


def test_what_the_class_loads_so_raises_too() -> None:
    with Session(make_engine(Base)) as session:
        with pytest.raises(InvalidRequestError, match="yield_per"):
            session.scalars(select(Company).execution_options(**PORTIONS)).all()
        session.scalars(select(Company).options(lazyload(Company.labels)).execution_options(**PORTIONS)).all()
        session.scalars(select(Company).options(lazyload("*")).execution_options(**PORTIONS)).all()


def test_a_query_that_counts_or_loads_nothing_along_does_not() -> None:
    with Session(make_engine(users=10)) as session:
        query = session.query(User).options(joinedload(User.posts)).yield_per(5)
        assert query.count() == 10
        assert len(query.enable_eagerloads(False).all()) == 10
