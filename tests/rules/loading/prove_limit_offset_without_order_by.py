"""Without ORDER BY a page depends on the plan: after an index is made, two pages share rows and leave out others."""

from __future__ import annotations

from rules.prove_support import User, make_engine
from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

USERS = 20


def pages(session: Session, statement: Select[tuple[User]]) -> list[str]:
    """Both pages of all users, with an index made between them, as a deployment may."""
    page = statement.limit(USERS // 2)
    first = session.scalars(page.offset(0)).all()
    session.execute(text("CREATE INDEX by_name ON users (active, name DESC, email, id)"))
    return [user.email for user in (*first, *session.scalars(page.offset(USERS // 2)))]


def test_pages() -> None:
    everybody = {f"{number}@example.org" for number in range(1, USERS + 1)}
    criteria = select(User).where(User.active.is_(True))
    with Session(make_engine(users=USERS)) as session:
        unordered = pages(session, criteria)
    with Session(make_engine(users=USERS)) as session:
        ordered = pages(session, criteria.order_by(User.id))
    assert len(set(unordered)) < USERS
    assert set(unordered) < everybody
    assert len(ordered) == USERS
    assert set(ordered) == everybody
