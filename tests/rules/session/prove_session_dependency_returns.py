"""A dependency that returns its session leaves nobody to close it: every request keeps a connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rules.prove_support import Pooled, User, pooled
from sqlalchemy import func, select
from sqlalchemy.exc import TimeoutError
from sqlalchemy.orm import Session


def route(db: Session) -> int | None:
    return db.scalar(select(func.count(User.id)))


def request_with_returned(pool: Pooled) -> int | None:
    def get_db() -> Session:
        return pool.maker()

    return route(get_db())


def request_with_yielded(pool: Pooled) -> int | None:
    """A framework enters a generator dependency before the route and leaves it after the response."""

    def get_db() -> Iterator[Session]:
        with pool.maker() as db:
            yield db

    with contextmanager(get_db)() as db:
        return route(db)


def test_returned_the_third_request_finds_no_connection(tmp_path: Path) -> None:
    with pooled(tmp_path) as pool:
        assert [request_with_returned(pool) for _ in range(2)] == [3, 3]
        assert pool.checked_out() == 2
        with pytest.raises(TimeoutError, match="QueuePool limit"):
            request_with_returned(pool)


def test_yielded_every_request_does(tmp_path: Path) -> None:
    with pooled(tmp_path) as pool:
        assert [request_with_yielded(pool) for _ in range(5)] == [3] * 5
        assert pool.checked_out() == 0
