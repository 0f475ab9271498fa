"""A base that a call made and one that a class is map alike: the difference is for those who read the code."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import Column, Integer, MetaData, String, select
from sqlalchemy.orm import DeclarativeBase, Session, declarative_base
from sqlalchemy.schema import CreateTable

Made: Any = declarative_base()


class Written(DeclarativeBase):
    pass


class MadeItem(Made):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String(20))


class WrittenItem(Written):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String(20))


def test_the_tables_are_equal() -> None:
    assert str(CreateTable(MadeItem.__table__)) == str(CreateTable(WrittenItem.__table__))


@pytest.mark.parametrize(("base", "model"), [(Made, MadeItem), (Written, WrittenItem)])
def test_rows_come_and_go_alike(base: Any, model: Any) -> None:
    with Session(make_engine(base)) as session:
        session.add_all([model(name="a"), model(name="b")])
        session.commit()
        assert session.scalars(select(model.name).order_by(model.id)).all() == ["a", "b"]
        assert model.__init__.__doc__ == MadeItem.__init__.__doc__


def test_each_has_a_registry_and_a_metadata_of_its_own() -> None:
    assert Made.registry is not Written.registry
    assert Made.metadata is not Written.metadata


def test_a_metadata_is_an_attribute_of_the_class() -> None:
    class Shop(DeclarativeBase):
        metadata = MetaData(schema="shop")

    assert declarative_base(metadata=Shop.metadata).metadata is Shop.metadata


def test_neither_is_deprecated() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        declarative_base()
