"""What a schema reads is looked at again when the schema, or what it inherits, becomes another."""

from __future__ import annotations

import os

import pytest
from sqlassay.config import Config
from sqlassay.linter import MEMORY_ROOT, Workspace

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship()


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
"""

BASE = """
from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    model_config = ConfigDict(from_attributes=True)
"""

SCHEMAS = """
from base import Schema


class PostOut(Schema):
    id: int


class UserOut(Schema):
    posts: list[PostOut]
"""

VIEWS = """
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import User
from schemas import UserOut


def users(session: Session) -> list[UserOut]:
    return [UserOut.model_validate(user) for user in session.scalars(select(User))]
"""


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("schemas.py", "posts: list", "articles: list"),
        ("base.py", "from_attributes=True", "from_attributes=False"),
        ("models.py", "relationship()", 'relationship(lazy="selectin")'),
        ("views.py", "select(User)", "select(User.id)"),
    ],
)
def test_an_edit_is_seen(name: str, before: str, after: str) -> None:
    files = {"models.py": MODELS, "base.py": BASE, "schemas.py": SCHEMAS, "views.py": VIEWS}
    config = Config.from_settings({"select": ["ALC612"]}, MEMORY_ROOT)
    workspace = Workspace.from_sources(files, config, live=True)
    views, edited = os.path.join(MEMORY_ROOT, "views.py"), os.path.join(MEMORY_ROOT, name)
    assert before in files[name]
    for text, count in ((files[name], 1), (files[name].replace(before, after), 0), (files[name], 1)):
        workspace.open(edited, text)
        assert len(workspace.check(views).findings) == count
