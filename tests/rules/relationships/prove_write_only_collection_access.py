"""A write-only collection refuses to be read or loaded; a statement of its own reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ForeignKey, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    Session,
    WriteOnlyMapped,
    contains_eager,
    immediateload,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    subqueryload,
)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    bookings: WriteOnlyMapped[Booking] = relationship()
    seen: DynamicMapped[Booking] = relationship(viewonly=True)


class Booking(Base):
    __tablename__ = "bookings"

    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(make_engine(Base)) as session:
        session.add(Account(id=1, bookings=[Booking(amount=3), Booking(amount=4)]))
        session.commit()
        yield session


READS: dict[str, Callable[[Any], object]] = {
    "for": lambda many: [each for each in many],  # noqa: C416
    "list": list,
    "sorted": sorted,
    "enumerate": lambda many: list(enumerate(many)),
    "star": lambda many: [*many],
    "len": len,
    "reversed": reversed,
    "index": lambda many: many[0],
    "in": lambda many: 1 in many,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_reading_raises(session: Session, read: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError):
        read(session.get_one(Account, 1).bookings)


@pytest.mark.parametrize("name", ["append", "extend", "all", "filter", "count", "order_by"])
def test_it_has_no_methods_of_lists_or_queries(session: Session, name: str) -> None:
    with pytest.raises(AttributeError):
        getattr(session.get_one(Account, 1).bookings, name)


@pytest.mark.parametrize("attribute", [Account.bookings, Account.seen], ids=str)
@pytest.mark.parametrize("load", [selectinload, joinedload, subqueryload, contains_eager, immediateload])
def test_loading_it_eagerly_raises(session: Session, load: Any, attribute: Any) -> None:
    statement = select(Account).options(load(attribute))
    if load is contains_eager:
        statement = statement.join(attribute)
    with pytest.raises((InvalidRequestError, NotImplementedError), match="population"):
        session.scalars(statement).unique().all()


def test_its_statement_reads_it(session: Session) -> None:
    account = session.get_one(Account, 1)
    assert sum(each.amount for each in session.scalars(account.bookings.select())) == 7


def test_what_it_offers(session: Session) -> None:
    account = session.get_one(Account, 1)
    account.bookings.add(Booking(amount=5))
    account.bookings.add_all([Booking(amount=6)])
    session.commit()
    found = session.scalars(account.bookings.select().order_by(Booking.amount)).all()
    assert [each.amount for each in found] == [3, 4, 5, 6]
    account.bookings.remove(found[0])
    session.execute(account.bookings.insert(), [{"amount": 9}])
    session.execute(account.bookings.update().values(amount=1))
    session.execute(account.bookings.delete())
    assert account.bookings.instance is account
    assert session.scalars(account.bookings.select()).all() == []


def test_it_is_always_true(session: Session) -> None:
    assert Account(id=2).bookings
