"""What stands after a `yield` is skipped when the request fails: the session stays open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from rules.prove_support import Pooled, User, pooled
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

Dependency = Callable[[sessionmaker[Session]], Iterator[Session]]


def without_cleanup(maker: sessionmaker[Session]) -> Iterator[Session]:
    db = maker()
    yield db
    db.close()


def with_cleanup(maker: sessionmaker[Session]) -> Iterator[Session]:
    db = maker()
    try:
        yield db
    finally:
        db.close()


def request(pool: Pooled, dependency: Dependency, *, fails: bool) -> None:
    with suppress(LookupError), contextmanager(dependency)(pool.maker) as db:
        db.scalars(select(User)).all()
        if fails:
            raise LookupError


@pytest.mark.parametrize(
    ("dependency", "fails", "checked_out"),
    [(without_cleanup, False, 0), (without_cleanup, True, 1), (with_cleanup, False, 0), (with_cleanup, True, 0)],
)
def test_connections_after_a_request(tmp_path: Path, dependency: Dependency, fails: bool, checked_out: int) -> None:
    with pooled(tmp_path) as pool:
        request(pool, dependency, fails=fails)
        assert pool.checked_out() == checked_out
