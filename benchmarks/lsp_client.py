"""A language client that does nothing but type and wait: a raw JSON-RPC stream over a server's stdin and stdout."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Any


def read_message(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next message of a stream; None at its end."""
    length = 0
    while line := stream.readline():
        if line in (b"\r\n", b"\n"):
            message: dict[str, Any] = json.loads(stream.read(length))
            return message
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return None


def write_message(stream: IO[bytes], message: dict[str, Any]) -> None:
    data = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stream.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
    stream.flush()


class Client:
    """One server process and one open workspace folder."""

    def __init__(self, command: list[str], root: Path) -> None:
        self.root = root
        self.process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ
        )
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._next = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while (message := read_message(stream)) is not None:
            if "method" in message and "id" in message:
                # The server asks for something (configuration, progress): nothing is configured.
                items = message.get("params", {}).get("items", [None]) if "configuration" in message["method"] else None
                self._send({"id": message["id"], "result": [None] * len(items) if items else None})
            else:
                self._messages.put(message)

    def _send(self, message: dict[str, Any]) -> None:
        stream = self.process.stdin
        assert stream is not None
        write_message(stream, message)

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, params: Any, timeout: float = 120) -> Any:
        self._next += 1
        number = self._next
        self._send({"id": number, "method": method, "params": params})
        end = time.perf_counter() + timeout
        while True:
            message = self._messages.get(timeout=max(0.01, end - time.perf_counter()))
            if message.get("id") == number:
                return message.get("result")

    def wait_for_diagnostics(self, uri: str, version: int | None, timeout: float = 120) -> dict[str, Any]:
        """The next published diagnostics of a document (of that version, where the server says which)."""
        end = time.perf_counter() + timeout
        while True:
            message = self._messages.get(timeout=max(0.01, end - time.perf_counter()))
            if message.get("method") != "textDocument/publishDiagnostics":
                continue
            params: dict[str, Any] = message["params"]
            if params["uri"] == uri and (version is None or params.get("version") in (None, version)):
                return params

    def start(self) -> None:
        uri = self.root.as_uri()
        self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": "bench"}],
                "capabilities": {
                    "textDocument": {"publishDiagnostics": {"relatedInformation": True, "versionSupport": True}},
                    "workspace": {"workspaceFolders": True},
                    "general": {"positionEncodings": ["utf-16"]},
                },
            },
        )
        self.notify("initialized", {})

    def open(self, path: Path) -> str:
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": path.read_text()}
        self.notify("textDocument/didOpen", {"textDocument": document})
        self.wait_for_diagnostics(uri, 1)
        return uri

    def keystroke(self, uri: str, version: int, line: int, character: int, text: str, removed: int = 0) -> float:
        """Seconds from an edit to the diagnostics of the version that it made."""
        while not self._messages.empty():
            self._messages.get_nowait()
        started = time.perf_counter()
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [
                    {
                        "range": {
                            "start": {"line": line, "character": character},
                            "end": {"line": line, "character": character + removed},
                        },
                        "text": text,
                    }
                ],
            },
        )
        self.wait_for_diagnostics(uri, version)
        return time.perf_counter() - started

    def memory(self) -> int:
        """Resident memory of the server, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def stop(self) -> None:
        try:
            self.request("shutdown", None, 5)
            self.notify("exit", {})
            self.process.wait(5)
        except (queue.Empty, OSError, subprocess.TimeoutExpired):
            self.process.kill()
