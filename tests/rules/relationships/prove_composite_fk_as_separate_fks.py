"""A key to each part of a composite primary key: configuring the mappers raises; one key over both does not."""

from __future__ import annotations

import pytest
from rules.prove_support import held
from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.exc import AmbiguousForeignKeysError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def models(*, apart: bool) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Room(Base):
        __tablename__ = "rooms"
        house: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)

    class Booking(Base):
        __tablename__ = "bookings"
        id: Mapped[int] = mapped_column(primary_key=True)
        house: Mapped[int] = mapped_column(*([ForeignKey("rooms.house")] if apart else []))
        number: Mapped[int] = mapped_column(*([ForeignKey("rooms.number")] if apart else []))
        room = relationship("Room")  # type: ignore[var-annotated]
        __table_args__ = () if apart else (ForeignKeyConstraint(["house", "number"], ["rooms.house", "rooms.number"]),)

    return held(Base)


def test_apart_it_raises() -> None:
    base = models(apart=True)
    with pytest.raises(AmbiguousForeignKeysError):
        base.registry.configure()
    base.registry.dispose()


def test_as_one_it_does_not() -> None:
    models(apart=False).registry.configure()
