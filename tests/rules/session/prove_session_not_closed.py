"""A session that nobody closes keeps its connection until the garbage collector comes by: the pool runs dry."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.prove_support import User, pooled
from sqlalchemy import func, select
from sqlalchemy.exc import TimeoutError
from sqlalchemy.orm import Session, sessionmaker


def left_open(maker: sessionmaker[Session]) -> int | None:
    session = maker()
    return session.scalar(select(func.count(User.id)))


def closed(maker: sessionmaker[Session]) -> int | None:
    with maker() as session:
        return session.scalar(select(func.count(User.id)))


def test_left_open_the_third_call_finds_no_connection(tmp_path: Path) -> None:
    with pooled(tmp_path) as pool:
        assert left_open(pool.maker) == 3
        assert pool.checked_out() == 1
        assert left_open(pool.maker) == 3
        assert pool.checked_out() == 2
        with pytest.raises(TimeoutError, match="QueuePool limit"):
            left_open(pool.maker)


def test_closed_every_call_does(tmp_path: Path) -> None:
    with pooled(tmp_path) as pool:
        assert [closed(pool.maker) for _ in range(5)] == [3] * 5
        assert pool.checked_out() == 0
