"""Without `onupdate`, a column called updated_at keeps the time of the INSERT for ever."""

from __future__ import annotations

from datetime import datetime

import pytest
from rules.prove_support import make_engine
from sqlalchemy import func
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

LONG_AGO = datetime(2001, 2, 3)


class Base(DeclarativeBase):
    pass


class Without(Base):
    __tablename__ = "without"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class With(Base):
    __tablename__ = "with_onupdate"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


@pytest.mark.parametrize(("model", "moves"), [(Without, False), (With, True)])
def test_an_update_of_another_column(model: type[Without] | type[With], moves: bool) -> None:
    with Session(make_engine(Base)) as session:
        item = model(name="old", updated_at=LONG_AGO)
        session.add(item)
        session.commit()
        item.name = "new"
        session.commit()
        assert (item.updated_at != LONG_AGO) is moves
