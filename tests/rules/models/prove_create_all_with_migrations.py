"""After `create_all` the migration that creates a table fails; without it, it runs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)


def upgrade(connection: sa.Connection) -> None:
    operations = Operations(MigrationContext.configure(connection))
    operations.create_table("items", sa.Column("id", sa.Integer, primary_key=True))


def test_the_migration_after_create_all() -> None:
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.connect() as connection, pytest.raises(OperationalError, match="already exists"):
        upgrade(connection)


def test_the_migration_alone() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        upgrade(connection)
        assert sa.inspect(connection).get_table_names() == ["items"]
