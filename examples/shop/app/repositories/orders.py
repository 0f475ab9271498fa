"""Queries on orders and on the people who placed them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload, subqueryload

from ..models import Customer, Order, OrderItem, Shipment


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

    def with_details(self, order_id: int) -> Order:
        query = select(Order).where(Order.id == order_id).options(joinedload(Order.items), joinedload(Order.shipments))
        return self.session.scalars(query).unique().one()

    def sent_with(self, carrier: str) -> Sequence[Order]:
        query = select(Order).options(joinedload(Order.shipments)).where(Shipment.carrier == carrier)
        return self.session.scalars(query).unique().all()

    def sent(self) -> Sequence[Order]:
        query = select(Order).where(Order.status == "sent").options(contains_eager(Order.shipments))
        return self.session.scalars(query).unique().all()

    def items_since(self, day: datetime) -> Sequence[OrderItem]:
        query = select(OrderItem).join(OrderItem.order).where(Order.placed_at >= day)
        return self.session.scalars(query.options(joinedload(Order.customer))).all()

    def in_portions(self) -> Iterator[Order]:
        query = select(Order).options(joinedload(Order.items)).execution_options(yield_per=500)
        yield from self.session.scalars(query)

    def without_note(self) -> Sequence[Order]:
        return self.session.scalars(select(Order).where(Order.note is None)).all()

    def customers(self) -> Sequence[Customer]:
        return self.session.scalars(select(Customer).where(Customer.deleted_at == None)).all()

    def some_customers(self, limit: int = 10) -> Sequence[Customer]:
        return self.session.scalars(select(Customer).options(subqueryload(Customer.orders)).limit(limit)).all()
