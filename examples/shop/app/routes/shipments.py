"""What is on its way, over HTTP."""

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy.orm import Session

from ..db import get_db
from ..repositories import OrderRepository

router = APIRouter(prefix="/shipments")


class ShipmentOut(BaseModel):
    id: int
    carrier: str


class OrderOut(BaseModel):
    id: int
    status: str
    shipments: list[ShipmentOut]


@router.get("/{status}", response_model=list[OrderOut])
def by_status(status: str, db: Session = Depends(get_db)) -> Any:
    return OrderRepository(db).by_status(status)
