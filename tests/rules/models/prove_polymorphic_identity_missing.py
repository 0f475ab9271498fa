"""Rows of a class without an identity, or with another's, are not told from others; SQLAlchemy warns."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from rules.prove_support import make_engine
from sqlalchemy import select
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


def models(meeting: dict[str, Any], party: dict[str, Any]) -> tuple[type[DeclarativeBase], Any, Any]:
    class Base(DeclarativeBase):
        pass

    class Event(Base):
        __tablename__ = "events"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str | None]
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_on": "kind", "polymorphic_identity": "event"}

    class Meeting(Event):
        __mapper_args__ = meeting

    class Party(Event):
        __mapper_args__ = party

    return Base, Meeting, Party


def test_without_one_it_warns_and_its_rows_are_not_found() -> None:
    with pytest.warns(SAWarning, match="does not indicate a 'polymorphic_identity'"):
        base, meeting, _ = models({}, {"polymorphic_identity": "party"})
    with Session(make_engine(base)) as session:
        session.add(meeting(id=1))
        session.commit()
        session.expunge_all()
        assert session.scalars(select(meeting)).all() == []


def test_with_anothers_it_warns() -> None:
    with pytest.warns(SAWarning, match="Reassigning polymorphic association"):
        models({"polymorphic_identity": "meeting"}, {"polymorphic_identity": "meeting"})


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_each_with_its_own() -> None:
    base, meeting, party = models({"polymorphic_identity": "meeting"}, {"polymorphic_identity": "party"})
    with Session(make_engine(base)) as session:
        session.add_all([meeting(id=1), party(id=2)])
        session.commit()
        session.expunge_all()
        assert [each.id for each in session.scalars(select(meeting))] == [1]
