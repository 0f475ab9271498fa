"""PostgreSQL makes no enumeration without a name; SQLite has none to make."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from sqlalchemy import Column, Enum, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateTable


class Color(enum.Enum):
    RED = "red"


def ddl(module: Any, kind: Any) -> str:
    return str(CreateTable(Table("items", MetaData(), Column("color", kind))).compile(dialect=module.dialect()))


def test_a_name_is_needed() -> None:
    with pytest.raises(CompileError, match="requires a name"):
        ddl(postgresql, Enum("red", "green"))


def test_what_has_one_or_needs_none() -> None:
    assert "color paint" in ddl(postgresql, Enum("red", "green", name="paint"))
    assert "color color" in ddl(postgresql, Enum(Color))
    assert "VARCHAR" in ddl(postgresql, Enum("red", "green", native_enum=False))
    assert "VARCHAR" in ddl(sqlite, Enum("red", "green"))
