"""The one thread that may touch a `linter.Workspace`.

Jobs come from the message loop in order: edits, then the requests that were sent after them. Background work waits
until no job is left, one item a key, and a newer item of the same key replaces the older: however fast somebody
types, what is examined is the newest text.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

STACK = 64 * 1024 * 1024
"""Bytes of stack: deeply nested code is walked by recursion, and some systems give a thread half a megabyte."""

T = TypeVar("T")


class Stopped(Exception):
    """The server ends: raised by `Worker.checkpoint` to leave long work."""


class Worker:
    """A thread with an inbox. Made, and all methods but `checkpoint` and `tell` called, on the message loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, failed: Callable[[str, Exception], None]) -> None:
        """`failed` is told, on the loop, of background work that raised: its key as text, and the error."""
        self._loop = loop
        self._failed = failed
        self._jobs: deque[tuple[asyncio.Future[Any], Callable[[], Any]]] = deque()
        self._background: OrderedDict[Hashable, tuple[Callable[[], Any], Callable[[Any], None]]] = OrderedDict()
        self._held = False
        self._stopped = False
        self._wake = threading.Condition()
        before = threading.stack_size(STACK)
        self._thread = threading.Thread(target=self._work, name="sqlassay-worker", daemon=True)
        self._thread.start()
        threading.stack_size(before)

    def run(self, job: Callable[[], T]) -> asyncio.Future[T]:
        """Queue a job; the future brings its result or exception. A job whose future is cancelled does not start."""
        future: asyncio.Future[T] = self._loop.create_future()
        with self._wake:
            self._jobs.append((future, job))
            self._wake.notify()
        return future

    def later(self, key: Hashable, job: Callable[[], T], done: Callable[[T], None], *, first: bool = False) -> None:
        """Queue background work under `key`, in place of what waits there; `done` gets its result on the loop."""
        with self._wake:
            self._background[key] = (job, done)
            if first:
                self._background.move_to_end(key, last=False)
            self._wake.notify()

    def forget(self, key: Hashable) -> None:
        """Drop the background work that waits under `key`."""
        with self._wake:
            self._background.pop(key, None)

    def hold(self, held: bool) -> None:
        """Hold background work back, or let it go on. Jobs run all the same."""
        with self._wake:
            self._held = held
            self._wake.notify()

    def stop(self) -> None:
        """End the thread soon; what waits is dropped. What runs is not waited for: the thread is a daemon."""
        with self._wake:
            self._stopped = True
            self._jobs.clear()
            self._background.clear()
            self._wake.notify()

    def checkpoint(self) -> None:
        """On the worker: raise `Stopped` where the server ends."""
        if self._stopped:
            raise Stopped

    def tell(self, call: Callable[..., object], *args: object) -> None:
        """On the worker: have the message loop call `call(*args)` soon."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody to tell
            self._loop.call_soon_threadsafe(call, *args)

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._stopped or self._jobs or (self._background and not self._held))
                if self._stopped:
                    return
                if self._jobs:
                    future, job = self._jobs.popleft()
                    item = None
                else:
                    key, item = self._background.popitem(last=False)
            if item is None:
                self._serve(future, job)
            else:
                self._do(key, *item)

    def _serve(self, future: asyncio.Future[Any], job: Callable[[], Any]) -> None:
        if future.cancelled():
            return
        try:
            self.tell(_settle, future, job(), None)
        except Stopped:
            return
        except Exception as error:
            self.tell(_settle, future, None, error)

    def _do(self, key: Hashable, job: Callable[[], Any], done: Callable[[Any], None]) -> None:
        try:
            self.tell(done, job())
        except Stopped:
            return
        except Exception as error:
            self.tell(self._failed, str(key), error)


def _settle(future: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
