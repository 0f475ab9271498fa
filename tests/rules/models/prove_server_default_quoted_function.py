"""A string as `server_default` is a string in the table too: rows hold it as it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import JSON, Column, DateTime, Integer, MetaData, Table, create_engine, func, insert, select, text
from sqlalchemy.schema import CreateTable


def make_table(kind: Any, default: Any) -> Table:
    return Table(
        "items", MetaData(), Column("id", Integer, primary_key=True), Column("x", kind, server_default=default)
    )


def stored(table: Table) -> Any:
    """What the database holds after an INSERT that leaves the column to it."""
    engine = create_engine("sqlite://")
    table.create(engine)
    with engine.connect() as connection:
        connection.execute(insert(table).values(id=1))
        return connection.execute(select(table.c.x)).scalar_one()


def test_the_call_is_rendered_in_quotes() -> None:
    assert "DEFAULT 'now()'" in str(CreateTable(make_table(DateTime, "now()")))
    assert "DEFAULT now()" in str(CreateTable(make_table(DateTime, func.now())))


def test_the_row_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="now"):
        stored(make_table(DateTime, "now()"))
    assert isinstance(stored(make_table(DateTime, func.now())), datetime)


def test_quotes_within_quotes_are_no_document() -> None:
    assert "DEFAULT '''{}'''" in str(CreateTable(make_table(JSON, "'{}'")))
    with pytest.raises(ValueError, match="Expecting value"):
        stored(make_table(JSON, "'{}'"))
    assert stored(make_table(JSON, text("'{}'"))) == {}
