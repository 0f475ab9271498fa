"""Takes products and new prices from a supplier's CSV files."""

import csv
import sys
from decimal import Decimal

from sqlalchemy import select

from app.db import SessionLocal
from app.models import Product


def import_products(path: str) -> None:
    with open(path, newline="") as file, SessionLocal() as session:
        for row in csv.DictReader(file):
            session.add(Product(sku=row["sku"], name=row["name"], price=Decimal(row["price"])))
        session.commit()


def import_prices(path: str) -> None:
    with open(path, newline="") as file, SessionLocal() as session:
        products = {product.sku: product for product in session.scalars(select(Product))}
        for row in csv.DictReader(file):
            products[row["sku"]].price = Decimal(row["price"])
            session.commit()


if __name__ == "__main__":
    import_products(sys.argv[1])
    import_prices(sys.argv[2])
