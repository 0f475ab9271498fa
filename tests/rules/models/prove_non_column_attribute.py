"""What is no column is left out of the mapping, without a warning."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, mapped_column


def make(value: Any) -> Any:
    base = type("Base", (DeclarativeBase,), {})
    body = {"__tablename__": "items", "id": mapped_column(String, primary_key=True), "x": value}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return type("Item", (base,), body)


@pytest.mark.parametrize("value", [String(50), String, ForeignKey("users.id")])
def test_there_is_no_column(value: Any) -> None:
    assert make(value).__table__.c.keys() == ["id"]


@pytest.mark.parametrize("value", [UniqueConstraint("id"), CheckConstraint("id > 0"), Index("ix", "id")])
def test_there_is_no_constraint(value: Any) -> None:
    table = make(value).__table__
    assert len(table.constraints) == 1
    assert not table.indexes


def test_in_mapped_column_there_is_one() -> None:
    assert make(mapped_column(String(50))).__table__.c.keys() == ["id", "x"]
