"""The HTTP interface."""

from . import orders, products

__all__ = ["orders", "products"]
