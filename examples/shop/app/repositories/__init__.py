"""Queries, apart from what is done with their results."""

from .orders import OrderRepository
from .products import ProductRepository
from .search import SearchRepository

__all__ = ["OrderRepository", "ProductRepository", "SearchRepository"]
