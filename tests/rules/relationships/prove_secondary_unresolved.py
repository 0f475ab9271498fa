"""A `secondary` that names no table raises when the mappers are configured."""

from __future__ import annotations

import pytest
from rules.prove_support import held
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(secondary: str) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    Table("post_tags", Base.metadata, Column("post", ForeignKey("posts.id")), Column("tag", ForeignKey("tags.id")))

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        tags = relationship("Tag", secondary=secondary)  # type: ignore[var-annotated]

    class Tag(Base):
        __tablename__ = "tags"
        id: Mapped[int] = mapped_column(primary_key=True)

    return held(Base)


def test_it_raises() -> None:
    base = models("post_tag")
    with pytest.raises(InvalidRequestError, match="failed to locate a name"):
        base.registry.configure()
    base.registry.dispose()


def test_the_right_name_does_not() -> None:
    models("post_tags").registry.configure()
