"""Templates are read when a call asks for one, and again when they change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlassay.config import Config
from sqlassay.linter import Workspace

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship()
"""

VIEWS = """
from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Post


def posts(session: Session) -> str:
    return render_template("posts.html", posts=session.scalars(select(Post)).all())
"""

READS = "{% for post in posts %}\n\u00e9 {{ post.author.name }}\n{% endfor %}\n"
READS_NOT = "{% for post in posts %}{{ post.title }}{% endfor %}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "views.py").write_text(VIEWS)
    (tmp_path / "templates").mkdir()
    return tmp_path


def workspace(root: Path, *, live: bool = True) -> Workspace:
    config = Config.from_settings({"select": ["ALC612"]}, str(root))
    return Workspace(root, config, live=live, strict=True)


def found(of: Workspace, root: Path) -> int:
    return len(of.check(str(root / "views.py")).findings)


def later(path: Path, text: str) -> None:
    """Write a file as if some time had passed."""
    path.write_text(text, encoding="utf-8")
    now = os.stat(path).st_mtime + 10
    os.utime(path, (now, now))


def test_the_note_points_into_the_template(project: Path) -> None:
    page = project / "templates" / "posts.html"
    page.write_text(READS, encoding="utf-8")
    of = workspace(project, live=False)
    (finding,) = of.check(str(project / "views.py")).findings
    note = next(each for each in finding.related if each.path == str(page))
    assert page.read_bytes()[note.start : note.end] == b"author"
    source = of.source(note.path)
    assert source is not None
    assert source.position(note.start)[0] == 1


def test_a_template_that_changes_is_read_again(project: Path) -> None:
    page = project / "templates" / "posts.html"
    page.write_text(READS_NOT)
    of = workspace(project)
    assert found(of, project) == 0
    later(page, READS)
    assert found(of, project) == 1
    later(page, READS_NOT)
    assert found(of, project) == 0
    page.unlink()
    assert found(of, project) == 0


def test_one_that_is_included_too(project: Path) -> None:
    part = project / "templates" / "part.html"
    part.write_text(READS_NOT)
    (project / "templates" / "posts.html").write_text('{% include "part.html" %}')
    of = workspace(project)
    assert found(of, project) == 0
    later(part, READS)
    assert found(of, project) == 1


def test_a_new_one_is_found_once_the_editor_tells(project: Path) -> None:
    of = workspace(project)
    views = str(project / "views.py")
    of.open(views, VIEWS)
    assert found(of, project) == 0
    page = project / "templates" / "posts.html"
    page.write_text(READS)
    assert of.disk_changed([str(page)]) == {views}
    assert found(of, project) == 1
    later(page, READS_NOT)
    assert of.disk_changed([str(page)]) == {views}
    assert found(of, project) == 0


def test_what_is_told_of_an_unknown_page_touches_nothing(project: Path) -> None:
    (project / "templates" / "posts.html").write_text(READS)
    of = workspace(project)
    models = str(project / "models.py")
    of.open(models, MODELS)
    of.check(models)
    assert of.disk_changed([str(project / "static.html")]) == set()


def test_nothing_is_read_outside_the_project(project: Path) -> None:
    (project / "secret.html").write_text(READS)
    for name in ("../secret.html", str(project / "secret.html")):
        (project / "views.py").write_text(VIEWS.replace("posts.html", name))
        assert found(workspace(project), project) == 0
