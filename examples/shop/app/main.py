"""The application: `uvicorn app.main:app`."""

from fastapi import FastAPI

from .repositories.search import is_alive
from .routes import orders, products, shipments

app = FastAPI(title="Shop")
app.include_router(orders.router)
app.include_router(products.router)
app.include_router(shipments.router)


@app.get("/health")
def health() -> dict[str, bool]:
    return {"database": is_alive()}
