"""The old place of `declarative_base` warns on every use; the new one gives the same without."""

from __future__ import annotations

import warnings

import pytest
from sqlalchemy import Column, Integer, orm
from sqlalchemy.exc import MovedIn20Warning
from sqlalchemy.ext import declarative


def test_the_old_place_warns() -> None:
    with pytest.warns(MovedIn20Warning, match=r"sqlalchemy\.orm\.declarative_base"):
        declarative.declarative_base()


def test_the_new_place_maps_the_same() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        base = orm.declarative_base()

        class Item(base):  # type: ignore[misc, valid-type]
            __tablename__ = "items"
            id = Column(Integer, primary_key=True)

    assert list(base.metadata.tables) == ["items"]
