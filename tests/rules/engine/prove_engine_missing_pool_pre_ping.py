"""A connection that died in the pool is given out all the same; with a ping it is replaced first."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.exc import DBAPIError


def ask(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(1)).scalar_one()


def drop(engine: Engine) -> None:
    """What a server does that restarts: the pool's connection dies, and the pool does not hear of it."""
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.close()


def test_without_a_ping_the_next_statement_fails(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    assert ask(engine) == 1
    drop(engine)
    with pytest.raises(DBAPIError, match="closed database") as raised:
        ask(engine)
    assert raised.value.connection_invalidated


def test_with_a_ping_nobody_notices(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}", pool_pre_ping=True)
    assert ask(engine) == 1
    drop(engine)
    assert ask(engine) == 1
    engine.dispose()
