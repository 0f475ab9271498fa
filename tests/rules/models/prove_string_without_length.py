"""MySQL makes no VARCHAR without a length; PostgreSQL and SQLite do."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, MetaData, String, Table
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateTable


def ddl(module: Any, kind: Any) -> str:
    return str(CreateTable(Table("items", MetaData(), Column("name", kind))).compile(dialect=module.dialect()))


def test_mysql_needs_a_length() -> None:
    with pytest.raises(CompileError, match="requires a length"):
        ddl(mysql, String)
    assert "VARCHAR(50)" in ddl(mysql, String(50))


@pytest.mark.parametrize("module", [postgresql, sqlite])
def test_elsewhere_it_is_not(module: Any) -> None:
    assert "VARCHAR" in ddl(module, String)
