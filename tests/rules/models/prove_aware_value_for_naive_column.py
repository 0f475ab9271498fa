"""An aware default is aware until the row is read again, and naive from then on."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from rules.prove_support import make_engine
from sqlalchemy import DateTime
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(DateTime, default=lambda: datetime.now(timezone.utc))


def test_the_zone_is_lost_on_the_way() -> None:
    with Session(make_engine(Base)) as session:
        item = Item(id=1)
        session.add(item)
        session.flush()
        assert item.made_at.tzinfo is not None
        session.expire(item)
        assert item.made_at.tzinfo is None
        with pytest.raises(TypeError, match="offset-naive and offset-aware"):
            assert item.made_at < datetime.now(timezone.utc)


@pytest.mark.parametrize("by_constructor", [True, False])
def test_so_it_is_with_a_value_that_is_given(by_constructor: bool) -> None:
    with Session(make_engine(Base)) as session:
        item = Item(id=1, made_at=datetime.now(timezone.utc)) if by_constructor else Item(id=1)
        item.made_at = item.made_at if by_constructor else datetime.now(timezone.utc)
        session.add(item)
        session.commit()
        assert item.made_at.tzinfo is None


def test_asyncpg_is_told_that_there_is_none() -> None:
    """What makes asyncpg refuse it: the parameter is cast to the type without a zone."""
    dialect = postgresql.asyncpg.dialect()
    casts = {zone: str(DateTime(zone).dialect_impl(dialect).compile(dialect=dialect)) for zone in (False, True)}
    assert casts == {False: "TIMESTAMP WITHOUT TIME ZONE", True: "TIMESTAMP WITH TIME ZONE"}
