"""Work-done progress while a folder is indexed (window/workDoneProgress/create, $/progress)."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

STEP = 5
"""Percent between two reports."""

CONSENT_TIMEOUT = 1.0
"""Seconds to wait for the client's word on a bar: without it the work goes on all the same."""


class Bar:
    """One progress bar of the client. `show` runs on the message loop, `advance` on the worker."""

    def __init__(self, ls: SqlassayServer, title: str) -> None:
        self._ls = ls
        self._title = title
        self._token = str(uuid.uuid4())
        self._shown = False
        self._percent = -STEP

    async def show(self) -> None:
        """Ask the client for a bar; without its consent nothing is sent."""
        if not self._ls.client.progress:
            return
        create = self._ls.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(self._token))
        try:
            await asyncio.wait_for(create, CONSENT_TIMEOUT)
        except (JsonRpcException, asyncio.TimeoutError):
            return
        self._shown = True
        self._send(types.WorkDoneProgressBegin(title=self._title, percentage=0))

    def advance(self, done: int, total: int, _: str) -> None:
        """Files `done` of `total`. Raises `worker.Stopped` where the server ends."""
        self._ls.worker.checkpoint()
        percent = 100 * done // total if total else 100
        if percent - self._percent >= STEP:
            self._percent = percent
            self._ls.worker.tell(self._report, percent, f"{done} of {total} files")

    def end(self) -> None:
        """The work is over, well or not."""
        if self._shown:
            self._send(types.WorkDoneProgressEnd())

    def _report(self, percent: int, message: str) -> None:
        if self._shown:
            self._send(types.WorkDoneProgressReport(message=message, percentage=percent))

    def _send(self, value: object) -> None:
        self._ls.progress(types.ProgressParams(self._token, value))


async def index(ls: SqlassayServer, root: str) -> None:
    """Have a folder indexed, with a bar."""
    bar = Bar(ls, "Sqlassay: reading the project")
    await bar.show()
    try:
        await ls.worker.run(lambda: ls.projects.index(root, bar.advance))
    finally:
        bar.end()
