"""Which loader a fix adds is configured; a joined collection takes `unique()` with it."""

from __future__ import annotations

import os

import pytest
from rules import prove_support
from rules.prove_support import make_engine
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, joinedload
from sqlassay.config import Config
from sqlassay.linter import MEMORY_ROOT, Workspace
from sqlassay.semantics.plans import LOADERS

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
"""

CODE = """
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Post, User


def collection(session: Session) -> None:
    for user in session.scalars(select(User)):
        print(user.posts)


def reference(session: Session) -> None:
    for post in session.scalars(select(Post)):
        print(post.author.id)
"""


def fixed(loaders: dict[str, str]) -> list[str]:
    """The loops of the fixed code, and what it takes from the ORM."""
    config = Config.from_settings({"select": ["n-plus-one"], "loaders": loaders}, MEMORY_ROOT)
    workspace = Workspace.from_sources({"models.py": MODELS, "main.py": CODE}, config)
    text = workspace.fix_file(os.path.join(MEMORY_ROOT, "main.py"), unsafe=True).text
    return [line.strip() for line in text.splitlines() if "for " in line or "sqlalchemy.orm" in line]


def test_by_default_references_are_joined_and_collections_are_not() -> None:
    assert LOADERS == {"references": "joinedload", "collections": "selectinload"}
    assert fixed({}) == [
        "from sqlalchemy.orm import Session, joinedload, selectinload",
        "for user in session.scalars(select(User).options(selectinload(User.posts))):",
        "for post in session.scalars(select(Post).options(joinedload(Post.author))):",
    ]


def test_a_joined_collection_takes_unique() -> None:
    assert fixed({"collections": "joinedload", "references": "selectinload"}) == [
        "from sqlalchemy.orm import Session, joinedload, selectinload",
        "for user in session.scalars(select(User).options(joinedload(User.posts))).unique():",
        "for post in session.scalars(select(Post).options(selectinload(Post.author))):",
    ]


def test_sqlalchemy_wants_it_so() -> None:
    engine = make_engine(users=3, posts=2)
    statement = select(prove_support.User).options(joinedload(prove_support.User.posts))
    with Session(engine) as session:
        with pytest.raises(InvalidRequestError, match="unique"):
            session.scalars(statement).all()
        assert len(session.scalars(statement).unique().all()) == 3
