"""Filtering and sorting by a column that leads no index reads the whole table; with an index it is looked up."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import Index, Select, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Bare(Base):
    __tablename__ = "bare"
    __table_args__ = (Index("ix_second", "place", "title"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str]
    title: Mapped[str]
    other: Mapped[int]


class Indexed(Base):
    __tablename__ = "indexed"
    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str]
    title: Mapped[str] = mapped_column(index=True)
    other: Mapped[int]


def plan(statement: Select[Any]) -> str:
    with Session(make_engine(Base)) as session:
        sql = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        return " ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))


@pytest.mark.parametrize(("model", "how"), [(Bare, "SCAN"), (Indexed, "SEARCH")])
def test_how_rows_are_found(model: type[Bare] | type[Indexed], how: str) -> None:
    assert plan(select(model).where(model.title == "x")).startswith(how)


@pytest.mark.parametrize(("model", "sorts"), [(Bare, True), (Indexed, False)])
def test_whether_they_are_sorted(model: type[Bare] | type[Indexed], sorts: bool) -> None:
    assert ("USE TEMP B-TREE FOR ORDER BY" in plan(select(model).order_by(model.title).limit(3))) is sorts


def test_another_condition_narrows_what_is_read() -> None:
    assert plan(select(Bare).where(Bare.place == "x", Bare.other == 1)).startswith("SEARCH")
