"""A many-to-many through the table of a mapped class: a warning, and two who insert the same row."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ForeignKey
from sqlalchemy.exc import IntegrityError, SAWarning
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


def models(**arguments: Any) -> tuple[type[DeclarativeBase], Any, Any, Any]:
    class Base(DeclarativeBase):
        pass

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        marks = relationship("Mark", back_populates="post")  # type: ignore[var-annotated]
        tags = relationship("Tag", secondary="marks", **arguments)  # type: ignore[var-annotated]

    class Tag(Base):
        __tablename__ = "tags"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Mark(Base):
        __tablename__ = "marks"
        post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
        tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
        post = relationship("Post", back_populates="marks")  # type: ignore[var-annotated]

    return Base, Post, Tag, Mark


def test_it_warns_and_inserts_twice() -> None:
    base, post, tag, mark = models()
    with pytest.warns(SAWarning, match="conflicts with relationship"):
        base.registry.configure()
    with Session(make_engine(base)) as session:
        session.add(post(id=1, tags=[tag(id=1)], marks=[mark(tag_id=1)]))
        with pytest.raises(IntegrityError, match="UNIQUE"):
            session.flush()


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("said", [{"viewonly": True}, {"overlaps": "marks,post"}], ids=str)
def test_what_silences_the_warning(said: dict[str, Any]) -> None:
    models(**said)[0].registry.configure()
