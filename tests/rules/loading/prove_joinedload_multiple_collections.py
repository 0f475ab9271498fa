"""Two collections loaded by JOINs of one SELECT multiply: a row for each pair of their members."""

from __future__ import annotations

from typing import Any

from rules.prove_support import count_statements, held, make_engine
from sqlalchemy import Engine, ForeignKey, Select, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload

POSTS, NOTES = 20, 30


@held
class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list[Post]] = relationship()
    notes: Mapped[list[Note]] = relationship()


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    comments: Mapped[list[Comment]] = relationship()


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


def filled() -> Engine:
    engine = make_engine(Base)
    with Session(engine) as session:
        posts = [Post(comments=[Comment(), Comment()]) for _ in range(POSTS)]
        session.add(User(posts=posts, notes=[Note() for _ in range(NOTES)]))
        session.commit()
    return engine


def loaded(engine: Engine, statement: Select[Any]) -> tuple[int, int]:
    with Session(engine) as session:
        (user,) = session.scalars(statement).unique()
        return len(user.posts), len(user.notes)


def rows(engine: Engine, statement: Select[Any]) -> int:
    """How many rows the database sends for the SELECT that the session makes of it."""
    with Session(engine) as session, count_statements(engine) as counted:
        session.scalars(statement).unique().all()
        return sum(
            len(session.connection().exec_driver_sql(sql).all()) for sql in list(counted.statements) if "?" not in sql
        )


def test_the_rows_multiply() -> None:
    engine = filled()
    by_join = select(User).options(joinedload(User.posts), joinedload(User.notes))
    by_keys = select(User).options(selectinload(User.posts), selectinload(User.notes))
    assert rows(engine, by_join) == POSTS * NOTES
    assert rows(engine, by_keys) == 1
    with count_statements(engine) as counted:
        assert loaded(engine, by_keys) == (POSTS, NOTES)
    assert counted.selects == 3
    assert loaded(engine, by_join) == (POSTS, NOTES)


def test_one_inside_the_other_does_not() -> None:
    engine = filled()
    assert rows(engine, select(User).options(joinedload(User.posts).joinedload(Post.comments))) == POSTS * 2


def test_one_by_join_and_one_by_keys_does_not() -> None:
    engine = filled()
    assert rows(engine, select(User).options(joinedload(User.posts), selectinload(User.notes))) == POSTS
