"""Several keys between two tables: configuring the mappers raises, unless one is picked."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import held
from sqlalchemy import ForeignKey
from sqlalchemy.exc import AmbiguousForeignKeysError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(**arguments: Any) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        buyer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        seller_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        buyer = relationship("User", **arguments)  # type: ignore[var-annotated]

    return held(Base)


def test_it_raises() -> None:
    base = models()
    with pytest.raises(AmbiguousForeignKeysError, match="multiple foreign key paths"):
        base.registry.configure()
    base.registry.dispose()


def test_a_key_in_each_direction_does_too() -> None:
    class Base(DeclarativeBase):
        pass

    class Page(Base):
        __tablename__ = "pages"
        id: Mapped[int] = mapped_column(primary_key=True)
        latest_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"))
        revisions = relationship("Revision")  # type: ignore[var-annotated]

    class Revision(Base):
        __tablename__ = "revisions"
        id: Mapped[int] = mapped_column(primary_key=True)
        page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))

    with pytest.raises(AmbiguousForeignKeysError):
        Base.registry.configure()
    Base.registry.dispose()


def test_one_that_is_picked_does_not() -> None:
    models(foreign_keys="Order.buyer_id").registry.configure()
