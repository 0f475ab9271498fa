"""A loader path must go on from what it has come to, and begin at an entity that the statement selects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from rules.prove_support import Post, Tag, User, held, make_engine
from sqlalchemy import ForeignKey, Select, func, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import (
    DeclarativeBase,
    Load,
    Mapped,
    Session,
    aliased,
    defaultload,
    joinedload,
    load_only,
    mapped_column,
    relationship,
    selectinload,
    with_polymorphic,
)


@held
class Base(DeclarativeBase):
    pass


class Company(Base):
    __tablename__ = "companies"
    id: Mapped[int] = mapped_column(primary_key=True)
    employees: Mapped[list[Employee]] = relationship()


class Employee(Base):
    __tablename__ = "employees"
    __mapper_args__: ClassVar = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    documents: Mapped[list[Document]] = relationship()


class Manager(Employee):
    __tablename__ = "managers"
    __mapper_args__: ClassVar = {"polymorphic_identity": "manager"}
    id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    reports: Mapped[list[Report]] = relationship()


class Clerk(Employee):
    __mapper_args__: ClassVar = {"polymorphic_identity": "clerk"}


class Document(Base):
    __tablename__ = "documents"
    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))


class Report(Base):
    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    manager_id: Mapped[int] = mapped_column(ForeignKey("managers.id"))


OTHER = aliased(Post)
EVERY = with_polymorphic(Employee, [Manager])


@pytest.mark.parametrize(
    "make",
    [
        lambda: selectinload(User.posts).selectinload(User.posts),
        lambda: selectinload(User.posts, User.posts),
        lambda: selectinload(User.posts).options(selectinload(User.posts)),
        lambda: selectinload(User.posts).options(load_only(User.name)),
        lambda: joinedload(Post.author).load_only(Post.title),
        lambda: joinedload(Post.author).defer(Tag.name),
        lambda: Load(User).selectinload(Post.tags),
        lambda: Load(Employee).selectinload(Manager.reports),
        lambda: selectinload(User.posts).selectinload(OTHER.tags),
        lambda: selectinload(User.posts.of_type(OTHER)).selectinload(Post.tags),
        lambda: joinedload(Company.employees).joinedload(Manager.reports),
        lambda: joinedload(Company.employees).selectinload(Manager.documents),
        lambda: joinedload(Company.employees.of_type(EVERY)).joinedload(Employee.documents),
    ],
)
def test_a_chain_that_does_not_go_on_raises(make: Callable[[], object]) -> None:
    with pytest.raises(ArgumentError, match=r"does not link|multiple entities"):
        make()


def test_chains_that_do() -> None:
    selectinload(User.posts).options(selectinload(Post.tags), joinedload(Post.author).load_only(User.name))
    selectinload(User.posts.of_type(OTHER)).selectinload(OTHER.tags)
    joinedload(Company.employees.of_type(Manager)).joinedload(Manager.reports)
    joinedload(Company.employees.of_type(Manager)).joinedload(Employee.documents)
    joinedload(Company.employees.of_type(EVERY)).joinedload(EVERY.Manager.reports)
    Load(Manager).selectinload(Employee.documents)


@pytest.mark.parametrize(
    "statement",
    [
        select(Post).options(selectinload(User.posts)),
        select(User).join(User.posts).options(selectinload(Post.tags)),
        select(User).options(load_only(Post.title)),
        select(User).options(Load(Post).selectinload(Post.tags)),
        select(OTHER).options(selectinload(Post.tags)),
        select(Post).options(selectinload(OTHER.tags)),
        select(User.id, User.name).options(selectinload(User.posts)),
        select(func.count(User.id)).options(selectinload(User.posts)),
        select(User, Post.title).options(load_only(Post.title)),
    ],
)
def test_an_option_that_begins_elsewhere_raises(statement: Select[Any]) -> None:
    with Session(make_engine()) as session, pytest.raises(ArgumentError, match=r"does not apply|can't be applied"):
        session.execute(statement)


def test_so_does_get() -> None:
    with Session(make_engine(users=1)) as session:
        with pytest.raises(ArgumentError, match="does not apply"):
            session.get(User, 1, options=[selectinload(Post.tags)])
        session.get(User, 1, options=[selectinload(User.posts)])


@pytest.mark.parametrize(
    "statement",
    [
        select(User).options(selectinload(User.posts).selectinload(Post.tags)),
        select(User, Post).join(User.posts).options(selectinload(Post.tags), selectinload(User.posts)),
        select(OTHER).options(selectinload(OTHER.tags)),
        select(User).options(defaultload(Post.tags)),
        select(func.count()).options(selectinload(User.posts)),
    ],
)
def test_statements_that_select_where_it_begins(statement: Select[Any]) -> None:
    with Session(make_engine()) as session:
        session.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        select(Employee).options(selectinload(Manager.reports), selectinload(Manager.documents)),
        select(Manager).options(selectinload(Employee.documents)),
        select(Clerk).options(selectinload(Manager.reports)),
        select(EVERY).options(selectinload(EVERY.Manager.reports), selectinload(EVERY.documents)),
    ],
)
def test_a_class_of_the_same_hierarchy_will_do(statement: Select[Any]) -> None:
    with Session(make_engine(Base)) as session:
        session.execute(statement)
