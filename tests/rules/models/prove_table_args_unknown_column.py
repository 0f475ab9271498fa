"""A constraint on a column that is not there: the class cannot be defined."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.exc import ConstraintColumnNotFoundError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def define(*arguments: Any) -> None:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        __table_args__ = arguments
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column("order_name")


def _kind(constraint: Any) -> str:
    return type(constraint).__name__


def constraints(name: str) -> list[Any]:
    return [
        UniqueConstraint(name),
        Index("ix", name),
        PrimaryKeyConstraint(name),
        ForeignKeyConstraint([name], ["users.id"]),
    ]


@pytest.mark.parametrize(
    "constraint", [*constraints("nmae"), *constraints("name")], ids=lambda each: type(each).__name__
)
def test_it_raises(constraint: Any) -> None:
    with pytest.raises(ConstraintColumnNotFoundError, match="no column named"):
        define(constraint)


@pytest.mark.parametrize("constraint", constraints("order_name"), ids=_kind)
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_the_columns_name_does_not(constraint: Any) -> None:
    define(constraint)


@pytest.mark.parametrize("constraint", constraints("nmae"), ids=_kind)
def test_so_it_is_with_a_table(constraint: Any) -> None:
    with pytest.raises(ConstraintColumnNotFoundError, match="no column named"):
        Table("orders", MetaData(), Column("id", Integer), Column("name", Integer), constraint)


@pytest.mark.parametrize("constraint", constraints("name"), ids=_kind)
def test_a_table_that_has_it_does_not(constraint: Any) -> None:
    Table("orders", MetaData(), Column("id", Integer), Column("name", Integer), constraint)
