"""What is changed in place of a JSON value is not stored, unless its type tracks it or somebody says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import JSON
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import flag_modified


class Base(DeclarativeBase):
    pass


class Plain(Base):
    __tablename__ = "plain"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Tracked(Base):
    __tablename__ = "tracked"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(JSON), default=dict)


def set_item(item: Any) -> None:
    item.data["seen"] = True


def augment(item: Any) -> None:
    item.data |= {"seen": True}


def give_back(item: Any) -> None:
    data = item.data
    data["seen"] = True
    item.data = data


def flag(item: Any) -> None:
    item.data["seen"] = True
    flag_modified(item, "data")


def give_another(item: Any) -> None:
    item.data = {**item.data, "seen": True}


@pytest.mark.parametrize(
    ("model", "change", "stored"),
    [
        (Plain, set_item, {}),
        (Plain, augment, {}),
        (Plain, give_back, {}),
        (Tracked, set_item, {"seen": True}),
        (Tracked, augment, {"seen": True}),
        (Plain, flag, {"seen": True}),
        (Plain, give_another, {"seen": True}),
    ],
)
def test_what_is_stored(model: type[Base], change: Callable[[Any], None], stored: dict[str, Any]) -> None:
    with Session(make_engine(Base)) as session:
        session.add(model(id=1))
        session.commit()
        change(session.get_one(model, 1))
        session.commit()
        session.expire_all()
        assert session.get_one(model, 1).data == stored  # type: ignore[attr-defined]
