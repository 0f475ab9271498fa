"""`metadata` and `registry` are declarative's own: SQLAlchemy 2.0 refuses the first, 2.1 warns of both."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import JSON, String
from sqlalchemy.exc import InvalidRequestError, SAWarning
from sqlalchemy.orm import DeclarativeBase, mapped_column

IS_21 = tuple(int(each) for each in sqlalchemy.__version__.split(".")[:2]) >= (2, 1)


def make(**attributes: Any) -> Any:
    base = type("Base", (DeclarativeBase,), {})
    return type(
        "Item", (base,), {"__tablename__": "items", "id": mapped_column(String, primary_key=True), **attributes}
    )


def test_metadata_is_reserved() -> None:
    if IS_21:
        with pytest.warns(SAWarning, match="'metadata' should be left reserved"):
            make(metadata=mapped_column(JSON))
    else:
        with pytest.raises(InvalidRequestError, match="'metadata' is reserved"):
            make(metadata=mapped_column(JSON))


@pytest.mark.skipif(not IS_21, reason="2.0 says nothing")
def test_registry_is_reserved_since_2_1() -> None:
    with pytest.warns(SAWarning, match="'registry' should be left reserved"):
        make(registry=mapped_column(String))


def test_the_column_may_have_the_name() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = make(metadata_=mapped_column(JSON, name="metadata"))
    assert model.__table__.c.keys() == ["id", "metadata"]
