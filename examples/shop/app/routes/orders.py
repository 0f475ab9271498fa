"""Orders over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, selectinload

from ..db import get_async_session, get_db, get_session, get_slow_db
from ..models import Order
from ..repositories import SearchRepository
from ..services.orders import OrderService

router = APIRouter(prefix="/orders")

SessionDep = Annotated[Session, Depends(get_session)]
AsyncSessionDep = Annotated[AsyncSession, Depends(get_async_session)]


@router.get("")
async def open_orders(session: SessionDep) -> list[int]:
    return list(session.scalars(select(Order.id).where(Order.status == "open")))


@router.get("/late")
async def late_orders(session: AsyncSessionDep) -> list[dict[str, int]]:
    orders = await session.scalars(select(Order).where(Order.status == "late").options(selectinload(Order.items)))
    return [{"id": order.id, "items": len(order.items)} for order in orders]


@router.get("/totals")
def totals(db: Session = Depends(get_db)) -> dict[int, float]:
    return {order_id: float(total) for order_id, total in OrderService(db).totals().items()}


@router.get("/search")
def search(words: str, db: Session = Depends(get_slow_db)) -> list[int]:
    return SearchRepository(db).orders(words)
