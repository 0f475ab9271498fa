"""MutableDict and MutableList track the outermost object only: what is changed inside it is not stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import JSON
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import flag_modified


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(JSON))
    rows: Mapped[list[Any]] = mapped_column(MutableList.as_mutable(JSON))


def append(item: Item) -> None:
    item.data["tags"].append("new")
    item.rows[0].append("new")


def give_new(item: Item) -> None:
    item.data["tags"] = [*item.data["tags"], "new"]
    item.rows[0] = [*item.rows[0], "new"]


def append_and_flag(item: Item) -> None:
    append(item)
    flag_modified(item, "data")
    flag_modified(item, "rows")


def append_beside(item: Item) -> None:
    """A change of the outermost object sends all of it."""
    append(item)
    item.data["count"] = 1
    item.rows.append(1)
    del item.data["count"]
    item.rows.pop()


@pytest.mark.parametrize(
    ("change", "stored"), [(append, []), (give_new, ["new"]), (append_and_flag, ["new"]), (append_beside, ["new"])]
)
def test_what_is_stored(change: Callable[[Item], None], stored: list[str]) -> None:
    with Session(make_engine(Base)) as session:
        session.add(Item(id=1, data={"tags": []}, rows=[[]]))
        session.commit()
        change(session.get_one(Item, 1))
        session.commit()
        session.expire_all()
        item = session.get_one(Item, 1)
        assert (item.data["tags"], item.rows[0]) == (stored, stored)
