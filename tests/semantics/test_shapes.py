"""What the engine knows of a statement's shape at the moment it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlassay.linter import MEMORY_ROOT
from sqlassay.project.environment import detect
from sqlassay.project.index import Project
from sqlassay.semantics import values as v
from sqlassay.semantics.evaluator import Evaluator
from sqlassay.semantics.events import Event, StatementRun
from sqlassay.semantics.shapes import Criterion, Source
from sqlassay.semantics.sources import sources
from sqlassay.syntax.source import SourceText

MODELS = """
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags", Base.metadata, Column("post_id", ForeignKey("posts.id")), Column("tag_id", ForeignKey("tags.id"))
)


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    upper = column_property(name + "!")
    posts: Mapped[list["Post"]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped["User"] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
"""

HEAD = """
from sqlalchemy import and_, case, cast, desc, exists, func, join, or_, select, text, Integer
from sqlalchemy.orm import Session, aliased, joinedload, selectinload, subqueryload, with_parent
from models import Post, Tag, User, post_tags


def posts_of(stmt):
    return stmt.join(User.posts)


def fetched(session: Session, stmt):
    return session.scalars(stmt.limit(1)).all()


def passed_on(session: Session, stmt):
    return fetched(session, stmt.join(User.posts))


def f(session: Session, flag: bool, name: str, anything, more: int | None):
    PA = aliased(Post)
    subq = select(Post.user_id).subquery()
"""


def runs(body: str) -> list[StatementRun]:
    """The statements that run in `f`, in order."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    project = Project(MEMORY_ROOT, detect(Path(MEMORY_ROOT)))
    project.set_paths([f"{MEMORY_ROOT}/models.py", path := f"{MEMORY_ROOT}/main.py"])
    project.files.refresh(f"{MEMORY_ROOT}/models.py", SourceText.from_str(MODELS), opened=True)
    project.files.refresh(path, SourceText.from_str(HEAD + lines), opened=True)
    found: list[Event] = []
    parsed = project.files.parsed(path)
    assert parsed is not None
    evaluator = Evaluator(project, found.append)
    for statement in parsed.statements:
        evaluator.unit(path, statement.anchor, statement.node)
    return [each for each in found if isinstance(each, StatementRun)]


def run(body: str) -> v.Statement:
    """The one statement that runs."""
    (found,) = runs(body)
    return found.statement


def said(source: Source) -> str:
    return source.model.name + ("'" if source.alias is not None else "")


def from_clause(statement: v.Statement) -> str:
    found = sources(statement)
    return " ".join(sorted(said(each) for each in found.found)) + ("" if found.known else " ...")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("select(User)", "User"),
        ("select(User.id, func.count(Post.id))", "Post User"),
        ("select(User).join(User.posts)", "Post User"),
        ("select(User).join(Post)", "Post User"),
        ("select(User).outerjoin(Post, Post.user_id == User.id)", "Post User"),
        ("select(User).join(target=Post)", "Post User"),
        ("select(User).join(PA, User.posts)", "Post' User"),
        ("select(User).join(User.posts.of_type(PA))", "Post' User"),
        ("select(User).join(User.posts.and_(Post.title == name))", "Post User"),
        ("select(User).join(User.posts).join(Post.tags)", "Post Tag User"),
        ("select(User).select_from(Post).join(Post.author)", "Post User"),
        ("select(User).join_from(User, Post)", "Post User"),
        ("session.query(User).join('posts')", "Post User"),
        ("session.query(User).join('posts', 'tags')", "Post Tag User"),
        ("session.query(User).join(User.posts, Post.tags)", "Post Tag User"),
        ("session.query(User).join((Post, Post.user_id == User.id))", "Post User"),
        ("select(User).join(subq, subq.c.user_id == User.id)", "User ..."),
        ("select(User).join(anything)", "User ..."),
        ("select(User).join(post_tags)", "User ..."),
        ("select(User).select_from(join(User, Post))", "User ..."),
        ("select(User, anything)", "User ..."),
        ("select(User).what_is_this()", "User ..."),
        ("posts_of(select(User))", "Post User"),
        ("anything(select(User))", None),
    ],
)
def test_what_it_selects_from(code: str, expected: str | None) -> None:
    found = runs(f"session.execute({code})")
    assert [from_clause(each.statement) for each in found] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("code", "columns", "links", "whole"),
    [
        ("User.name == name", "User.name", "", True),
        ("User.id == Post.user_id", "Post.user_id User.id", "Post User", True),
        ("(User.name == name) & (Post.title == 'x')", "Post.title User.name", "", True),
        ("and_(User.name == name, or_(User.id == Post.user_id))", "Post.user_id User.id User.name", "Post User", True),
        ("~(User.name == name)", "User.name", "", True),
        ("User.name.ilike(name)", "User.name", "", True),
        ("Post.id.in_([1, 2])", "Post.id", "", True),
        ("User.id.in_(select(Post.user_id))", "User.id", "", True),
        ("User.id.in_(subq)", "User.id", "", True),
        ("User.posts.any(Post.title == name)", "", "", True),
        ("Post.author.has(User.name == name)", "", "", True),
        ("exists().where(Post.user_id == User.id)", "", "", True),
        ("exists(select(Post.id).where(Post.user_id == User.id))", "", "", True),
        ("select(Post.id).where(Post.user_id == User.id).exists()", "", "", True),
        ("User.id == select(func.max(Post.user_id)).scalar_subquery()", "User.id", "", True),
        ("PA.title == name", "Post'.title", "", True),
        ("func.lower(Post.title) == name.lower()", "Post.title", "", False),
        ("func.lower(Post.title) == 'x'", "Post.title", "", True),
        ("cast(Post.title, Integer) > 1", "Post.title", "", True),
        ("case((Post.title == name, User.id), else_=Tag.id) > 1", "Post.title Tag.id User.id", "Post Tag User", True),
        ("Post.author == anything", "Post.author", "", True),
        ("User.id == anything.c.id", "User.id", "", False),
        ("User.id == subq.c.user_id", "User.id", "", False),
        ("User.id == post_tags.c.tag_id", "User.id", "", False),
        ("User.upper == name", "", "", False),
        ("text('users.id = posts.user_id')", "", "", False),
        ("with_parent(anything, User.posts)", "", "", False),
        ("anything", "", "", False),
        ("name == name", "", "", False),
    ],
)
def test_what_a_criterion_names(code: str, columns: str, links: str, whole: bool) -> None:
    (criterion,) = run(f"session.execute(select(Tag).where({code}))").shape.criteria
    assert " ".join(sorted(f"{said(each.source)}.{each.name}" for each in criterion.columns)) == columns
    assert " ".join(sorted(said(each) for link in criterion.links for each in link)) == links
    assert criterion.whole is whole


