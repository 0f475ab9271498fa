"""Clients that misbehave: every request is answered, nothing ends the session, nobody sees a traceback."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsp import programs
from lsp.editor import COMMAND, PATIENCE, environment
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from sqlassay.lsp.session import SqlassayServer


class Wire:
    """The server's stdin and stdout, to which anything can be written."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.received: list[dict[str, Any]] = []

    def raw(self, body: bytes) -> None:
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def send(self, **message: Any) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    async def read(self) -> dict[str, Any]:
        headers = await asyncio.wait_for(self.process.stdout.readuntil(b"\r\n\r\n"), PATIENCE)
        length = int(headers.split(b"Content-Length:")[1].split(b"\r\n")[0])
        message = json.loads(await self.process.stdout.readexactly(length))
        self.received.append(message)
        return message

    async def answer(self, identity: object) -> dict[str, Any]:
        while True:
            message = await self.read()
            if message.get("id") == identity and "method" not in message:
                return message

    async def notified(self, method: str) -> dict[str, Any]:
        while True:
            message = await self.read()
            if message.get("method") == method:
                return message["params"]

    async def begin(self) -> None:
        self.send(id=0, method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}})
        await self.answer(0)
        self.send(method="initialized", params={})

    async def end(self) -> tuple[int, str]:
        """End in order; gives the exit code and what stood on stderr."""
        self.send(id="end", method="shutdown")
        assert (await self.answer("end"))["result"] is None
        self.send(method="exit")
        _, errors = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        return self.process.returncode, errors.decode()


@pytest_asyncio.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=-1, stdout=-1, stderr=-1, env=environment(tmp_path), limit=2**24
    )
    yield Wire(process)
    if process.returncode is None:
        process.kill()
        await process.wait()


def opening(uri: str, text: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}}


async def still_works(wire: Wire) -> None:
    """The session finds what there is to find, told nobody of any trouble of its own, and ends well."""
    wire.send(method="textDocument/didOpen", params=opening("file:///x/app.py", programs.NAMELESS))
    while True:
        published = await wire.notified("textDocument/publishDiagnostics")
        if published["uri"] == "file:///x/app.py":
            break
    assert "ALC552" in [each["code"] for each in published["diagnostics"]]
    code, errors = await wire.end()
    assert code == 0
    assert "Traceback" not in errors
    for message in wire.received:
        assert message.get("method") != "window/showMessage"
        assert "Traceback" not in json.dumps(message)


QUESTION = {"textDocument": {"uri": "file:///x/a.py"}, "position": {"line": 0, "character": 0}}
PARAMS: list[Any] = [None, 5, [], {}, {"textDocument": 5}, {"textDocument": {"uri": 5}}, {"textDocument": {"uri": "x"}}]


REQUESTS = [
    "textDocument/hover",
    "textDocument/codeAction",
    "textDocument/diagnostic",
    "textDocument/willSaveWaitUntil",
    "codeAction/resolve",
    "workspace/executeCommand",
    "textDocument/definition",
    "no/such/method",
    "",
]


async def test_requests_with_garbage_are_answered(wire: Wire) -> None:
    await wire.begin()
    for number, (method, params) in enumerate(itertools.product(REQUESTS, PARAMS), 1):
        wire.send(id=number, method=method, params=params)
        answer = await wire.answer(number)
        assert "error" in answer or answer.get("result") in (None, {"items": [], "kind": "full"}), method
    await still_works(wire)


NOTIFICATIONS = [
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didClose",
    "textDocument/didSave",
    "notebookDocument/didOpen",
    "notebookDocument/didChange",
    "notebookDocument/didClose",
    "workspace/didChangeConfiguration",
    "workspace/didChangeWatchedFiles",
    "workspace/didChangeWorkspaceFolders",
    "window/workDoneProgress/cancel",
    "$/cancelRequest",
    "$/setTrace",
    "no/such/method",
]


async def test_notifications_with_garbage_change_nothing(wire: Wire) -> None:
    await wire.begin()
    special = [{"changes": [{"uri": "x", "type": 9}]}, {"settings": 5}, {"event": {}}, {"id": [1]}]
    for method, params in itertools.product(NOTIFICATIONS, [*PARAMS, *special]):
        wire.send(method=method, params=params)
    await still_works(wire)


BODIES = [
    b"not json",
    b"{",
    b"[]",
    b"5",
    b"null",
    b'"text"',
    b"{}",
    b'{"jsonrpc": "1.0", "method": "x"}',
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "2.0", "method": []}',
    b'{"jsonrpc": "2.0", "id": [], "method": "shutdown"}',
    b'{"jsonrpc": "2.0", "id": 99, "result": null}',
    b'{"jsonrpc": "2.0", "id": 99, "error": 5}',
    b'[{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}]',
    b"\xff\xfe",
    b"[" * 100_000,
]


async def test_bodies_that_are_no_message(wire: Wire) -> None:
    await wire.begin()
    for body in BODIES:
        wire.raw(body)
    await still_works(wire)


async def test_headers_that_are_no_headers(wire: Wire) -> None:
    await wire.begin()
    wire.process.stdin.write(b"X-Nonsense: 1\r\nContent-Length: -7\r\n\r\n")
    await still_works(wire)


