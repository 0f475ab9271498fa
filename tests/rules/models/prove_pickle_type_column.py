"""Whoever can write to the table has code run where the row is read."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Integer, MetaData, PickleType, Table, create_engine, select, text

CALLED: list[str] = []


class Attack:
    """A pickle of it is a call of `CALLED.append`, by name."""

    def __reduce__(self) -> tuple[Any, ...]:
        return note, ("run",)


def note(what: str) -> None:
    CALLED.append(what)


def read(kind: Any, written: Any) -> None:
    """Write a value past SQLAlchemy's type, and read it through it."""
    items = Table("items", MetaData(), Column("id", Integer, primary_key=True), Column("data", kind))
    engine = create_engine("sqlite://")
    items.create(engine)
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO items (id, data) VALUES (1, :data)"), {"data": written})
        connection.execute(select(items.c.data)).all()


def test_reading_runs_what_the_bytes_name() -> None:
    CALLED.clear()
    read(PickleType, pickle.dumps(Attack()))
    assert CALLED == ["run"]


def test_json_runs_nothing() -> None:
    CALLED.clear()
    with pytest.raises(ValueError, match=r"codec|Expecting value"):
        read(JSON, pickle.dumps(Attack()))
    assert CALLED == []
