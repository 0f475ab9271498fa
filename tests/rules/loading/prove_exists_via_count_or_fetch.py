"""To know whether there is a row, fetching builds objects and counting goes through all; EXISTS sends one value."""

from __future__ import annotations

import pytest
from rules.prove_support import User, count_loads, count_statements, make_engine
from sqlalchemy import select
from sqlalchemy.orm import Session

USERS = 50


@pytest.mark.parametrize("name", ["user 1", "nobody"])
def test_fetching(name: str) -> None:
    engine = make_engine(users=USERS)
    with Session(engine) as session, count_loads(User) as fetched:
        answers = [
            bool(session.query(User).filter(User.id > 0, User.name == name).all()),
            session.query(User).filter(User.name == name).first() is not None,
            session.scalars(select(User).where(User.name == name)).first() is not None,
        ]
    with Session(engine) as session, count_loads(User) as asked:
        query = session.query(session.query(User).filter(User.name == name).exists()).scalar()
        statement = session.scalar(select(User).where(User.name == name).exists().select())
    assert answers == [name == "user 1"] * 3
    assert query is statement is (name == "user 1")
    assert (bool(fetched), len(asked)) == (name == "user 1", 0)


def test_all_rows() -> None:
    engine = make_engine(users=USERS)
    with Session(engine) as session, count_loads(User) as fetched:
        assert session.scalars(select(User)).first() is not None
    assert len(fetched) == USERS


def test_counting_goes_through_all() -> None:
    """SQLite's own steps: COUNT takes more with more rows, EXISTS does not."""
    steps: dict[str, list[int]] = {"count": [], "exists": []}
    for users in (100, 2_000):
        engine = make_engine(users=users)
        for how, found in steps.items():
            with Session(engine) as session, count_statements(engine) as counted:
                raw = session.connection().connection.driver_connection
                assert raw is not None
                ticks = 0

                def tick() -> int:
                    nonlocal ticks
                    ticks += 1
                    return 0

                raw.set_progress_handler(tick, 10)
                query = session.query(User).filter(User.active.is_(True))
                answer = query.count() > 0 if how == "count" else session.query(query.exists()).scalar()
                raw.set_progress_handler(None, 0)
                assert answer is True
                found.append(ticks)
                assert counted.selects == 1
    assert steps["count"][1] > 10 * steps["count"][0]
    assert steps["exists"][1] == steps["exists"][0]
