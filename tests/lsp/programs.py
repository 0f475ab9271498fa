"""Programs with known findings, for sessions. All ASCII, all with newlines."""

from __future__ import annotations

HEAD = """\
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
"""

NAMELESS = (
    HEAD
    + """

def nameless(session: Session) -> list[User]:
    return list(session.scalars(select(User).where(User.name is None)))
"""
)
"""One finding: is-comparison, with a safe fix."""

LINE = NAMELESS.splitlines().index("    return list(session.scalars(select(User).where(User.name is None)))")
START = NAMELESS.splitlines()[LINE].index("User.name")
END = NAMELESS.splitlines()[LINE].index(")))")
"""Where it is."""

FIXED = NAMELESS.replace("User.name is None", "User.name.is_(None)")

TWICE = (
    NAMELESS
    + """

def named(session: Session) -> list[User]:
    return list(session.scalars(select(User).where(User.name is not None)))
"""
)
"""Two findings of is-comparison."""

STAMPED = HEAD + "    born: Mapped[datetime] = mapped_column(default=datetime.utcnow)\n"
"""One finding: datetime-utcnow-default, with an unsafe fix."""

CLEAN = HEAD

ORDERS = """\
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    items: Mapped[list["Item"]] = relationship(back_populates="order")


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship(back_populates="items")
"""
"""Models only: nothing to find."""

TOTALS = """\
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders import Order


def totals(session: Session) -> list[int]:
    result = []
    for order in session.scalars(select(Order)):
        result.append(len(order.items))
    return result
"""
"""One finding, which needs ORDERS as orders.py beside it: n-plus-one, with related places."""


def place_of(text: str, code: str) -> tuple[int, int]:
    """The line and character of `|` in `code`, where that stands in `text` without it."""
    before = text[: text.index(code.replace("|", "")) + code.index("|")]
    return before.count("\n"), len(before.rsplit("\n", 1)[-1])
