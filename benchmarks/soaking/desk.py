"""What a person has before them: open documents in an editor and the folder behind, every move on record."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from soaking.document import Document, Edit, difference
from soaking.editor import Editor
from soaking.folder import Folder

CREATED, CHANGED, DELETED = 1, 2, 3


class Desk:
    """Moves that keep the editor, the disk and the server's notion of both together, as VS Code would."""

    def __init__(self, editor: Editor, folder: Folder, draw: random.Random, record: Path, speed: float) -> None:
        """`record` takes a JSON list for each move: the number of the act, what was done, and its arguments."""
        self.editor = editor
        self.folder = folder
        self.draw = draw
        self.docs: dict[str, Document] = {}
        self.counts: Counter[str] = Counter()
        self.act = 0
        self.clock = 0.0
        """The person's own seconds."""
        self._speed = speed
        self._record = record.open("w", encoding="utf-8")

    def wait(self, seconds: float) -> None:
        """Let a while go by, in the person's seconds."""
        self.clock += seconds
        time.sleep(seconds / self._speed)

    def note(self, move: str, *arguments: Any) -> None:
        self._record.write(json.dumps([self.act, move, *arguments]) + "\n")
        self._record.flush()

    # ---- documents

    def open(self, path: str) -> Document | None:
        """Open a file, or turn to it; None where this editor cannot."""
        if path in self.docs:
            return self.docs[path]
        text = self.folder.read(path)
        if text is None:
            return None
        return self._show(Document(path, text, text))

    def _show(self, doc: Document) -> Document:
        self.docs[doc.path] = doc
        self.counts["opened"] += 1
        self.note("open", doc.path, doc.text)
        self.editor.open(doc.path, doc.text, doc.version)
        return doc

    def close(self, doc: Document) -> None:
        """Close a document; what was not saved is lost."""
        del self.docs[doc.path]
        self.note("close", doc.path)
        self.editor.close(doc.path)

    def edit(self, doc: Document, *edits: Edit) -> None:
        """Edits in one change, each of the text that the one before it left."""
        self.counts["edits"] += 1
        self._send(doc, [(each, doc.edit(each)) for each in edits])

    def undo(self, doc: Document, again: bool = False) -> bool:
        before = doc.text
        change = doc.redo() if again else doc.undo()
        if change is None:
            return False
        self.counts["redos" if again else "undos"] += 1
        self._send(doc, [(difference(before, doc.text), change)])
        return True

    def _send(self, doc: Document, changes: list[tuple[Edit, dict[str, Any]]]) -> None:
        for edit, _ in changes:
            self.note("edit", doc.path, edit.start, edit.end, edit.text)
        self.editor.change(doc.path, doc.version, [change for _, change in changes])

    def save(self, doc: Document) -> None:
        self.counts["saves"] += 1
        made = not self.folder.exists(doc.path)
        self._write(doc.path, doc.text)
        doc.saved = doc.text
        self.note("saved", doc.path)
        self.editor.save(doc.path)
        self.tell([(doc.path, CREATED if made else CHANGED)])

    # ---- the disk

    def write(self, path: str, text: str) -> None:
        """A file is made or changed by something other than the editor."""
        made, folders = not self.folder.exists(path), self.folder.folders()
        self._write(path, text)
        self._arrived([(path, CREATED if made else CHANGED)], folders)

    def remove(self, paths: Iterable[str]) -> None:
        paths, folders = list(paths), self.folder.folders()
        for path in paths:
            self._remove(path)
        self._arrived([(each, DELETED) for each in paths], folders)

    def move(self, moves: dict[str, str]) -> None:
        """Rename files in the editor's tree: what is open of them is closed and opened under its new name."""
        self.counts["files moved"] += len(moves)
        folders = self.folder.folders()
        for old, new in moves.items():
            text = self.folder.read(old)
            if text is None:
                continue
            self._remove(old)
            self._write(new, text)
            doc = self.docs.get(old)
            if doc is not None:
                self.close(doc)
                self._show(Document(new, doc.text, text))
        created, deleted = [(each, CREATED) for each in moves.values()], [(each, DELETED) for each in moves]
        self._arrived([*created, *deleted], folders)

    def switch(self, branch: str) -> None:
        """Check a branch out."""
        self.counts["branch switches"] += 1
        before, folders = set(self.folder.files("")), self.folder.folders()
        changed = self.folder.switch(branch)
        for path in changed:
            text = self.folder.read_any(path)
            self.note("write" if text is not None else "remove", path, *([text] if text is not None else []))
        events = [
            (path, DELETED if not self.folder.exists(path) else CHANGED if path in before else CREATED)
            for path in changed
        ]
        self._arrived(events, folders)

    def _write(self, path: str, text: str) -> None:
        self.note("write", path, text)
        self.folder.write(path, text)

    def _remove(self, path: str) -> None:
        self.note("remove", path)
        self.folder.remove(path)

    def _arrived(self, events: list[tuple[str, int]], folders: set[str]) -> None:
        """The watcher tells, in one go or in several; open documents that were not edited take the disk's text.

        `folders` were there before. Of one that is gone, VS Code's watcher tells alone; of a new one it may.
        """
        alone = self.draw.random() < 0.5
        events = told(events, gone=folders - self.folder.folders(), new=self.folder.folders() - folders, alone=alone)
        reload_first = self.draw.random() < 0.5
        if reload_first:
            self._reload()
        size = self.draw.choice((1, 5, 1000)) if len(events) < 20 else 1000
        for start in range(0, len(events), size):
            self.tell(events[start : start + size])
        if not reload_first:
            self._reload()

    def _reload(self) -> None:
        for doc in self.docs.values():
            text = self.folder.read(doc.path)
            if text is None:
                continue  # it is gone: the editor still shows what was there
            if text != doc.saved and not doc.dirty:
                self._send(doc, [(edit := difference(doc.text, text), doc.edit(edit))])
            doc.saved = text

    def tell(self, events: list[tuple[str, int]]) -> None:
        self.note("events", events)
        self.editor.watched(events)


def told(events: list[tuple[str, int]], *, gone: set[str], new: set[str], alone: bool) -> list[tuple[str, int]]:
    """What a watcher tells of events: of folders that are gone or `new`, and of the files in the new unless `alone`."""
    out: dict[tuple[str, int], None] = {}
    for path, kind in events:
        outermost = next((each for each in _above(path) if each in (gone if kind == DELETED else new)), None)
        if outermost is not None:
            out[outermost, kind] = None
        if outermost is None or (kind != DELETED and not alone):
            out[path, kind] = None
    return list(out)


def _above(path: str) -> Iterator[str]:
    """The folders around a path, the outermost first."""
    parts = path.split("/")
    for count in range(1, len(parts)):
        yield "/".join(parts[:count])
