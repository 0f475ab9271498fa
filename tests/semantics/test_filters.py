"""What a project filters by is counted once, and an edit counts again what it touched."""

from __future__ import annotations

import os

from sqlassay.config import Config
from sqlassay.linter import MEMORY_ROOT, Workspace

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
"""

QUERIES = """
from sqlalchemy import select

from models import Note


def one(session):
    return session.scalar(select(Note).where(Note.title == "x"))


def two(session):
    return session.scalar(select(Note).where(Note.title == "y"))


def three(session):
    return session.scalar(select(Note).where({criterion}))
"""


def test_findings_follow_the_queries() -> None:
    config = Config.from_settings({"select": ["filtered-column-unindexed"]}, MEMORY_ROOT)
    by_title, by_key = (QUERIES.format(criterion=each) for each in ('Note.title == "z"', "Note.id == 1"))
    workspace = Workspace.from_sources({"models.py": MODELS, "queries.py": by_title}, config, live=True)
    models, queries = (os.path.join(MEMORY_ROOT, name) for name in ("models.py", "queries.py"))
    found = [len(workspace.check(models).findings)]
    for text in (by_key, by_title):
        workspace.open(queries, text)
        found.append(len(workspace.check(models).findings))
    assert found == [1, 0, 1]


def test_an_edit_walks_only_the_function_it_is_in() -> None:
    config = Config.from_settings({"select": ["filtered-column-unindexed"]}, MEMORY_ROOT)
    before = QUERIES.format(criterion='Note.title == "z"')
    workspace = Workspace.from_sources({"models.py": MODELS, "queries.py": before}, config, live=True)
    models, queries = (os.path.join(MEMORY_ROOT, name) for name in ("models.py", "queries.py"))
    workspace.check(models)
    walked = workspace._project.memo.made
    workspace.open(queries, before.replace('"z"', '"w"'))
    workspace.check(models)
    # The function's own answer, those that its walk asks for, and the sum.
    assert workspace._project.memo.made - walked < walked / 4
