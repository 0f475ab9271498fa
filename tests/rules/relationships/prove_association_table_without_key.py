"""Without a key, a link stands in the table twice, and removing it fails; with one, the second is refused."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import Column, ForeignKey, Table, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.orm.exc import StaleDataError


def models(*, key: bool) -> tuple[type[DeclarativeBase], Any, Any, Table]:
    class Base(DeclarativeBase):
        pass

    marks = Table(
        "marks",
        Base.metadata,
        Column("post", ForeignKey("posts.id"), primary_key=key),
        Column("tag", ForeignKey("tags.id"), primary_key=key),
    )

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        tags = relationship("Tag", secondary=marks)  # type: ignore[var-annotated]

    class Tag(Base):
        __tablename__ = "tags"
        id: Mapped[int] = mapped_column(primary_key=True)

    return Base, Post, Tag, marks


def link_twice(*, key: bool) -> None:
    base, post, tag, marks = models(key=key)
    with Session(make_engine(base)) as session:
        session.add(post(id=1, tags=[tag(id=1)]))
        session.flush()
        session.execute(insert(marks).values(post=1, tag=1))
        session.commit()
        found = session.get_one(post, 1)
        assert len(found.tags) == 1
        found.tags.clear()
        session.commit()


def test_without_a_key_the_link_cannot_be_removed() -> None:
    with pytest.raises(StaleDataError, match="expected to delete 1 row"):
        link_twice(key=False)


def test_with_a_key_the_second_is_refused() -> None:
    with pytest.raises(IntegrityError, match="UNIQUE"):
        link_twice(key=True)
