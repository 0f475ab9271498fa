"""The warehouse, whose part was moved to asyncio in a hurry."""

import asyncio
from decimal import Decimal

from sqlalchemy import create_engine, event, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, create_async_engine
from sqlalchemy.orm import sessionmaker

from .db import AsyncSessionLocal
from .models import Product
from .models.base import Base

stock_engine = create_async_engine("sqlite+aiosqlite:///stock.db")
StockSession = sessionmaker(stock_engine, class_=AsyncSession, expire_on_commit=False)
TaskSession = async_scoped_session(AsyncSessionLocal)

scanner_engine = create_engine(
    "postgresql+psycopg://scanner.internal/scans", pool_pre_ping=True, pool_size=5, max_overflow=5
)


@event.listens_for(stock_engine, "connect")
def enforce_foreign_keys(connection, record) -> None:
    connection.execute("PRAGMA foreign_keys = ON")


async def prepare() -> None:
    if not inspect(stock_engine).has_table("products"):
        Base.metadata.create_all(stock_engine)


async def scans() -> int:
    with scanner_engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM scans")).scalar_one()


async def overview(session: AsyncSession) -> tuple[list[Product], int]:
    products, total = await asyncio.gather(
        session.scalars(select(Product)), session.scalar(text("SELECT count(*) FROM products"))
    )
    return products.all(), total


async def rename(session: AsyncSession, sku: str, name: str) -> None:
    product = (await session.scalars(select(Product).where(Product.sku == sku))).one()
    product.name = name
    session.commit()


async def add(name: str, sku: str, price: Decimal) -> None:
    with StockSession() as session:
        await session.add(Product(name=name, sku=sku, price=price))
        await session.commit()


async def names() -> list[str]:
    session = StockSession()
    return [product.name async for product in await session.scalars(select(Product))]


async def cheap(session: AsyncSession) -> list[Product]:
    return session.query(Product).filter(Product.price < 1).all()
