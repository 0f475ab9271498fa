"""Lists for people who have no access to the shop: accountants, packers."""

import csv
from typing import TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only, raiseload, selectinload

from ..models import Order
from ..repositories import OrderRepository


def packing_list(session: Session) -> list[str]:
    """One line for each item; its label asks for the product."""
    return [item.label for order in OrderRepository(session).recent_with_items() for item in order.items]


def ledger(session: Session, file: TextIO) -> None:
    """Notes are long, and stay out of it. The status was added later."""
    orders = session.scalars(select(Order).options(load_only(Order.customer_id, Order.placed_at)))
    csv.writer(file).writerows((order.id, order.customer_id, order.placed_at, order.status) for order in orders)


def parcels(session: Session) -> dict[int, tuple[int, int]]:
    """How many things are in how many parcels. Whoever wants more must load it with the query."""
    orders = session.scalars(select(Order).options(selectinload(Order.items), raiseload("*")))
    return {order.id: (sum(item.quantity for item in order.items), len(order.shipments)) for order in orders}
