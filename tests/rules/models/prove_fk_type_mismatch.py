"""The DDL says two types for one value; without a type of its own, a column takes that of the one it points to.

That PostgreSQL and MySQL refuse such a constraint stands in their documentation; SQLite, as is shown, does not.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, Uuid, create_engine
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable


def types(dialect: Dialect, *own: Any) -> tuple[str, str]:
    """The types of orders.id and lines.order_id, as CREATE TABLE has them."""
    metadata = MetaData()
    orders = Table("orders", metadata, Column("id", Uuid, primary_key=True))
    lines = Table("lines", metadata, Column("order_id", *own, ForeignKey("orders.id")))
    written = [str(CreateTable(each).compile(dialect=dialect)).split("(", 1)[1] for each in (orders, lines)]
    first, second = (each.split(",")[0].split()[1] for each in written)
    return first, second


@pytest.mark.parametrize("dialect", [postgresql.dialect(), mysql.dialect()], ids=["postgresql", "mysql"])
def test_two_types_for_one_value(dialect: Dialect) -> None:
    one, other = types(dialect, String(40))
    assert one != other
    one, other = types(dialect)
    assert one == other


def test_sqlite_says_nothing() -> None:
    metadata = MetaData()
    Table("orders", metadata, Column("id", Integer, primary_key=True))
    Table("lines", metadata, Column("order_id", String(36), ForeignKey("orders.id")))
    metadata.create_all(create_engine("sqlite://"))
