"""What happens to orders."""

import logging
from decimal import Decimal

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..db import SessionLocal, audit_session
from ..models import Customer, Order, OrderItem, Product, Shipment
from ..repositories import OrderRepository, ProductRepository

log = logging.getLogger(__name__)


class OrderService:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.orders = OrderRepository(session)
        self.products = ProductRepository(session)

    def totals(self) -> dict[int, Decimal]:
        totals = {}
        for order in self.orders.recent():
            totals[order.id] = sum((item.price * item.quantity for item in order.items), Decimal())
        return totals

    def quantities(self) -> dict[int, int]:
        return {order.id: sum(item.quantity for item in order.items) for order in self.orders.recent_with_items()}

    def mailing(self) -> list[str]:
        return [f"{customer.email}: {len(customer.orders)} orders" for customer in self.orders.customers()]

    def place(self, customer: Customer, lines: dict[int, int]) -> Order:
        order = Order(customer_id=customer.id)
        for product_id, quantity in lines.items():
            product = self.session.get(Product, product_id)
            if product is None:
                raise LookupError(product_id)
            order.items.append(OrderItem(product=product, quantity=quantity, price=product.price))
        self.session.add(order)
        self.session.commit()
        return order

    def price_of(self, lines: dict[int, int]) -> Decimal:
        products = self.products.many(lines)
        return sum((products[each].price * quantity for each, quantity in lines.items()), Decimal())

    def register(self, email: str) -> Customer | None:
        customer = Customer(email=email)
        try:
            self.session.add(customer)
            self.session.commit()
        except IntegrityError:
            log.info("%s is known already", email)
        return self.session.scalar(select(Customer).where(Customer.email == email))

    def cancel(self, order: Order) -> bool:
        try:
            order.status = "cancelled"
            self.session.commit()
        except Exception:
            log.exception("cannot cancel order %s", order.id)
            return False
        return True

    def ship(self, order: Order, carrier: str) -> None:
        try:
            self.session.add(Shipment(order=order, carrier=carrier))
            self.session.commit()
        except IntegrityError:
            self.session.rollback()
            raise

    def close_month(self) -> None:
        self.session.execute(text("BEGIN"))
        self.session.execute(text("UPDATE orders SET status = 'closed' WHERE status = 'shipped'"))
        self.session.execute(text("COMMIT"))


def open_orders() -> int:
    session = SessionLocal()
    return session.scalar(select(func.count()).select_from(Order).where(Order.status == "open")) or 0


def audit(order_id: int) -> str | None:
    return audit_session.scalar(select(Order.status).where(Order.id == order_id))
