"""A constraint without a name has none in the DDL, and cannot be dropped by what the program knows of it."""

from __future__ import annotations

import pytest
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateTable, DropConstraint


def test_it_has_no_name_to_be_dropped_by() -> None:
    unnamed, named = CheckConstraint("total >= 0"), CheckConstraint("total >= 0", name="ck_total")
    table = Table("orders", MetaData(), Column("total", Integer), unnamed, named)
    assert str(CreateTable(table)).count("CONSTRAINT") == 1
    with pytest.raises(CompileError, match="no name"):
        str(DropConstraint(unnamed))
    assert "ck_total" in str(DropConstraint(named))
