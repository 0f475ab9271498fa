"""Reduce what soak.py recorded to the moves that matter.

Plays `acts.jsonl` of a soak's working folder again, without a server process: the workspace that the server would hold
takes every move, and in the end its findings are compared with those of a new workspace. Whole acts are left out for
as long as a difference stays, then single moves. Prints the moves that are left, and leaves them in `reduced.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsprotocol import types
from soaking.document import difference
from soaking.folder import KEPT
from sqlassay.config import Config
from sqlassay.linter import Workspace
from sqlassay.lsp.projects import Projects

Move = list[Any]
"""The number of the act, what was done, and its arguments."""

IGNORED = ("pause",)


class Replay:
    """Plays moves on a copy of the project, in a process of its own each time: the index is made once."""

    def __init__(self, project: Path, work: Path, configuration: str | None) -> None:
        self.start = work / "start"
        self.live = work / "live" / project.name
        shutil.copytree(project, self.start, ignore=_others)
        if configuration is not None:
            (self.start / "sqlassay.toml").write_text(configuration)
        shutil.copytree(self.start, self.live)
        os.environ["SQLASSAY_CACHE_DIR"] = str(work / "cache")
        self.projects = Projects("utf-8", _nobody)
        self.projects.set_folders([str(self.live)])
        self.projects.index(str(self.live), _nobody)

    def differs(self, moves: list[Move]) -> list[str]:
        """What differs after these moves: nothing where all is well."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            with os.fdopen(writer, "w") as out:
                try:
                    json.dump(self._play(moves), out)
                except Exception as error:
                    json.dump([f"{type(error).__name__}: {error}"], out)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as told:
            said = told.read()
        os.waitpid(child, 0)
        self._tidy(moves)
        found: list[str] = json.loads(said)
        return found

    def _tidy(self, moves: list[Move]) -> None:
        """The disk as it was before the moves."""
        for path in {move[2] for move in moves if move[1] in ("write", "remove")}:
            source, target = self.start / path, self.live / path
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                continue
            target.unlink(missing_ok=True)
            for folder in target.parents:
                if folder == self.live or (self.start / folder.relative_to(self.live)).exists():
                    break
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()

    # ---- in the child

    def _play(self, moves: list[Move]) -> list[str]:
        act = 0
        for number, what, *arguments in moves:
            if number != act:
                act = number
                for module in self.projects.modules.values():
                    module.report()
            MOVES[what](self, *arguments)
        modules = list(self.projects.modules.values())
        shown = {module.key: _said(module.report()) for module in modules}
        fresh = Workspace(self.live, Config.load(str(self.live)), live=True, cached=True)
        for module in modules:
            if module.source is not None:
                fresh.open(module.path, module.source.text)
        out = []
        for module in modules:
            expected = [] if module.project.excludes(module.path) else _said(fresh.check(module.path))
            out += [f"shown: {module.key}: {each}" for each in shown[module.key] if each not in expected]
            out += [f"missing: {module.key}: {each}" for each in expected if each not in shown[module.key]]
        return out

    def _open(self, path: str, text: str) -> None:
        self.projects.open(path, str(self.live / path), text, 1, 1)

    def _edit(self, path: str, start: int, end: int, text: str) -> None:
        module = self.projects.modules.get(path)
        source = module.source if module is not None else None
        if source is None:
            return
        # What was left out before may have made the text longer.
        before = source.text
        new = before[: min(start, len(before))] + text + before[min(end, len(before)) :]
        edit = difference(before, new)
        place = types.Range(_position(before, edit.start), _position(before, edit.end))
        self.projects.edit(path, [types.TextDocumentContentChangePartial(place, edit.text)], 1, 1)

    def _close(self, path: str) -> None:
        self.projects.close(path)

    def _write(self, path: str, text: str) -> None:
        target = self.live / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogateescape"))

    def _remove(self, path: str) -> None:
        target = self.live / path
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self.live or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()

    def _events(self, events: list[tuple[str, int]]) -> None:
        paths = [str(self.live / path) for path, _ in events]
        code = [path for path in paths if path.endswith((".py", ".html", ".htm", ".jinja", ".jinja2", ".j2"))]
        folders = [path for path in paths if path not in code and not os.path.isfile(path) and "." not in path[-6:]]
        self.projects.disk_changed(code, folders)
        settings = [path for path in paths if path.endswith((".toml", ".lock", ".cfg")) or "requirements" in path]
        for root in self.projects.reload(settings) if settings else ():
            self.projects.index(root, _nobody)

    def _saved(self, path: str) -> None:
        self.projects.disk_changed([str(self.live / path)])


MOVES: dict[str, Callable[..., None]] = {
    "open": Replay._open,
    "edit": Replay._edit,
    "close": Replay._close,
    "write": Replay._write,
    "remove": Replay._remove,
    "events": Replay._events,
    "saved": Replay._saved,
}


def _nobody(*_: object) -> None:
    """Is told, and does nothing."""


def _position(text: str, offset: int) -> types.Position:
    """A character of a text as a line and the bytes before it there."""
    line = text.rfind("\n", 0, offset) + 1
    return types.Position(text.count("\n", 0, line), len(text[line:offset].encode()))


def _said(report: Any) -> list[str]:
    return [
        f"{each.code} {each.severity.value} {each.start}-{each.end} {each.message} "
        f"{[(related.start, related.end, related.message) for related in each.related]}"
        for each in report.findings
    ]


def _others(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if os.path.isfile(os.path.join(folder, name)) and not name.endswith(KEPT)]


def reduced(parts: list[list[Move]], fails: Callable[[list[Move]], bool]) -> list[list[Move]]:
    """The parts without which it would not fail, found by leaving out ever smaller runs of them."""
    size = max(1, len(parts) // 2)
    while True:
        at = 0
        while at < len(parts):
            fewer = parts[:at] + parts[at + size :]
            if fails([move for part in fewer for move in part]):
                parts = fewer
                print(f"{len(parts)} parts left", file=sys.stderr)
            else:
                at += size
        if size == 1:
            return parts
        size //= 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="the folder that was copied")
    parser.add_argument("work", type=Path, help="the working folder of the soak")
    parser.add_argument("--until", type=int, help="the act after which the difference was seen")
    parser.add_argument("--like", default="", help="a word that the difference must hold")
    options = parser.parse_args()
    lines = (options.work / "acts.jsonl").read_text("utf-8").splitlines()
    moves = [move for move in map(json.loads, lines) if move[1] not in IGNORED]
    if options.until is not None:
        moves = [move for move in moves if move[0] <= options.until]
    configuration = options.work / "live" / options.project.resolve().name / "sqlassay.toml"
    with tempfile.TemporaryDirectory(prefix="sqlassay-replay-") as work:
        replay = Replay(
            options.project.resolve(), Path(work), configuration.read_text() if configuration.exists() else None
        )

        def fails(moves: list[Move]) -> bool:
            return any(options.like in each for each in replay.differs(moves))

        found = replay.differs(moves)
        print("\n".join(found) or "nothing differs")
        if not any(options.like in each for each in found):
            return
        acts: dict[int, list[Move]] = {}
        for move in moves:
            acts.setdefault(move[0], []).append(move)
        kept = reduced(list(acts.values()), fails)
        left = [move for part in reduced([[move] for act in kept for move in act], fails) for move in part]
        print("\n".join(replay.differs(left)))
        with (options.work / "reduced.jsonl").open("w", encoding="utf-8") as out:
            for move in left:
                print(str(move)[:160])
                out.write(json.dumps(move) + "\n")


if __name__ == "__main__":
    main()
