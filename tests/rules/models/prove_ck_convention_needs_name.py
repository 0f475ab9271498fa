"""A convention that asks for a check constraint's name: without one the table cannot be made."""

from __future__ import annotations

import pytest
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table, create_engine
from sqlalchemy.exc import InvalidRequestError


def make(name: str | None, convention: str) -> None:
    metadata = MetaData(naming_convention={"ck": convention})
    Table("orders", metadata, Column("total", Integer), CheckConstraint("total >= 0", name=name))
    metadata.create_all(create_engine("sqlite://"))


def test_it_raises() -> None:
    with pytest.raises(InvalidRequestError, match="requires that constraint is explicitly named"):
        make(None, "ck_%(table_name)s_%(constraint_name)s")


def test_with_a_name_or_another_convention_it_does_not() -> None:
    make("total", "ck_%(table_name)s_%(constraint_name)s")
    make(None, "ck_%(table_name)s")
