"""A downgrade that does nothing leaves the schema ahead of its revision: the next upgrade fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import OperationalError


def upgrade(op: Operations) -> None:
    op.add_column("users", sa.Column("role", sa.String(50)))


def nothing(op: Operations) -> None:
    pass


def inverse(op: Operations) -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_column("role")


@pytest.fixture
def op() -> Operations:
    connection = sa.create_engine("sqlite://").connect()
    connection.execute(sa.text("CREATE TABLE users (id INTEGER PRIMARY KEY)"))
    return Operations(MigrationContext.configure(connection))


def columns(op: Operations) -> list[str]:
    return [each["name"] for each in sa.inspect(op.get_bind()).get_columns("users")]


@pytest.mark.parametrize(("downgrade", "left"), [(nothing, ["id", "role"]), (inverse, ["id"])])
def test_what_is_left_of_the_upgrade(op: Operations, downgrade: Callable[[Operations], None], left: list[str]) -> None:
    upgrade(op)
    downgrade(op)
    assert columns(op) == left


def test_upgrading_again(op: Operations) -> None:
    upgrade(op)
    inverse(op)
    upgrade(op)
    assert columns(op) == ["id", "role"]
    nothing(op)
    with pytest.raises(OperationalError, match="duplicate column"):
        upgrade(op)
