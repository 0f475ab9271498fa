"""Numbers for the back office, each from rows that were fetched whole."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Customer, Order


def open_orders(session: Session) -> int:
    return len(session.scalars(select(Order).where(Order.status == "open")).all())


def has_returns(session: Session) -> bool:
    return session.query(Order).filter(Order.status == "returned").count() > 0


def first_customer(session: Session) -> Customer:
    return session.scalars(select(Customer).order_by(Customer.id)).all()[0]


def latest_order(session: Session) -> Order | None:
    return session.scalars(select(Order).order_by(Order.placed_at.desc())).first()


def page_of_orders(session: Session, number: int, size: int = 50) -> Sequence[Order]:
    return session.scalars(select(Order).limit(size).offset(size * number)).all()


def some_order_to_pack(session: Session) -> Order | None:
    return session.scalars(select(Order).where(Order.status == "paid").limit(1)).first()


def active_customers(session: Session) -> list[Customer]:
    return [customer for customer in session.scalars(select(Customer)) if customer.active]


def addresses(session: Session) -> list[str]:
    return [customer.email for customer in session.scalars(select(Customer).order_by(Customer.id))]
