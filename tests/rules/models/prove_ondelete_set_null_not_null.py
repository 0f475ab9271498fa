"""SET NULL into a column that cannot be NULL fails when the parent is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError


def make(action: str, *, nullable: bool) -> tuple[Engine, Table, Table]:
    """A database that holds foreign keys to account, with a parent and a child."""
    metadata = MetaData()
    users = Table("users", metadata, Column("id", Integer, primary_key=True))
    key = ForeignKey("users.id", ondelete=action)
    posts = Table("posts", metadata, Column("id", Integer, primary_key=True), Column("user_id", key, nullable=nullable))
    engine = create_engine("sqlite://")

    @event.listens_for(engine, "connect")
    def _enforce(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys=ON")

    metadata.create_all(engine)
    return engine, users, posts


def fill(connection: Connection, users: Table, posts: Table) -> None:
    connection.execute(insert(users).values(id=1))
    connection.execute(insert(posts).values(id=1, user_id=1))


def test_the_parent_cannot_be_deleted() -> None:
    engine, users, posts = make("SET NULL", nullable=False)
    with engine.begin() as connection:
        fill(connection, users, posts)
        with pytest.raises(IntegrityError, match="NOT NULL"):
            connection.execute(delete(users))


def test_where_the_column_may_be_null_it_can() -> None:
    engine, users, posts = make("SET NULL", nullable=True)
    with engine.begin() as connection:
        fill(connection, users, posts)
        connection.execute(delete(users))
        assert connection.execute(select(posts.c.user_id)).scalar_one() is None
