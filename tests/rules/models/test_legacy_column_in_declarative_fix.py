"""What the fix writes makes the same tables as what stood there, on every dialect, for every type that it knows."""

from __future__ import annotations

import os
import sys
import types
from typing import Any

import pytest
from sqlalchemy import Dialect
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable
from sqlassay.config import Config
from sqlassay.linter import MEMORY_ROOT, Workspace

HEAD = """
import datetime
import enum
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import *
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.orm import DeclarativeBase, column_property, declarative_base, relationship

{base}


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Parent(Base):
    __tablename__ = "parents"

    id = Column(Integer, primary_key=True)


class Item(Base):
    __tablename__ = "items"

"""

BASES = {
    "a class": "class Base(DeclarativeBase):\n    pass",
    "a call": "Base = declarative_base()",
    "with types of its own": (
        "class Base(DeclarativeBase):\n"
        "    type_annotation_map = {int: BigInteger, str: Text, datetime.datetime: DateTime(timezone=True)}"
    ),
}

TYPES = (
    "Integer Integer() BigInteger SmallInteger String String(50) Text Unicode(20) UnicodeText Boolean DateTime "
    "DateTime(timezone=True) TIMESTAMP Date Time Interval Float Float(53) Double Numeric Numeric(10,2) "
    "Numeric(asdecimal=False) DECIMAL(8,2) LargeBinary LargeBinary(10) Uuid Uuid(as_uuid=False) UUID VARCHAR(9) "
    'CHAR(2) Enum(Color) Enum(Level) Enum("a","b",name="ab") sa.Integer sa.String(3) mysql.LONGTEXT mysql.TINYINT(1) '
    "postgresql.UUID postgresql.CITEXT postgresql.BYTEA"
).split()

REST = {
    "": "{type}",
    "not null": "{type}, nullable=False",
    "nullable": "{type}, nullable=True, index=True",
    "named": '"{name}_", {type}, unique=True, comment="said"',
    "with a default": "{type}, server_default='1'",
}

KEY = "    id = Column(Integer, primary_key=True)\n"

USED = """
    first = Column(String)
    last = Column("last_", String)
    parent_id = Column(Integer, ForeignKey("parents.id", ondelete="CASCADE"), nullable=False)
    other_id = Column(ForeignKey("parents.id"))
    parent = relationship(Parent, foreign_keys=[parent_id])
    other = relationship(Parent, primaryjoin=other_id == Parent.id, foreign_keys=other_id)
    whole = column_property(first + " " + last)
    __table_args__ = (Index("ix_last", last.desc()), UniqueConstraint(first, last), CheckConstraint(id > 0))
"""

COMPOSITE = """
    shop = Column(String(20))
    number = Column(Integer)
    part = Column(Integer, nullable=False)
    __table_args__ = (PrimaryKeyConstraint("shop", "number", "part"),)
"""

DIALECTS: list[Dialect] = [
    postgresql.dialect(), mysql.dialect(), sqlite.dialect(), oracle.dialect(), mssql.dialect()
]  # fmt: skip


def bodies() -> dict[str, str]:
    """Class bodies by a name for each: every type in every company, and what else a body does with its columns."""
    found = {"used": KEY + USED, "a composite key": COMPOSITE}
    for rest, arguments in REST.items():
        lines = (
            f"    c{number} = Column({arguments.format(type=each, name=f'c{number}')})\n"
            for number, each in enumerate(TYPES)
        )
        found[f"types, {rest}" if rest else "types"] = KEY + "".join(lines)
    return found


def fixed(text: str) -> str:
    config = Config.from_settings({"select": ["ALC301"]}, MEMORY_ROOT)
    workspace = Workspace.from_sources({"models.py": text}, config)
    return workspace.fix_file(os.path.join(MEMORY_ROOT, "models.py")).text


def tables(text: str) -> list[str]:
    """The DDL of a module's tables on each dialect, column by column too: not every dialect has every type."""
    module = types.ModuleType("models_of_a_proof")
    sys.modules[module.__name__] = module  # where the mapper looks for the names in annotations
    try:
        exec(compile(text, "models.py", "exec"), module.__dict__)
        configure_mappers()
        metadata: Any = module.__dict__["Base"].metadata
        item: Any = module.__dict__["Item"]
        made = [f"{item.__mapper__.primary_key} {sorted(item.__mapper__.attrs.keys())}"]
        for dialect in DIALECTS:
            for table in metadata.sorted_tables:
                indexes = sorted(table.indexes, key=lambda index: str(index.name))
                parts = (CreateTable(table), *map(CreateColumn, table.columns), *map(CreateIndex, indexes))
                made.extend(compiled(each, dialect) for each in parts)
        return made
    finally:
        del sys.modules[module.__name__]


def compiled(element: CreateTable | CreateColumn | CreateIndex, dialect: Dialect) -> str:
    try:
        return str(element.compile(dialect=dialect))
    except SQLAlchemyError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
@pytest.mark.parametrize("body", bodies().values(), ids=bodies())
def test_the_tables_are_equal(base: str, body: str) -> None:
    before = HEAD.format(base=base) + body
    after = fixed(before)
    columns = before.count("= Column(")
    refused = after.count("= Column(")
    assert after.count("mapped_column(") == columns - refused
    assert refused == before.count("Column(ForeignKey(")
    assert tables(before) == tables(after)
