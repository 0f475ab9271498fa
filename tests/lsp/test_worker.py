"""The worker: jobs in order, background work newest first and only once, nothing lost and nothing late."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlassay.lsp.worker import Stopped, Worker

PATIENCE = 20


class Log:
    """What happened, in order, and what failed."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.failures: list[tuple[str, Exception]] = []


@pytest.fixture
def log() -> Log:
    return Log()


@pytest_asyncio.fixture
async def worker(log: Log) -> AsyncIterator[Worker]:
    made = Worker(asyncio.get_running_loop(), lambda what, error: log.failures.append((what, error)))
    yield made
    made.stop()


class Gate:
    """A job that keeps the worker busy until it is opened."""

    def __init__(self, worker: Worker) -> None:
        self._open = threading.Event()
        self.done = worker.run(lambda: self._open.wait(PATIENCE))

    def open(self) -> None:
        self._open.set()


async def drained(worker: Worker) -> None:
    """Everything that waited has run, and what it told the loop has arrived."""
    done = asyncio.get_running_loop().create_future()
    worker.later("last", lambda: None, done.set_result)
    await asyncio.wait_for(done, PATIENCE)


async def test_jobs_run_in_order_before_background_work(worker: Worker, log: Log) -> None:
    gate = Gate(worker)
    worker.later("a", lambda: log.events.append("background"), lambda _: None)
    for number in range(5):
        worker.run(lambda number=number: log.events.append(number))
    gate.open()
    await drained(worker)
    assert log.events == [0, 1, 2, 3, 4, "background"]


async def test_newer_background_work_replaces_older(worker: Worker, log: Log) -> None:
    gate = Gate(worker)
    for number in range(5):
        worker.later("a", lambda number=number: number, log.events.append)
    worker.later("b", lambda: "b", log.events.append)
    worker.later("c", lambda: "c", log.events.append, first=True)
    worker.later("d", lambda: "d", log.events.append)
    worker.forget("d")
    gate.open()
    await drained(worker)
    assert log.events == ["c", 4, "b"]


async def test_background_work_can_be_held(worker: Worker, log: Log) -> None:
    worker.hold(True)
    worker.later("a", lambda: log.events.append("background"), lambda _: None)
    await worker.run(lambda: log.events.append("job"))
    await worker.run(lambda: log.events.append("job"))
    worker.hold(False)
    await drained(worker)
    assert log.events == ["job", "job", "background"]


async def test_a_cancelled_job_does_not_start(worker: Worker, log: Log) -> None:
    gate = Gate(worker)
    unwanted = worker.run(lambda: log.events.append("unwanted"))
    unwanted.cancel()
    gate.open()
    await worker.run(lambda: log.events.append("wanted"))
    assert log.events == ["wanted"]


async def test_an_error_reaches_who_asked(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)
    assert await worker.run(lambda: "still there") == "still there"


async def test_an_error_in_background_work_is_told(worker: Worker, log: Log) -> None:
    worker.later("file.py", lambda: 1 // 0, log.events.append)
    await drained(worker)
    ((what, error),) = log.failures
    assert what == "file.py"
    assert isinstance(error, ZeroDivisionError)
    assert log.events == []


async def test_long_work_ends_with_the_server(worker: Worker) -> None:
    started, ended = threading.Event(), threading.Event()

    def endless() -> None:
        started.set()
        try:
            while True:
                worker.checkpoint()
        except Stopped:
            ended.set()
            raise

    worker.run(endless)
    assert await asyncio.to_thread(started.wait, PATIENCE)
    worker.stop()
    assert await asyncio.to_thread(ended.wait, PATIENCE)
