"""A validator for a name that the class does not have is never called, and nobody says so."""

from __future__ import annotations

import warnings

import pytest
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates


class Base(DeclarativeBase):
    pass


class Misspelt(Base):
    __tablename__ = "misspelt"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column("address", String)

    @validates("emial", "address")
    def check_email(self, _key: str, value: str) -> str:
        raise ValueError(value)


class Right(Base):
    __tablename__ = "right"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]

    @validates("email")
    def check_email(self, _key: str, value: str) -> str:
        raise ValueError(value)


def test_the_validator_never_runs() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Base.registry.configure()
    assert Misspelt(email="nobody").email == "nobody"


def test_by_the_right_name_it_does() -> None:
    with pytest.raises(ValueError, match="nobody"):
        Right(email="nobody")
