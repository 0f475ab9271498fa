"""By default fifteen connections can be open at once; the sixteenth request for one fails."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import TimeoutError


def open_at_once(engine: Engine, count: int) -> None:
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(engine.connect())


def test_the_sixteenth_fails(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}", pool_timeout=0.01)
    open_at_once(engine, 15)
    with pytest.raises(TimeoutError, match="QueuePool limit of size 5 overflow 10 reached"):
        open_at_once(engine, 16)
    engine.dispose()


def test_with_sizes_of_its_own_it_does_not(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}", pool_size=10, max_overflow=20, pool_timeout=0.01)
    open_at_once(engine, 30)
    engine.dispose()
