"""One session for all requests is one transaction for all: a request commits what another has not finished."""

from __future__ import annotations

from pathlib import Path

from rules.prove_support import Base, User
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker


def two_requests(first: Session, second: Session) -> None:
    """The first adds a user and then fails; the second, between the two, only means to commit its own work."""
    first.add(User(name="half done", email="half@example.org"))
    second.scalars(select(User)).all()
    second.commit()
    first.rollback()


def stored(maker: sessionmaker[Session]) -> list[str | None]:
    with maker() as session:
        return list(session.scalars(select(User.name)))


def make(path: Path) -> sessionmaker[Session]:
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    return sessionmaker(engine)


def test_one_session_commits_what_failed(tmp_path: Path) -> None:
    maker = make(tmp_path / "shared.db")
    with maker() as everybodys:
        two_requests(everybodys, everybodys)
    assert stored(maker) == ["half done"]


def test_a_session_each_does_not(tmp_path: Path) -> None:
    maker = make(tmp_path / "each.db")
    with maker() as first, maker() as second:
        two_requests(first, second)
    assert stored(maker) == []
