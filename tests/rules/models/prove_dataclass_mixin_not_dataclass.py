"""Fields of a mixin that is no dataclass: SQLAlchemy 2.0 warns, 2.1 refuses the class."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.exc import InvalidRequestError, SADeprecationWarning
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

IS_21 = tuple(int(each) for each in sqlalchemy.__version__.split(".")[:2]) >= (2, 1)


class Plain:
    count: Mapped[int] = mapped_column(default=0, init=False)


class Data(MappedAsDataclass):
    count: Mapped[int] = mapped_column(default=0, init=False)


def make(mixin: type) -> Any:
    base = type("Base", (MappedAsDataclass, DeclarativeBase), {})
    body = {
        "__tablename__": "items",
        "__annotations__": {"id": Mapped[int]},
        "id": mapped_column(primary_key=True, init=False),
    }
    return type("Item", (mixin, base), body)


def test_a_plain_mixin() -> None:
    if IS_21:
        with pytest.raises(InvalidRequestError, match="which is not a dataclass"):
            make(Plain)
    else:
        with pytest.warns(SADeprecationWarning, match="which is not a dataclass"):
            make(Plain)


def test_a_dataclass() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert make(Data)().count == 0
