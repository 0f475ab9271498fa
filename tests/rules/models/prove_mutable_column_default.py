"""A list or dict given as a default is one object: what is put into it turns up in other rows."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import JSON, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Shared(Base):
    __tablename__ = "shared"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default={})


class Fresh(Base):
    __tablename__ = "fresh"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


@pytest.mark.parametrize(("model", "second"), [(Shared, {"seen": True}), (Fresh, {})])
def test_the_second_row(model: type[Shared] | type[Fresh], second: dict[str, Any]) -> None:
    with Session(make_engine(Base)) as session:
        first = model()
        session.add(first)
        session.flush()
        first.data["seen"] = True
        session.add(model())
        session.flush()
        session.expire_all()
        assert session.scalars(select(model.data).order_by(model.id)).all() == [{}, second]
