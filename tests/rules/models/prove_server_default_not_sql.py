"""Only SQL and strings are taken as `server_default`: anything else raises where the column is made."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, false, func, true
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import mapped_column
from sqlalchemy.schema import CreateTable


class State(enum.Enum):
    NEW = "new"


class Text(str, enum.Enum):
    NEW = "new"


REFUSED = [True, 0, 1.5, b"", [], {}, uuid.uuid4, lambda: 1, func.now, true, datetime.now(), uuid.uuid4(), State.NEW]


@pytest.mark.parametrize("value", REFUSED)
@pytest.mark.parametrize("function", [Column, mapped_column])
def test_it_is_refused(function: Any, value: object) -> None:
    with pytest.raises(ArgumentError, match="is expected to be one of type"):
        function(Integer, server_default=value)
    with pytest.raises(ArgumentError, match="is expected to be one of type"):
        function(Integer, server_onupdate=value)


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        (true(), "DEFAULT true"),
        (false(), "DEFAULT false"),
        ("0", "DEFAULT '0'"),
        (func.now(), "DEFAULT now()"),
        (Text.NEW, ""),
    ],
)
def test_sql_and_strings_are_taken(value: Any, rendered: str) -> None:
    table = Table("items", MetaData(), Column("x", Boolean, server_default=value))
    assert rendered in str(CreateTable(table))
