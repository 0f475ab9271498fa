"""`subqueryload` under a LIMIT runs the query again: without ORDER BY other rows may come, and children are missing.

SQLite returns rows in the order of whichever index it uses; to stand for a database that changes its mind between two
statements, the proof has it turn unordered SELECTs round after the first one.
"""

from __future__ import annotations

from typing import Any

from rules.prove_support import User, count_statements, make_engine
from sqlalchemy import Engine, Select, event, select
from sqlalchemy.orm import Session, selectinload, subqueryload


def collections(engine: Engine, statement: Select[Any]) -> list[int]:
    """How many posts each user has, by a database that gives unordered rows the other way round the second time."""

    def turned(connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith("SELECT"):
            connection.exec_driver_sql("PRAGMA reverse_unordered_selects = 1")

    event.listen(engine, "after_cursor_execute", turned)
    try:
        with Session(engine) as session:
            return [len(user.posts) for user in session.scalars(statement)]
    finally:
        event.remove(engine, "after_cursor_execute", turned)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA reverse_unordered_selects = 0")


def test_children_are_missing() -> None:
    engine = make_engine(users=10, posts=2)
    unordered = select(User).options(subqueryload(User.posts)).limit(3)
    assert collections(engine, unordered) == [0, 0, 0]
    assert collections(engine, unordered.order_by(User.id)) == [2, 2, 2]


def test_by_keys_they_are_not() -> None:
    engine = make_engine(users=10, posts=2)
    assert collections(engine, select(User).options(selectinload(User.posts)).limit(3)) == [2, 2, 2]


def test_first_of_a_query_has_a_limit() -> None:
    engine = make_engine(users=3, posts=2)
    with Session(engine) as session, count_statements(engine) as counted:
        session.query(User).options(subqueryload(User.posts)).first()
    assert ["LIMIT" in each for each in counted.statements] == [True, True]
    with Session(engine) as session, count_statements(engine) as counted:
        session.scalars(select(User).options(subqueryload(User.posts))).first()
    assert ["LIMIT" in each for each in counted.statements] == [False, False]
