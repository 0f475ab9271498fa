"""Rows added one by one are one INSERT each on SQLite; one `insert()` with a list is one execution."""

from __future__ import annotations

from rules.prove_support import User, count_statements, make_engine
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

ROWS = [{"name": f"user {number}", "email": f"{number}@example.org"} for number in range(100)]


def stored(engine: Engine) -> list[tuple[str | None, str, bool]]:
    with Session(engine) as session:
        rows = session.execute(select(User.name, User.email, User.active).order_by(User.id))
        return [(row.name, row.email, row.active) for row in rows]


def test_executions_are_counted() -> None:
    one, all_, core = make_engine(), make_engine(), make_engine()
    with Session(one) as session, count_statements(one) as looped:
        for row in ROWS:
            session.add(User(**row))
        session.commit()
    with Session(all_) as session, count_statements(all_) as together:
        session.add_all([User(**row) for row in ROWS])
        session.commit()
    with Session(core) as session, count_statements(core) as inserted:
        session.execute(insert(User), ROWS)
        session.commit()
    assert looped.inserts == together.inserts == len(ROWS)
    assert inserted.inserts == 1
    assert stored(one) == stored(all_) == stored(core)
