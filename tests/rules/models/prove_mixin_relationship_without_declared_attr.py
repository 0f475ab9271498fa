"""A relationship in a mixin or an abstract class: the class that has it cannot be defined."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


class Owned:
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship("User")


class AbstractOwned(Base):
    __abstract__ = True
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship("User")


class WellOwned:
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    @declared_attr
    def user(cls) -> Mapped[User]:
        return relationship("User")


def test_a_mixin_raises() -> None:
    with pytest.raises(InvalidRequestError, match="must be declared as @declared_attr"):

        class Order(Owned, Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)


def test_an_abstract_class_raises() -> None:
    with pytest.raises(InvalidRequestError, match="must be declared as @declared_attr"):

        class Line(AbstractOwned):
            __tablename__ = "lines"
            id: Mapped[int] = mapped_column(primary_key=True)


def test_a_declared_attr_does_not() -> None:
    class Note(WellOwned, Base):
        __tablename__ = "notes"
        id: Mapped[int] = mapped_column(primary_key=True)

    Base.registry.configure()
    assert Note.user.property.mapper.class_ is User
