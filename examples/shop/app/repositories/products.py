"""Queries on products."""

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..models import Product


class ProductRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, product_id: int) -> Product | None:
        return self.session.get(Product, product_id)

    def find(self, words: str) -> Sequence[Product]:
        by_words = or_(Product.name.icontains(words, autoescape=True), Product.sku == words)
        return self.session.scalars(select(Product).where(by_words).order_by(Product.id).limit(20)).all()

    def many(self, ids: Iterable[int]) -> dict[int, Product]:
        return {product.id: product for product in self.session.scalars(select(Product).where(Product.id.in_(ids)))}
