"""Reading one column of whole objects fetches all of them and builds the objects; selecting it gives the same."""

from __future__ import annotations

from rules.prove_support import Post, User, count_loads, count_statements, make_engine
from sqlalchemy import select
from sqlalchemy.orm import Session

USERS = 30


def test_one_column() -> None:
    engine = make_engine(users=USERS)
    with Session(engine) as session, count_loads(User) as built, count_statements(engine) as whole:
        before = [user.email for user in session.scalars(select(User).order_by(User.id))]
    with Session(engine) as session, count_loads(User) as none, count_statements(engine) as column:
        after = list(session.scalars(select(User.email).order_by(User.id)))
    assert before == after
    assert (len(built), len(none)) == (USERS, 0)
    assert "users.active" in whole.statements[0]
    assert "users.active" not in column.statements[0]


def test_two_columns_and_a_query() -> None:
    engine = make_engine(users=USERS)
    with Session(engine) as session:
        before = {user.id: user.email for user in session.scalars(select(User)).all()}
        queried = [user.email for user in session.query(User).order_by(User.id).all()]
    with Session(engine) as session, count_loads(User) as none:
        assert {user.id: user.email for user in session.execute(select(User.id, User.email)).all()} == before
        assert [user.email for user in session.query(User.email).order_by(User.id).all()] == queried
    assert not none


def test_order_that_nothing_asks_for() -> None:
    """Why the fix is safe with ORDER BY alone: the column comes from its index, in the order of that."""
    with Session(make_engine(users=USERS)) as session:
        before = [user.email for user in session.scalars(select(User))]
        after = list(session.scalars(select(User.email)))
    assert before != after
    assert sorted(before) == sorted(after)


def test_what_keeps_the_fix_from_being_safe() -> None:
    """A query that joins gives each object once and each row of a column; an object shows what was not flushed."""
    with Session(make_engine(users=2, posts=3)) as session:
        assert len([user.name for user in session.query(User).join(Post)]) == 2
        assert len([user.name for user in session.query(User.name).join(Post)]) == 6
        user = session.get_one(User, 1)
        with session.no_autoflush:
            user.email = "new"
            assert "new" in [each.email for each in session.scalars(select(User))]
            assert "new" not in session.scalars(select(User.email)).all()
