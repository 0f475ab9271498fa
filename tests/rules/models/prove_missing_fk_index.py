"""Without an index, finding the rows that point to a parent reads the whole table, at each delete of a parent too."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Select, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)


class Bare(Base):
    __tablename__ = "bare"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))


class Indexed(Base):
    __tablename__ = "indexed"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"), index=True)


class LedByKey(Base):
    """A composite primary key that starts with the column serves as well."""

    __tablename__ = "led_by_key"
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)


class LedByIndex(Base):
    """So does an index over several columns."""

    __tablename__ = "led_by_index"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int]
    line: Mapped[int]
    __table_args__ = (ForeignKeyConstraint(["parent_id"], ["parents.id"]), Index("ix_both", "parent_id", "line"))


class Second(Base):
    """An index in which the column comes second does not."""

    __tablename__ = "second"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))
    line: Mapped[int]
    __table_args__ = (Index("ix_second", "line", "parent_id"),)


def plan(session: Session, statement: Select[Any]) -> str:
    sql = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return " ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))


@pytest.mark.parametrize(
    ("model", "how"),
    [(Bare, "SCAN"), (Indexed, "SEARCH"), (LedByKey, "SEARCH"), (LedByIndex, "SEARCH"), (Second, "SCAN")],
)
def test_how_the_children_of_a_parent_are_found(
    model: type[Bare] | type[Indexed] | type[LedByKey] | type[LedByIndex] | type[Second], how: str
) -> None:
    with Session(make_engine(Base)) as session:
        assert plan(session, select(model.parent_id).where(model.parent_id == 1)).startswith(how)
