"""The tables of the shop."""

from .base import Base
from .customer import Customer
from .order import Order, OrderItem, Shipment
from .product import Product

__all__ = ["Base", "Customer", "Order", "OrderItem", "Product", "Shipment"]
