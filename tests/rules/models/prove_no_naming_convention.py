"""With a convention every constraint has a name before the database makes one up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table
from sqlalchemy.schema import CreateTable

CONVENTION: dict[str, Any] = {
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def named(metadata: MetaData) -> int:
    """How many constraints of a table have a name."""
    Table("users", metadata, Column("id", Integer, primary_key=True))
    table = Table(
        "orders",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("number", Integer, unique=True),
        Column("user_id", ForeignKey("users.id")),
    )
    return str(CreateTable(table)).count("CONSTRAINT")


def test_names() -> None:
    assert named(MetaData()) == 0
    assert named(MetaData(naming_convention=CONVENTION)) == 3
