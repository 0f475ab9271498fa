"""A language client that behaves as VS Code does, and remembers what it would show."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from lsp_client import read_message, write_message

COMMAND = (sys.executable, "-m", "sqlassay", "server", "--stdio")
PATIENCE = 300.0
"""Seconds until an answer counts as never coming."""

REST = 600.0
"""Seconds until the server counts as never idle."""

QUIET = 0.25
"""Seconds without work or messages until the server counts as idle."""

DECLINED = (-32800, -32801, -32802, -32803)
"""RequestCancelled, ContentModified, ServerCancelled, RequestFailed: answers, not faults."""

KINDS = {1: 1, 2: 2, 3: 4}
"""The bit in a watcher's `kind` for each type of event: created, changed, deleted."""

LOUD = 2
"""Messages of type error and warning."""

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "workspaceFolders": True,
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "diagnostics": {"refreshSupport": True},
        "workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {}},
    },
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"relatedInformation": True, "codeDescriptionSupport": True},
        "hover": {"contentFormat": ["markdown"]},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}},
            "resolveSupport": {"properties": ["edit"]},
            "dataSupport": True,
        },
    },
}


class Editor:
    """One session with the server. Documents are known by their paths in the project."""

    def __init__(self, root: Path, cache: Path, *, pull: bool) -> None:
        """`cache` holds what the server keeps on disk. `pull`: it asks for diagnostics, as VS Code does, else it waits
        for them."""
        self.root = root
        self.pulls = pull
        self.held: dict[str, list[dict[str, Any]]] = {}
        """What the editor shows, by URI."""
        self.errors: list[str] = []
        self.declined = 0
        self.messages = 0
        self.capabilities: dict[str, Any] = {}
        environment = {**os.environ, "SQLASSAY_CACHE_DIR": str(cache)}
        self.process = subprocess.Popen(
            COMMAND, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        self._lock = threading.RLock()
        self._next = 0
        self._waiting: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._methods: dict[int, str] = {}
        self._open: dict[str, None] = {}
        self._asked: dict[int, str] = {}
        """The pulls on their way: request to URI."""
        self._again: set[str] = set()
        """What is to be pulled once the pull on its way has come back."""
        self._results: dict[str, str | None] = {}
        self._watched: list[tuple[str, int]] = []
        self._heard = time.monotonic()
        self._outbox: queue.Queue[dict[str, Any]] = queue.Queue()
        for each in (self._read, self._read_log, self._write):
            threading.Thread(target=each, daemon=True).start()

    # ---- a session

    def start(self) -> None:
        capabilities = {**CAPABILITIES, "textDocument": dict(CAPABILITIES["textDocument"])}
        if self.pulls:
            capabilities["textDocument"]["diagnostic"] = {"dynamicRegistration": True}
        uri = self.root.as_uri()
        folders = [{"uri": uri, "name": self.root.name}]
        params = {"processId": os.getpid(), "rootUri": uri, "workspaceFolders": folders, "capabilities": capabilities}
        self.capabilities = (self.ask("initialize", params) or {}).get("capabilities", {})
        self.notify("initialized", {})

    def stop(self) -> int | None:
        """End in order. Gives the exit code; None where the server had to be killed."""
        try:
            self.ask("shutdown", None)
            self.notify("exit", None)
            return self.process.wait(10)
        except (OSError, TimeoutError, subprocess.TimeoutExpired):
            self.process.kill()
            return None

    def uri(self, path: str) -> str:
        return self.root.as_uri() + "/" + quote(path)

    def path(self, uri: str) -> str:
        return unquote(uri.removeprefix(self.root.as_uri() + "/"))

    # ---- documents

    def open(self, path: str, text: str, version: int) -> None:
        uri = self.uri(path)
        with self._lock:
            self._open[uri] = None
        document = {"uri": uri, "languageId": "python", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        self.pull(uri)

    def change(self, path: str, version: int, changes: list[dict[str, Any]]) -> None:
        uri = self.uri(path)
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
        self.pull(uri)

    def save(self, path: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": self.uri(path)}})

    def close(self, path: str) -> None:
        uri = self.uri(path)
        with self._lock:
            self._open.pop(uri, None)
            self._results.pop(uri, None)
            self._again.discard(uri)
            # What is on its way is about a document that is no more.
            self._asked.update({number: "" for number, asked in self._asked.items() if asked == uri})
            if self.pulls:
                self.held.pop(uri, None)
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def watched(self, events: list[tuple[str, int]]) -> None:
        """Tell of changes on disk (type 1 created, 2 changed, 3 deleted), as far as the server wants to know."""
        wanted = [
            {"uri": self.uri(path), "type": kind}
            for path, kind in events
            if any(kinds & KINDS[kind] and _fits(path, glob) for glob, kinds in self._watched)
        ]
        if wanted:
            self.notify("workspace/didChangeWatchedFiles", {"changes": wanted})

    # ---- questions

    def ask(self, method: str, params: Any) -> Any:
        """The answer to a request; None where it was refused."""
        box: queue.Queue[dict[str, Any]] = queue.Queue()
        with self._lock:
            number = self._request(method, params)
            self._waiting[number] = box
        try:
            return box.get(timeout=PATIENCE).get("result")
        except queue.Empty:
            self.errors.append(f"{method}: no answer in {PATIENCE:.0f} s")
            raise TimeoutError(method) from None

    def fire(self, method: str, params: Any, *, cancel: bool = False) -> None:
        """A request whose answer nobody waits for."""
        with self._lock:
            number = self._request(method, params)
            if cancel:
                self.notify("$/cancelRequest", {"id": number})

    def pull(self, uri: str) -> None:
        """Ask for a document's diagnostics; where that is on its way already, take it back and ask again."""
        with self._lock:
            if not self.pulls or uri not in self._open:
                return
            under_way = next((number for number, asked in self._asked.items() if asked == uri), None)
            if under_way is not None:
                if uri not in self._again:
                    self._again.add(uri)
                    self.notify("$/cancelRequest", {"id": under_way})
                return
            params: dict[str, Any] = {"textDocument": {"uri": uri}, "identifier": "sqlassay"}
            if self._results.get(uri) is not None:
                params["previousResultId"] = self._results[uri]
            self._asked[self._request("textDocument/diagnostic", params)] = uri

    def settle(self) -> bool:
        """Wait until nothing is on its way and the server has nothing to do. False where that does not come about."""
        end = time.monotonic() + REST
        since = time.monotonic()
        while time.monotonic() < end:
            time.sleep(QUIET / 20)
            with self._lock:
                waiting = bool(self._asked or self._again or self._methods) or not self._outbox.empty()
            now = time.monotonic()
            if waiting or working(self.process.pid):
                since = now
            elif now - max(since, self._heard) > QUIET:
                return True
        self.errors.append(f"the server was not idle after {REST:.0f} s")
        return False

    # ---- the wire

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _request(self, method: str, params: Any) -> int:
        self._next += 1
        self._methods[self._next] = method
        self._send({"id": self._next, "method": method, "params": params})
        return self._next

    def _send(self, message: dict[str, Any]) -> None:
        self._outbox.put(message)

    def _write(self) -> None:
        # Whoever sends must not wait for a server that waits for us to read.
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended: whoever asks will be told
            while True:
                write_message(self.process.stdin, self._outbox.get())

    def _read(self) -> None:
        assert self.process.stdout is not None
        while (message := read_message(self.process.stdout)) is not None:
            self._heard = time.monotonic()
            self.messages += 1
            if "method" not in message:
                self._answered(message)
            elif "id" in message:
                self._asked_by_server(message)
            else:
                self._told(message["method"], message["params"])

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(f"stderr: {line.decode('utf-8', 'replace').rstrip()}")

    def _answered(self, message: dict[str, Any]) -> None:
        number = message["id"]
        with self._lock:
            method = self._methods.pop(number, "")
            box = self._waiting.pop(number, None)
            uri = self._asked.pop(number, None)
            error = message.get("error")
            if error is not None and error["code"] in DECLINED:
                self.declined += 1
            elif error is not None:
                self.errors.append(f"{method}: {error}")
            if uri is not None:
                self._pulled(uri, message)
        if box is not None:
            box.put(message)

    def _pulled(self, uri: str, message: dict[str, Any]) -> None:
        report, error = message.get("result"), message.get("error")
        again = uri in self._again
        self._again.discard(uri)
        if uri in self._open and report is not None and report["kind"] == "full" and not again:
            self.held[uri] = report["items"]
            self._results[uri] = report.get("resultId")
        if again or (error is not None and (error.get("data") or {}).get("retriggerRequest")):
            self.pull(uri)

    def _asked_by_server(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message.get("params") or {}
        result = None
        if method == "workspace/configuration":
            result = [None] * len(params["items"])
        elif method == "client/registerCapability":
            for each in params["registrations"]:
                watchers = (each.get("registerOptions") or {}).get("watchers", ())
                self._watched += [(watcher["globPattern"], watcher.get("kind") or 7) for watcher in watchers]
        self._send({"id": message["id"], "result": result})
        if method == "workspace/diagnostic/refresh":
            with self._lock:
                for uri in list(self._open):
                    self.pull(uri)

    def _told(self, method: str, params: dict[str, Any]) -> None:
        if method == "textDocument/publishDiagnostics":
            with self._lock:
                self.held[params["uri"]] = params["diagnostics"]
        elif method in ("window/logMessage", "window/showMessage") and params["type"] <= LOUD:
            self.errors.append(f"{method}: {params['message']}")


def _fits(path: str, glob: str) -> bool:
    """Whether a watcher's glob, which is `**/` and a name here, holds a path."""
    return fnmatchcase(path.rsplit("/", 1)[-1], glob.removeprefix("**/"))


# ---- what the system says of a process (Linux)


def working(pid: int) -> bool:
    """Whether a thread of a process runs, or would if the machine let it; False where the system does not say."""
    for each in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            if each.read_text().rpartition(")")[2].split()[0] in "RD":
                return True
    return False


def memory(pid: int) -> int:
    """Resident memory in bytes; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))
