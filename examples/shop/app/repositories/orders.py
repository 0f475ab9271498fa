"""Queries on orders and on the people who placed them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload, subqueryload

from ..models import Customer, Order


class OrderRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, order_id: int) -> Order | None:
        return self.session.query(Order).get(order_id)

    def recent(self, limit: int = 50) -> Sequence[Order]:
        return self.session.scalars(select(Order).order_by(Order.placed_at.desc()).limit(limit)).all()

    def recent_with_items(self, limit: int = 50) -> Sequence[Order]:
        query = select(Order).options(selectinload(Order.items)).order_by(Order.placed_at.desc()).limit(limit)
        return self.session.scalars(query).all()

    def by_status(self, status: str) -> list[Order]:
        return self.session.query(Order).filter(Order.status == status).all()

    def to_ship(self, since: datetime) -> Sequence[Order]:
        query = select(Order).where(Order.status == "paid" and Order.placed_at > since)
        return self.session.scalars(query.options(subqueryload(Order.items))).all()

    def without_note(self) -> Sequence[Order]:
        return self.session.scalars(select(Order).where(Order.note is None)).all()

    def customers(self) -> Sequence[Customer]:
        return self.session.scalars(select(Customer).where(Customer.deleted_at == None)).all()
