"""Engines, sessions, and how a request gets one."""

import os
from collections.abc import AsyncIterator, Iterator

from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

DATABASE_URL = "postgresql+psycopg://shop:s3cret@db.internal/shop"

engine = create_engine(DATABASE_URL)
SessionLocal = sessionmaker(bind=engine)

# Reports read a replica that another team runs.
reports_engine = create_engine("mysql+pymysql://reports@replica.internal/shop")
ReportSession = scoped_session(sessionmaker(bind=reports_engine, expire_on_commit=False))

# Prices come from a service of their own; its engine is as it should be.
prices_engine = create_engine(
    os.environ.get("PRICES_URL", "sqlite:///prices.db"),
    pool_pre_ping=True,
    pool_size=10,
    max_overflow=20,
    pool_recycle=1800,
)
PriceSession = sessionmaker(bind=prices_engine, expire_on_commit=False)

async_engine = create_async_engine("sqlite+aiosqlite:///shop.db")
AsyncSessionLocal = async_sessionmaker(async_engine)

audit_session = SessionLocal()


def events_engine() -> AsyncEngine:
    return create_async_engine(f"postgresql+psycopg2://{os.environ['EVENTS_HOST']}/events")


def get_db() -> Session:
    db = SessionLocal()
    return db


def get_slow_db() -> Iterator[Session]:
    db = SessionLocal()
    yield db
    db.close()


def get_session() -> Iterator[Session]:
    with SessionLocal() as session:
        yield session


def get_prices() -> Iterator[Session]:
    session = PriceSession()
    try:
        yield session
    finally:
        session.close()


async def get_async_session() -> AsyncIterator[AsyncSession]:
    async with AsyncSessionLocal() as session:
        yield session


def end_report() -> None:
    """Called when a report's request is over."""
    ReportSession.close()
