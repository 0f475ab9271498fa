"""Annotated or not, the mappers are the same: what the annotation adds is for those who read the class."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    WriteOnlyMapped,
    configure_mappers,
    mapped_column,
    relationship,
)
from sqlalchemy.schema import CreateTable


class Bare(DeclarativeBase):
    pass


class Annotated(DeclarativeBase):
    pass


Table("marks", Bare.metadata, Column("user", ForeignKey("users.id")), Column("tag", ForeignKey("tags.id")))
Table("marks", Annotated.metadata, Column("user", ForeignKey("users.id")), Column("tag", ForeignKey("tags.id")))


class BareUser(Bare):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    age = mapped_column(Integer)
    name = mapped_column(String(50), nullable=False)
    posts = relationship("BarePost", back_populates="author")
    stream = relationship("BarePost", lazy="dynamic", viewonly=True)
    log = relationship("BarePost", lazy="write_only", viewonly=True)
    one = relationship("BarePost", uselist=False, viewonly=True)
    tags = relationship("BareTag", secondary="marks")


class BarePost(Bare):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author = relationship("BareUser", back_populates="posts")


class BareTag(Bare):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)


class AnnotatedUser(Annotated):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    age: Mapped[int | None] = mapped_column()
    name: Mapped[str] = mapped_column(String(50))
    posts: Mapped[list[AnnotatedPost]] = relationship("AnnotatedPost", back_populates="author")
    stream: DynamicMapped[AnnotatedPost] = relationship("AnnotatedPost", lazy="dynamic", viewonly=True)
    log: WriteOnlyMapped[AnnotatedPost] = relationship("AnnotatedPost", lazy="write_only", viewonly=True)
    one: Mapped[AnnotatedPost | None] = relationship("AnnotatedPost", uselist=False, viewonly=True)
    tags: Mapped[list[AnnotatedTag]] = relationship("AnnotatedTag", secondary="marks")


class AnnotatedPost(Annotated):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[AnnotatedUser | None] = relationship("AnnotatedUser", back_populates="posts")


class AnnotatedTag(Annotated):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)


def relationships(model: type[Any]) -> dict[str, tuple[Any, ...]]:
    """What decides how a relationship behaves, by its name."""
    configure_mappers()
    return {
        each.key: (each.direction, each.uselist, each.lazy, sorted(each.cascade), str(each.primaryjoin))
        for each in model.__mapper__.relationships
    }


def test_the_mappers_are_equal() -> None:
    assert relationships(BareUser) == relationships(AnnotatedUser)
    assert relationships(BarePost) == relationships(AnnotatedPost)
    assert len(relationships(AnnotatedUser)) == 5


def test_the_tables_are_equal() -> None:
    bare, annotated = ([str(CreateTable(table)) for table in base.metadata.sorted_tables] for base in (Bare, Annotated))
    assert bare == annotated


def test_only_one_of_them_can_be_read() -> None:
    assert BareUser.__annotations__.keys() == {"id"}
    assert AnnotatedUser.__annotations__["one"] == "Mapped[AnnotatedPost | None]"