async def test_before_initialize(wire: Wire) -> None:
    wire.send(id=1, method="textDocument/hover", params={})
    wire.send(method="textDocument/didOpen", params=opening("file:///x/early.py", programs.NAMELESS))
    wire.send(id=2, method="textDocument/hover", params=QUESTION)
    assert (await wire.answer(2))["error"]["code"] == -32002
    await wire.begin()
    await still_works(wire)


async def test_a_second_initialize(wire: Wire) -> None:
    await wire.begin()
    wire.send(id=1, method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}})
    assert (await wire.answer(1))["error"]["code"] == -32600
    await still_works(wire)


async def test_a_client_that_never_says_that_it_is_initialized(wire: Wire) -> None:
    wire.send(id=0, method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}})
    await wire.answer(0)
    await still_works(wire)


async def test_after_shutdown(wire: Wire) -> None:
    await wire.begin()
    wire.send(id=1, method="shutdown")
    await wire.answer(1)
    wire.send(id=2, method="textDocument/hover", params=QUESTION)
    assert (await wire.answer(2))["error"]["code"] == -32600
    wire.send(method="exit")
    assert await asyncio.wait_for(wire.process.wait(), PATIENCE) == 0


async def test_an_exit_without_shutdown_is_an_error(wire: Wire) -> None:
    await wire.begin()
    wire.send(method="exit")
    assert await asyncio.wait_for(wire.process.wait(), PATIENCE) == 1


async def test_a_client_that_dies(wire: Wire) -> None:
    await wire.begin()
    wire.process.stdin.close()
    assert await asyncio.wait_for(wire.process.wait(), PATIENCE) == 1
    assert b"Traceback" not in await wire.process.stderr.read()


async def test_double_open_and_edits_of_what_is_not_open(wire: Wire) -> None:
    await wire.begin()
    uri = "file:///x/twice.py"
    change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "x = 1\n"}]}
    wire.send(method="textDocument/didChange", params=change)
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    wire.send(method="textDocument/didOpen", params=opening(uri, "x = 1\n"))
    wire.send(method="textDocument/didOpen", params=opening(uri, programs.NAMELESS))
    while not (await wire.notified("textDocument/publishDiagnostics"))["diagnostics"]:
        pass
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    await still_works(wire)


HARD = ["\0", "\ufeff", "(" * 5000, "x = 1\n" * 20_000, "\ud800", "def f(:\n" * 500, "if x:\n\t y\n    z"]
"""Texts that are hard to read: NUL, a lone mark, brackets, many lines, half a pair, broken, mixed indents."""


async def test_texts_that_are_hard_to_read(wire: Wire) -> None:
    await wire.begin()
    for number, text in enumerate(HARD):
        wire.send(method="textDocument/didOpen", params=opening(f"file:///x/hard_{number}.py", text))
        while (await wire.notified("textDocument/publishDiagnostics"))["uri"] != f"file:///x/hard_{number}.py":
            pass
    await still_works(wire)


async def test_cancelled_requests_are_answered(wire: Wire) -> None:
    await wire.begin()
    wire.send(method="textDocument/didOpen", params=opening("file:///x/a.py", programs.NAMELESS * 50))
    for number in range(1, 30):
        wire.send(id=number, method="textDocument/hover", params=QUESTION)
    for number in range(1, 30):
        wire.send(method="$/cancelRequest", params={"id": number})
    answers = [await wire.answer(number) for number in range(1, 30)]
    assert all(each.get("error", {}).get("code", -32800) == -32800 for each in answers)
    assert any("error" in each for each in answers)
    await still_works(wire)


async def test_nothing_else_is_on_stdout(wire: Wire) -> None:
    await wire.begin()
    await still_works(wire)
    for message in wire.received:
        assert message["jsonrpc"] == "2.0"


@pytest.mark.skipif(os.name == "nt", reason="ports are read from stderr as on POSIX")
async def test_over_tcp(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sqlassay", "server", "--tcp", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, stdin=-1, stderr=-1, env=environment(tmp_path))
    try:
        while not (said := re.search(rb"Serving on .*?(\d+)\D*$", await process.stderr.readline())):
            pass
        port = int(said[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        params = {"capabilities": {}, "processId": None, "rootUri": None}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        headers = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        assert headers.startswith(b"Content-Length")
        writer.close()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


ANSWERS = [(types.LSPErrorCodes.ServerCancelled, False), (types.ErrorCodes.InternalError, True)]


@pytest.mark.parametrize(("code", "loud"), ANSWERS)
def test_saying_no_is_no_error_in_the_log(code: Any, loud: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody who types fast has many questions that nobody needs to answer any more."""
    protocol = SqlassayServer().protocol
    sent: list[Any] = []
    protocol._send_response = lambda identity, error: sent.append((identity, error.code))
    answer: Future[Any] = Future()
    answer.set_exception(JsonRpcException("the text changed meanwhile", code.value))
    protocol._send_handler_result(answer, msg_id=7)
    assert sent == [(7, code.value)]
    assert bool(caplog.records) is loud
