"""SQLite has no ALTER for constraints and columns' types: Alembic refuses, and makes the table anew in batch mode."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import OperationalError

Change = Callable[[Operations], None]


def in_batch(op: Operations) -> None:
    with op.batch_alter_table("users") as batch:
        batch.create_unique_constraint("uq_name", ["name"])
        batch.alter_column("name", existing_type=sa.String(50), nullable=False)
        batch.drop_column("age")


ALTERS: dict[str, Change] = {
    "create_unique_constraint": lambda op: op.create_unique_constraint("uq_name", "users", ["name"]),
    "create_foreign_key": lambda op: op.create_foreign_key("fk_boss", "users", "users", ["boss_id"], ["id"]),
    "create_check_constraint": lambda op: op.create_check_constraint("ck_age", "users", sa.text("age > 0")),
    "create_primary_key": lambda op: op.create_primary_key("pk_users", "users", ["id"]),
    "drop_constraint": lambda op: op.drop_constraint("uq_age", "users", type_="unique"),
    "alter_column": lambda op: op.alter_column("users", "name", existing_type=sa.String(50), nullable=False),
    "alter_column, a type": lambda op: op.alter_column("users", "name", type_=sa.Text()),
    "alter_column, a default": lambda op: op.alter_column("users", "name", server_default="x"),
    "add_column, a foreign key": lambda op: op.add_column(
        "users", sa.Column("x", sa.Integer, sa.ForeignKey("users.id"))
    ),
    "add_column, unique": lambda op: op.add_column("users", sa.Column("x", sa.Integer, unique=True)),
}


def migrate(change: Change) -> sa.Inspector:
    """Apply to a table with a row in it; the row is to stay."""
    connection = sa.create_engine("sqlite://").connect()
    connection.execute(
        sa.text("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50), age INTEGER, boss_id INTEGER)")
    )
    connection.execute(sa.text("INSERT INTO users VALUES (1, 'a', 30, NULL)"))
    change(Operations(MigrationContext.configure(connection)))
    assert connection.execute(sa.text("SELECT id, name FROM users")).all() == [(1, "a")]
    return sa.inspect(connection)


@pytest.mark.parametrize("change", ALTERS.values(), ids=ALTERS)
def test_outside_a_batch_it_fails(change: Change) -> None:
    with pytest.raises((NotImplementedError, OperationalError)):
        migrate(change)


def test_in_a_batch_it_is_done() -> None:
    tables = migrate(in_batch)
    assert [each["name"] for each in tables.get_unique_constraints("users")] == ["uq_name"]
    assert {each["name"]: each["nullable"] for each in tables.get_columns("users")} == {
        "id": True,
        "name": False,
        "boss_id": True,
    }


def test_adding_a_column_needs_none() -> None:
    tables = migrate(lambda op: op.add_column("users", sa.Column("role", sa.String(20))))
    assert "role" in {each["name"] for each in tables.get_columns("users")}


def test_nor_does_a_new_name_or_a_column_that_goes() -> None:
    tables = migrate(lambda op: op.alter_column("users", "age", new_column_name="years"))
    assert "years" in {each["name"] for each in tables.get_columns("users")}
    tables = migrate(lambda op: op.drop_column("users", "age"))
    assert "age" not in {each["name"] for each in tables.get_columns("users")}


def test_a_batch_asks_for_names() -> None:
    def unnamed(op: Operations) -> None:
        with op.batch_alter_table("users") as batch:
            batch.create_unique_constraint(None, ["name"])

    with pytest.raises(ValueError, match="must have a name"):
        migrate(unnamed)
