"""`Column` and `Mapped[...] = mapped_column(...)` make the same table, on every dialect: style, not harm."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import Boolean, Column, Dialect, ForeignKey, Integer, Numeric, String, Text
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateIndex, CreateTable


class OldBase(DeclarativeBase):
    pass


class NewBase(DeclarativeBase):
    pass


class OldParent(OldBase):
    __tablename__ = "parents"
    id = Column(Integer, primary_key=True)


class OldItem(OldBase):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String(100))
    code = Column(String(10), nullable=False, unique=True)
    text = Column(Text)
    active = Column(Boolean, nullable=False, server_default="1")
    price = Column(Numeric(10, 2), index=True)
    parent_id = Column(ForeignKey("parents.id", ondelete="CASCADE"), nullable=False)


class NewParent(NewBase):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)


class NewItem(NewBase):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(100))
    code: Mapped[str] = mapped_column(String(10), unique=True)
    text: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="1")
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2), index=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id", ondelete="CASCADE"))


class Careless(NewBase):
    """`Mapped[str]` where the column could be NULL."""

    __tablename__ = "careless"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


DIALECTS = [postgresql.dialect(), mysql.dialect(), sqlite.dialect(), oracle.dialect(), mssql.dialect()]


def ddl(base: type[DeclarativeBase], name: str, dialect: Dialect) -> list[str]:
    table = base.metadata.tables[name]
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return [str(each.compile(dialect=dialect)) for each in (CreateTable(table), *map(CreateIndex, indexes))]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("table", ["parents", "items"])
def test_the_tables_are_equal(table: str, dialect: Dialect) -> None:
    assert ddl(OldBase, table, dialect) == ddl(NewBase, table, dialect)


def test_nullability_comes_from_the_annotation() -> None:
    """Why a rewrite has to write `| None`: this is the table that it would otherwise make."""
    dialect = sqlite.dialect()
    assert "name VARCHAR(100) NOT NULL" in ddl(NewBase, "careless", dialect)[0]
    assert "name VARCHAR(100), " in ddl(OldBase, "items", dialect)[0]
