"""Which row comes first without ORDER BY depends on the plan: an index gives another one."""

from __future__ import annotations

from rules.prove_support import User, make_engine
from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session


def firsts(statement: Select[tuple[User]]) -> tuple[str, str]:
    """The first user, before an index is made and after."""
    with Session(make_engine(users=9)) as session:
        before = session.scalars(statement.limit(1)).one().email
        session.execute(text("CREATE INDEX by_name ON users (active, name DESC, email, id)"))
        return before, session.scalars(statement.limit(1)).one().email


def test_the_first_row() -> None:
    active = select(User).where(User.active.is_(True))
    before, after = firsts(active)
    assert before != after
    before, after = firsts(active.order_by(User.id))
    assert before == after == "1@example.org"
