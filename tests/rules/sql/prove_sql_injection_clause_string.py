"""Some arguments are put into the SQL as they are, though no `text()` is in sight; others are quoted or refused."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import User, make_engine
from sqlalchemy import ColumnElement, column, extract, func, literal_column, select
from sqlalchemy.exc import ArgumentError, CompileError
from sqlalchemy.orm import Session

EVIL = "*/ email FROM users UNION SELECT /*"
MARK: Any = "1); DROP TABLE users; --"


def names(hint: str) -> list[str | None]:
    statement = select(User.name).where(User.id == 1).prefix_with(f"/*+ {hint} */")
    with Session(make_engine(users=2)) as session:
        return list(session.scalars(statement))


def test_a_hint_can_leave_its_comment() -> None:
    assert names("ALL_ROWS") == ["user 1"]
    assert names(EVIL) == ["1@example.org", "2@example.org", "user 1"]


VERBATIM: dict[str, Any] = {
    "literal_column": lambda: select(literal_column(MARK)),
    "column, is_literal": lambda: select(column(MARK, is_literal=True)),
    "op": lambda: select(User.id.op(MARK)(1)),
    "bool_op": lambda: select(User.id.bool_op(MARK)(1)),
    "extract": lambda: select(extract(MARK, User.id)),
    "prefix_with": lambda: select(User.id).prefix_with(MARK),
    "suffix_with": lambda: select(User.id).suffix_with(MARK),
    "with_statement_hint": lambda: select(User.id).with_statement_hint(MARK),
}


@pytest.mark.parametrize("make", VERBATIM.values(), ids=VERBATIM)
def test_verbatim(make: Any) -> None:
    assert MARK in str(make())


def test_any_function_can_be_named() -> None:
    named = "pg_sleep"
    assert "pg_sleep(" in str(select(getattr(func, named)(1)))


REFUSED: dict[str, Any] = {
    "where": lambda: select(User.id).where(MARK),
    "having": lambda: select(User.id).having(MARK),
    "select": lambda: select(MARK),
    "order_by": lambda: str(select(User.id).order_by(MARK)),
    "group_by": lambda: str(select(User.id).group_by(MARK)),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_refused(make: Any) -> None:
    with pytest.raises((ArgumentError, CompileError)):
        make()


QUOTED: dict[str, ColumnElement[Any]] = {"label": User.id.label(MARK), "column": column(MARK)}


@pytest.mark.parametrize("element", QUOTED.values(), ids=QUOTED)
def test_quoted(element: ColumnElement[Any]) -> None:
    assert f'"{MARK}"' in str(select(element))
