"""On PostgreSQL the two types are two types; MySQL and SQLite have one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, DateTime, MetaData, Table
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.schema import CreateTable


def ddl(dialect: Any, *, timezone: bool) -> str:
    table = Table("items", MetaData(), Column("at", DateTime(timezone=timezone)))
    return str(CreateTable(table).compile(dialect=dialect))


def test_postgresql_keeps_no_zone_unless_told() -> None:
    dialect = postgresql.dialect()
    assert "TIMESTAMP WITHOUT TIME ZONE" in ddl(dialect, timezone=False)
    assert "TIMESTAMP WITH TIME ZONE" in ddl(dialect, timezone=True)


@pytest.mark.parametrize("module", [mysql, sqlite])
def test_others_have_one_type(module: Any) -> None:
    assert ddl(module.dialect(), timezone=False) == ddl(module.dialect(), timezone=True)
