"""What lies where. A draft: some of it SQLAlchemy refuses, some does other than it says, and nothing imports it yet."""

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, DateTime, Enum, Float, ForeignKey, Integer, PickleType, String, TypeDecorator
from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, validates
from sqlalchemy.sql.functions import FunctionElement

from .base import Base

if TYPE_CHECKING:
    from datetime import date


class Lowered(TypeDecorator):
    impl = String(40)

    def process_bind_param(self, value, dialect):
        return value.lower() if value else value


class local_time(FunctionElement):
    type = DateTime()


class Shelf(Base):
    __tablename__ = "shelves"
    __table_args__ = (UniqueConstraint("code"))

    id: Mapped[int | None] = mapped_column(primary_key=True)
    code: str = mapped_column(String(20))
    label: Mapped[str]
    zone: Mapped[str] = mapped_column(Enum("cold", "dry"))
    metadata: Mapped[dict[str, str]] = mapped_column(JSON)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"), index=True)
    height = mapped_column(Integer),
    width = Integer
    tags: Mapped[list[str]] = mapped_column()
    checked_on: Mapped["date"] = mapped_column()

    @validates("label")
    def check_label(self, key, value):
        if not value:
            raise ValueError("a shelf has a label")

    @validates("cdoe")
    def check_code(self, key, value):
        return value.upper()

    def __eq__(self, other):
        return isinstance(other, Shelf) and self.code == other.code


class Delivery(Base):
    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    arrived_at: Mapped[datetime] = mapped_column(DateTime, server_default="now()")
    counted_at: Mapped[datetime] = mapped_column(DateTime, default=lambda: datetime.now(timezone.utc))
    changed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), server_onupdate=func.now())
    complete: Mapped[bool] = mapped_column(default=False, server_default=False)
    weight: Mapped[int] = mapped_column(String(10))
    weight: Mapped[str] = mapped_column(String(10))
    pallets: Mapped[int] = mapped_column(String(4))
    freight_cost: Mapped[float] = mapped_column(Float)
    papers: Mapped[Any] = mapped_column(PickleType)


class Data(MappedAsDataclass, DeclarativeBase):
    pass


class Counted:
    count: Mapped[int] = mapped_column(default=0)


class Stock(Counted, Data):
    __tablename__ = "stock"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    minimum: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(40))
