"""An engine that blocks runs one query after the other, whoever else waits; one of asyncio's runs them at once.

A query here waits for another one to begin: the blocking engine waits in vain.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

QUERY = text("SELECT meet()")


class Meeting:
    """Two queries meet where both run at once."""

    def __init__(self, patience: float) -> None:
        self.barrier = threading.Barrier(2)
        self.patience = patience

    def meet(self) -> int:
        try:
            self.barrier.wait(self.patience)
        except threading.BrokenBarrierError:
            return 0
        return 1

    def listen(self, engine: Any) -> None:
        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            connection.connection.create_function("meet", 0, self.meet)


async def test_blocking_they_never_meet(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    Meeting(patience=0.05).listen(engine)

    async def query() -> Any:
        with engine.connect() as connection:
            return connection.scalar(QUERY)

    assert await asyncio.gather(query(), query()) == [0, 0]
    engine.dispose()


async def test_waiting_they_do(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")
    Meeting(patience=30).listen(engine.sync_engine)

    async def query() -> Any:
        async with engine.connect() as connection:
            return await connection.scalar(QUERY)

    assert await asyncio.gather(query(), query()) == [1, 1]
    await engine.dispose()
