"""Products over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy.orm import Session

from ..db import get_session
from ..repositories import ProductRepository

router = APIRouter(prefix="/products")


def repository(session: Annotated[Session, Depends(get_session)]) -> ProductRepository:
    return ProductRepository(session)


Products = Annotated[ProductRepository, Depends(repository)]


@router.get("/{product_id}")
def product(product_id: int, products: Products) -> dict[str, str]:
    found = products.get(product_id)
    if found is None:
        raise HTTPException(404)
    return {"sku": found.sku, "name": found.name}


@router.get("")
def find(words: str, products: Products) -> list[str]:
    return [found.name for found in products.find(words)]
