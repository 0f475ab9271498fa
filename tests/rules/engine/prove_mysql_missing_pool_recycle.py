"""The pool gives out a connection however long it has been idle; with a recycle time it opens another one.

SQLite plays the server here: what is shown is the pool's own doing, which is the same for every database.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import base

EIGHT_HOURS = 8 * 60 * 60


def connections_over_a_night(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many connections of the driver are given out before a quiet night and after it."""
    seen = []
    now = base.time.time()
    for hour in (now, now + EIGHT_HOURS):
        with monkeypatch.context() as patch:
            patch.setattr(base.time, "time", lambda hour=hour: hour)
            with engine.connect() as connection:
                seen.append(connection.connection.dbapi_connection)
    engine.dispose()
    return len({id(each) for each in seen})


def test_an_old_connection_is_given_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections_over_a_night(create_engine(f"sqlite:///{tmp_path / 'shop.db'}"), monkeypatch) == 1


def test_a_recycled_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}", pool_recycle=1800)
    assert connections_over_a_night(engine, monkeypatch) == 2
