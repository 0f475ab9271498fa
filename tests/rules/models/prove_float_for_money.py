"""Ten times ten cents is not one, as a float."""

from __future__ import annotations

from decimal import Decimal

from rules.prove_support import make_engine
from sqlalchemy import Numeric, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    binary: Mapped[float]
    exact: Mapped[Decimal] = mapped_column(Numeric(12, 2))


def test_the_sum_of_what_comes_back() -> None:
    with Session(make_engine(Base)) as session:
        session.add_all([Payment(binary=0.1, exact=Decimal("0.10")) for _ in range(10)])
        session.flush()
        session.expunge_all()
        payments = session.scalars(select(Payment)).all()
    assert sum(each.binary for each in payments) != 1
    assert sum(each.exact for each in payments) == 1
