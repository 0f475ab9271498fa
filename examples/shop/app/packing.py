"""The packers' part, also on asyncio: it awaits what it calls, and reads what is not there."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from .db import AsyncSessionLocal
from .models import Order, OrderItem, Product
from .warehouse import StockSession


async def to_pack(session: AsyncSession, order_id: int) -> dict[int, int]:
    order = await session.get_one(Order, order_id)
    return {item.product_id: item.quantity for item in order.items}


async def labels(session: AsyncSession, order_id: int) -> list[str]:
    items = select(OrderItem).where(OrderItem.order_id == order_id).options(selectinload(OrderItem.product))
    return [item.label for item in await session.scalars(items)]


async def receive(name: str, sku: str, price: Decimal) -> int:
    async with AsyncSessionLocal() as session:
        product = Product(name=name, sku=sku, price=price)
        session.add(product)
        await session.commit()
        return product.id


async def reprice(product_id: int, price: Decimal) -> datetime:
    async with StockSession() as session:
        product = await session.get_one(Product, product_id)
        product.price = price
        await session.commit()
        return product.updated_at


async def replace(session: AsyncSession, customer_id: int, broken: OrderItem) -> Order:
    """Sends the same thing again, at no cost."""
    order = Order(customer_id=customer_id, note="replacement")
    session.add(order)
    await session.flush()
    order.items.append(OrderItem(product_id=broken.product_id, quantity=broken.quantity, price=Decimal(0)))
    return order
