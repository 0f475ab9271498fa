"""A column that the query leaves out is loaded with one SELECT for each row that it is read off."""

from __future__ import annotations

from typing import Any

from rules.prove_support import User, count_statements, make_engine
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session, defer, load_only

USERS = 10


def names(engine: Engine, statement: Select[Any]) -> list[str | None]:
    with Session(engine) as session:
        return [user.name for user in session.scalars(statement.order_by(User.id))]


def test_a_column_left_out() -> None:
    engine = make_engine(users=USERS, posts=1)
    with count_statements(engine) as whole:
        expected = names(engine, select(User).options(load_only(User.name)))
    assert whole.selects == 1
    for option in (load_only(User.id), defer(User.name)):
        with count_statements(engine) as lazy:
            found = names(engine, select(User).options(option))
        assert lazy.selects == 1 + USERS
        assert found == expected
