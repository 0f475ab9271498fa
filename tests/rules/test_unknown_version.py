"""Where nothing says which SQLAlchemy a project has, what only SQLAlchemy 2 refuses is no error: 1.4 may be meant."""

from __future__ import annotations

import os

import pytest
from sqlassay.config import Config
from sqlassay.findings import Severity
from sqlassay.linter import MEMORY_ROOT, Workspace

RAW = """
from sqlalchemy import create_engine

with create_engine("sqlite://").connect() as connection:
    connection.execute("SELECT 1")
"""

RELATIONSHIP = """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()

class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)

class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"))
    user: User = relationship(User)
"""

MAPPED_COLUMN = """
from sqlalchemy.orm import DeclarativeBase, mapped_column

class Base(DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id: int = mapped_column(primary_key=True)
"""

CASES = {
    "a plain string": ("ALC503", RAW, Severity.WARNING),
    "an annotation that 1.4 does not look at": ("ALC322", RELATIONSHIP, Severity.WARNING),
    "what 1.4 does not have": ("ALC322", MAPPED_COLUMN, Severity.ERROR),
}


def found(code: str, text: str, settings: dict[str, object]) -> list[Severity]:
    config = Config.from_settings({"select": [code], **settings}, MEMORY_ROOT)
    workspace = Workspace.from_sources({"main.py": text}, config)
    return [each.severity for each in workspace.check(os.path.join(MEMORY_ROOT, "main.py")).findings]


@pytest.mark.parametrize(("code", "text", "severity"), list(CASES.values()), ids=list(CASES))
def test_unknown(code: str, text: str, severity: Severity) -> None:
    assert found(code, text, {}) == [severity]


@pytest.mark.parametrize(("code", "text"), [case[:2] for case in CASES.values()], ids=list(CASES))
def test_known_to_be_two(code: str, text: str) -> None:
    assert found(code, text, {"target-version": "2.0"}) == [Severity.ERROR]
