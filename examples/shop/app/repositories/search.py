"""Search by words that a visitor typed, and counters for the status page."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..db import engine
from ..models import Product


class SearchRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def orders(self, words: str) -> list[int]:
        query = text(f"SELECT id FROM orders WHERE note LIKE '%{words}%'")
        return list(self.session.execute(query).scalars())

    def products(self, hint: str) -> list[Product]:
        return list(self.session.scalars(select(Product).prefix_with(f"/*+ {hint} */")))

    def shipments(self, carrier: str) -> list[int]:
        query = text("SELECT id FROM shipments WHERE carrier = :carrier")
        return list(self.session.execute(query, {"carrier": carrier}).scalars())


def is_alive() -> bool:
    with engine.connect() as connection:
        return connection.execute("SELECT 1").scalar() == 1
