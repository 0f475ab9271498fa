"""A blocking session in `async def` stops the event loop: nothing else runs until the database has answered.

The database here answers when it has felt a heartbeat of the loop, or has waited for one in vain.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rules.prove_support import make_async_engine, make_engine
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

QUERY = text("SELECT wait_for_a_beat()")


class Heart:
    """Beats while the event loop runs, and can be felt from the database."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.beats = 0
        self.felt = threading.Event()

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.beats += 1
            self.felt.set()

    def wait_for_a_beat(self) -> int:
        """The beats since the query began."""
        self.felt.clear()
        before = self.beats
        self.felt.wait(self.patience)
        return self.beats - before

    def listen(self, engine: Any) -> None:
        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            connection.connection.create_function("wait_for_a_beat", 0, self.wait_for_a_beat)


@contextlib.asynccontextmanager
async def beating(heart: Heart) -> AsyncIterator[None]:
    task = asyncio.create_task(heart.beat())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.filterwarnings("error")
async def test_a_blocking_session_stops_the_heart() -> None:
    heart = Heart(patience=0.1)
    engine = make_engine()
    heart.listen(engine)
    async with beating(heart):
        with Session(engine) as session:
            assert session.scalar(QUERY) == 0


async def test_in_a_thread_it_beats_on() -> None:
    heart = Heart(patience=30)
    engine = make_engine()
    heart.listen(engine)

    def work() -> Any:
        with Session(engine) as session:
            return session.scalar(QUERY)

    async with beating(heart):
        assert await asyncio.to_thread(work) > 0


async def test_awaited_it_beats_on() -> None:
    heart = Heart(patience=30)
    engine = await make_async_engine()
    heart.listen(engine.sync_engine)
    async with beating(heart), AsyncSession(engine) as session:
        assert await session.scalar(QUERY) > 0
    await engine.dispose()