def test_criteria_by_method_and_what_takes_them_back() -> None:
    query = "session.query(User).filter(User.id > 1).having(User.id > 1).group_by(User.id).order_by(desc(User.id))"
    found = run(f"{query}.all()").shape.criteria
    assert [each.method for each in found] == ["where", "having", "group_by", "order_by"]
    taken = run(f"{query}.order_by(None).limit(1).limit(None).all()")
    assert [each.method for each in taken.shape.criteria] == ["where", "having", "group_by"]
    assert not taken.traits & {"order_by", "limit"}


def test_conditions_that_are_not_listed() -> None:
    (criterion,) = run("session.execute(select(User).where(*anything))").shape.criteria
    assert not criterion.whole
    (criterion,) = run("conditions = [User.id > 1]\nsession.execute(select(User).where(*conditions))").shape.criteria
    assert criterion.whole


def test_branches_leave_what_some_of_them_did() -> None:
    statement = run(
        """
stmt = select(User).options(selectinload(User.posts))
if flag:
    stmt = stmt.join(User.posts).where(Post.title == name).limit(1)
else:
    stmt = stmt.options(joinedload(User.posts)).order_by(User.id)
session.execute(stmt.offset(1))
"""
    )
    assert from_clause(statement) == "Post User"
    assert len(statement.shape.criteria) == 2
    assert statement.shape.sometimes == {"join", "where", "limit", "limit 1", "order_by"}
    assert [each.strategy for each in statement.options] == ["selectinload", "joinedload"]
    optional = statement.shape.optional
    assert [each.strategy for each in optional if isinstance(each, v.Option)] == ["joinedload"]
    assert {each for each in optional if isinstance(each, Criterion)} == set(statement.shape.criteria)


def test_what_every_way_has_in_the_end() -> None:
    statement = run("stmt = select(User)\nif flag:\n    stmt = stmt.limit(1)\nsession.execute(stmt.limit(2))")
    assert "limit" in statement.traits
    assert "limit" not in statement.shape.sometimes
    statement = run("session.execute(select(User).limit(more))")
    assert "limit" in statement.traits


def test_rows_in_portions() -> None:
    assert "yield_per" in run("session.execute(select(User).execution_options(yield_per=10))").traits
    assert "yield_per" in run("session.query(User).yield_per(10).all()").traits
    assert "yield_per" not in run("session.query(User).yield_per(None).all()").traits
    assert "yield_per" not in run("session.execute(select(User).execution_options(stream_results=True))").traits


@pytest.mark.parametrize(
    ("code", "method"),
    [
        ("session.query(User).all()", "all"),
        ("session.query(User).count()", "count"),
        ("list(session.query(User))", "__iter__"),
        ("[each for each in session.query(User)]", "__iter__"),
        ("q = session.query(User)\nfor each in q:\n    pass", "__iter__"),
        ("session.scalars(select(User))", "scalars"),
        ("session.get(User, 1, options=[joinedload(User.posts)])", "get"),
        ("session.query(User).subquery()", None),
        ("session.connection().execute(select(User))", None),
        ("select(User)", None),
    ],
)
def test_the_moment_it_runs(code: str, method: str | None) -> None:
    assert [each.method for each in runs(code)] == ([method] if method else [])


def test_a_function_that_runs_what_it_is_given() -> None:
    (found,) = [each for each in runs("passed_on(session, select(User))") if each.statement.entities]
    assert from_clause(found.statement) == "Post User"
    assert "limit" in found.statement.traits
    nested = "def inner(stmt):\n    return session.scalars(stmt.limit(1))\ninner(select(User))"
    (found,) = [each for each in runs(nested) if each.statement.entities]
    assert "limit" in found.statement.traits


def test_what_a_function_runs_of_its_own_is_said_there() -> None:
    own = "def inner():\n    return session.scalars(select(User))\ninner()\ninner()"
    assert [each.method for each in runs(own)] == ["scalars"]
