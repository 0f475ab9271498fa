"""Deleting a parent whose children are its own: without a cascade it fails, or leaves children of nobody."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ForeignKey, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Strict(Base):
    __tablename__ = "strict"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[StrictChild]] = relationship()


class StrictChild(Base):
    __tablename__ = "strict_children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("strict.id"))


class Loose(Base):
    __tablename__ = "loose"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[LooseChild]] = relationship()


class LooseChild(Base):
    __tablename__ = "loose_children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("loose.id"))


class Owner(Base):
    __tablename__ = "owners"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[OwnedChild]] = relationship(cascade="all, delete-orphan")


class OwnedChild(Base):
    __tablename__ = "owned_children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))


def test_a_key_that_may_not_be_null_is_set_to_null() -> None:
    with Session(make_engine(Base)) as session:
        parent = Strict(children=[StrictChild(), StrictChild()])
        session.add(parent)
        session.commit()
        session.delete(parent)
        with pytest.raises(IntegrityError, match="NOT NULL"):
            session.flush()


def test_a_key_that_may_be_null_leaves_orphans() -> None:
    with Session(make_engine(Base)) as session:
        parent = Loose(children=[LooseChild(), LooseChild()])
        session.add(parent)
        session.commit()
        session.delete(parent)
        session.commit()
        assert session.scalars(select(LooseChild.parent_id)).all() == [None, None]


def test_with_the_cascade_children_go_with_their_parent() -> None:
    with Session(make_engine(Base)) as session:
        parent = Owner(children=[OwnedChild(), OwnedChild()])
        session.add(parent)
        session.commit()
        parent.children.pop()
        session.commit()
        assert len(session.scalars(select(OwnedChild)).all()) == 1
        session.delete(parent)
        session.commit()
        assert session.scalars(select(OwnedChild)).all() == []
