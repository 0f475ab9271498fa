"""One session with one client: the server object that every feature gets as its first argument."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from sqlassay import __version__
from sqlassay.linter import Problem
from sqlassay.lsp import convert
from sqlassay.lsp.capabilities import Client
from sqlassay.lsp.diagnostics import Published
from sqlassay.lsp.documents import Documents
from sqlassay.lsp.projects import Module, Projects
from sqlassay.lsp.protocol import Protocol
from sqlassay.lsp.settings import Settings
from sqlassay.lsp.worker import Worker

logger = logging.getLogger(__name__)

T = TypeVar("T")
Handler = Callable[..., Any]

NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(notebook="*", cells=[types.NotebookCellLanguage(language="python")])
    ],
    save=True,
)


class SqlassayServer(LanguageServer):
    """The state of a session. Its attributes belong to the message loop, but `projects`, which is the worker's."""

    worker: Worker
    projects: Projects
    ready: asyncio.Event

    def __init__(self) -> None:
        super().__init__(
            "sqlassay", __version__, notebook_document_sync=NOTEBOOKS, protocol_cls=Protocol, max_workers=2
        )
        self.client = Client()
        self.documents = Documents()
        self.published = Published()
        self.settings: dict[str, Settings] = {"": Settings()}
        self.folders: dict[str, str] = {}
        """The workspace folders: path to the URI that the client uses for it."""
        self.initial: object = None
        """The client's initializationOptions: settings that hold until it sends others."""
        self.config_stamps: dict[str, tuple[int, int] | None] = {}
        """When config files were last written, and their sizes, where the client does not watch them."""
        self.ending = False
        self._reported: set[str] = set()

    # ---- features

    def answer(self, method: str, handler: Handler, options: Any | None = None) -> None:
        """Register a handler. What it raises is logged in one line, and its request answered with an error."""
        self.feature(method, options)(_guarded(self, method, handler))

    def offer(self, command: str, handler: Handler) -> None:
        """Register a command, with the same care."""
        self.command(command)(_guarded(self, command, handler))

    # ---- the worker

    def start(self, client: Client) -> None:
        """The client is known. Edits are taken from now on, questions are kept until `begin`."""
        self.client = client
        self.worker = Worker(asyncio.get_running_loop(), self.failed)
        self.worker.hold(True)
        self.ready = asyncio.Event()
        self.projects = Projects(client.unit, lambda message: self.worker.tell(self.complain, message))

    def end(self) -> int:
        """Stop working. Gives the exit code: 0 where the client asked for the end, as it should before it leaves."""
        orderly, self.ending = self.ending, True
        if hasattr(self, "worker"):
            self.worker.stop()
        return 0 if orderly else 1

    def shutdown(self) -> None:
        """pygls has left its loop. Python 3.12 and later wait for a TCP connection that nobody closed."""
        if isinstance(self.protocol.writer, asyncio.StreamWriter):
            self.protocol.writer.close()
        super().shutdown()  # type: ignore[no-untyped-call]  # it has no annotations

    def begin(self) -> None:
        """Settings and folders are known: what waits for them may go on."""
        self.ready.set()
        self.worker.hold(False)

    async def ask(self, job: Callable[[], T]) -> T:
        """Have the worker answer a question, once it can, after all that was asked before."""
        await self.ready.wait()
        return await self.worker.run(job)

    def post(self, what: str, job: Callable[[], object]) -> asyncio.Future[object]:
        """Have the worker do what nobody waits for: an error is logged, with `what` was to be done."""
        future: asyncio.Future[object] = self.worker.run(job)
        future.add_done_callback(functools.partial(self._posted, what))
        return future

    def _posted(self, what: str, future: asyncio.Future[object]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self.failed(what, error)

    def failed(self, what: str, error: BaseException) -> None:
        """Something of ours went wrong: a line in the client's log."""
        self.log(f"{what} failed: {_line(error)}", types.MessageType.Error)
        logger.debug("%s failed", what, exc_info=error)

    def range_in(self, module: Module, start: int, end: int) -> tuple[str, types.Range] | None:
        """The document and range that show the bytes of an open module. On the worker."""
        source = module.source
        return None if source is None else module.to_client(convert.range_of(source, start, end, self.client.unit))

    # ---- words to the person

    def log(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """A line in the client's log."""
        self.window_log_message(types.LogMessageParams(kind, message))

    def complain(self, message: str) -> None:
        """A message that the person should see: something they wrote keeps us from working as they want."""
        self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))

    def report_problems(self, problems: Iterable[Problem]) -> None:
        """Log what kept us from looking at all of a file, each once."""
        for problem in problems:
            message = f"{problem.path}: {problem.message}"
            if message not in self._reported:
                self._reported.add(message)
                logger.debug("%s\n%s", message, problem.trace)
                self.log(message, types.MessageType.Error if problem.internal else types.MessageType.Warning)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """pygls met an error that no request waits for: into the log, not into the person's face."""
        logger.warning("%s: %s", getattr(source, "__name__", source), _line(error))


def _guarded(server: SqlassayServer, method: str, handler: Handler) -> Handler:
    """The handler, with the errors of our own making turned into ones that carry no traceback."""

    def refuse(error: Exception) -> JsonRpcException:
        server.failed(method, error)
        return JsonRpcException(f"{method} failed: {_line(error)}", types.ErrorCodes.InternalError.value)

    if asyncio.iscoroutinefunction(handler):

        @functools.wraps(handler)
        async def guarded_async(ls: SqlassayServer, *args: Any) -> Any:
            try:
                return await handler(ls, *args)
            except JsonRpcException:
                raise
            except Exception as error:
                raise refuse(error) from None

        return guarded_async

    @functools.wraps(handler)
    def guarded(ls: SqlassayServer, *args: Any) -> Any:
        try:
            return handler(ls, *args)
        except JsonRpcException:
            raise
        except Exception as error:
            raise refuse(error) from None

    return guarded


def _line(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]
