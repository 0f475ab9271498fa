"""The texts of a project: open in an editor or on disk, parsed when somebody looks, facts always at hand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from zlib import crc32

from sqlassay.facts.collect import statement_facts
from sqlassay.facts.compare import same_meaning
from sqlassay.facts.merging import StatementFacts, merge
from sqlassay.facts.model import ModuleFacts
from sqlassay.project.cache import FactsCache, Kept
from sqlassay.semantics.memo import Dependency
from sqlassay.syntax.members import members
from sqlassay.syntax.parser import ParsedModule, Parser
from sqlassay.syntax.source import SourceText, Unreadable

MAX_BYTES = 3_000_000
"""A larger file is generated: it has no facts and no findings, and that is said."""

_PARSED_KEPT = 48
"""Parsed modules kept for files that are not open: the bodies that calls were followed into last."""


class FileState:
    """What is kept of one file."""

    __slots__ = ("anchor_starts", "facts", "open_source", "parts", "problem", "texts")

    def __init__(self) -> None:
        self.facts: ModuleFacts | None = None
        self.open_source: SourceText | None = None
        """The editor's text; None where the disk speaks."""
        self.parts: dict[str, tuple[bytes, StatementFacts]] = {}
        """By anchor, for open files: what the next edit is compared with."""
        self.texts: dict[str, int] = {}
        """By anchor, those of methods too, a checksum of the text."""
        self.anchor_starts: dict[str, int] = {}
        self.problem: str | None = None
        """Why the file cannot be read."""


class Files:
    """The files of a project. `keep` holds every parsed module (a one-shot check), else only the last few."""

    def __init__(self, keep: bool = False) -> None:
        self.states: dict[str, FileState] = {}
        self.keep = keep
        self.cache: FactsCache | None = None
        """What earlier runs read; None where nothing is to be kept on disk."""
        self._parser = Parser()
        self._parsed: OrderedDict[str, ParsedModule] = OrderedDict()

    def state(self, path: str) -> FileState:
        found = self.states.get(path)
        if found is None:
            found = self.states[path] = FileState()
        return found

    # ---- texts

    def source(self, path: str) -> SourceText | None:
        """The text as it is now: the editor's, else the disk's; None where it cannot be read."""
        state = self.states.get(path)
        if state is not None and state.open_source is not None:
            return state.open_source
        parsed = self._parsed.get(path)
        if parsed is not None:
            return parsed.source
        return self._read(path)

    def _read(self, path: str) -> SourceText | None:
        state = self.state(path)
        try:
            with open(path, "rb") as file:
                source = SourceText.from_bytes(file.read())
        except Unreadable as error:
            state.problem = str(error)
        except OSError as error:
            state.problem = f"cannot be read: {error.strerror or error}"
        else:
            state.problem = None
            return source
        return None

    def at_hand(self, path: str) -> ParsedModule | None:
        """The file's tree, if it was parsed and is still kept."""
        return self._parsed.get(path)

    def parsed(self, path: str) -> ParsedModule | None:
        """The file's tree; None where it cannot be read."""
        found = self._parsed.get(path)
        if found is not None:
            if not self.keep:
                self._parsed.move_to_end(path)
            return found
        source = self.source(path)
        return self._parse(path, source, None) if source is not None else None

    def _parse(self, path: str, source: SourceText, previous: ParsedModule | None) -> ParsedModule:
        parsed = self._parser.parse(source, previous)
        self._parsed[path] = parsed
        self._parsed.move_to_end(path)
        if not self.keep and len(self._parsed) > _PARSED_KEPT:
            self._drop_oldest()
        return parsed

    def _drop_oldest(self) -> None:
        for path in self._parsed:
            state = self.states.get(path)
            if state is None or state.open_source is None:
                del self._parsed[path]
                return

    def let_go(self, path: str) -> None:
        """The tree of a file is not needed any more."""
        self._parsed.pop(path, None)

    # ---- facts

    def facts(self, path: str) -> ModuleFacts | None:
        """The facts of a file, read from its text when they are not known yet."""
        state = self.states.get(path)
        if state is not None and state.facts is not None:
            return state.facts
        self.refresh(path)
        return self.states[path].facts

    def adopt(self, facts: ModuleFacts, anchor_starts: dict[str, int]) -> None:
        """Facts that another process read."""
        state = self.state(facts.path)
        state.facts = facts
        state.anchor_starts = anchor_starts

    def refresh(self, path: str, source: SourceText | None = None, *, opened: bool = False) -> set[Dependency]:
        """Read a file's facts again (from `source`, else from where it is now); gives what changed by it."""
        state = self.state(path)
        previous = self._parsed.pop(path, None)
        if opened:
            state.open_source = source
        text = source if source is not None else self.source(path)
        before_parts, before_texts, had = state.parts, state.texts, state.facts is not None
        if text is None:
            state.parts, state.texts, state.anchor_starts = {}, {}, {}
            state.facts = ModuleFacts(path, {}, (), None, {}, {}, {})
            return {("facts", path)} if had else set()
        if len(text.data) > MAX_BYTES:
            state.parts, state.texts, state.anchor_starts = {}, {}, {}
            state.facts = ModuleFacts(path, {}, (), None, {}, {}, {})
            return {("facts", path)}
        cached = self.cache if not opened and state.open_source is None else None
        kept = cached.get(path, text.data) if cached is not None else None
        if kept is not None:
            state.facts, state.texts, state.anchor_starts, state.parts = kept.facts, kept.texts, kept.anchor_starts, {}
            return _changes(path, {}, {}, before_texts, kept.texts) if had else {("facts", path)}
        parsed = self._parse(path, text, previous)
        parts: dict[str, tuple[bytes, StatementFacts]] = {}
        texts: dict[str, int] = {}
        for statement in parsed.statements:
            known = before_parts.get(statement.anchor)
            if known is not None and known[0] == statement.text:
                part = known[1]
            else:
                part = statement_facts(statement.node, statement.anchor, statement.text)
            parts[statement.anchor] = (statement.text, part)
            if self.keep and cached is None:
                continue  # read once: nothing will be compared
            texts[statement.anchor] = crc32(statement.text)
            if statement.anchor.startswith("class "):
                for anchor, method in members(statement.node, statement.anchor):
                    texts[anchor] = crc32(statement.text[method.start : method.end])
        state.facts = merge(path, (part for _, part in parts.values()))
        state.texts = texts
        state.anchor_starts = parsed.anchor_starts
        state.parts = parts if state.open_source is not None else {}
        if cached is not None:
            cached.put(path, text.data, Kept(state.facts, state.anchor_starts, texts))
        if not had:
            return {("facts", path)}
        if self.keep:
            return {("facts", path)}
        return _changes(path, before_parts, parts, before_texts, texts)

    def close(self, path: str) -> None:
        """The editor let go of a file."""
        state = self.state(path)
        state.open_source = None
        state.parts = {}
        self._parsed.pop(path, None)

    def forget(self, path: str) -> None:
        """The file is gone."""
        self.states.pop(path, None)
        self._parsed.pop(path, None)

    def open_paths(self) -> list[str]:
        return [path for path, state in self.states.items() if state.open_source is not None]


def _changes(
    path: str,
    before: dict[str, tuple[bytes, StatementFacts]],
    after: dict[str, tuple[bytes, StatementFacts]],
    before_texts: dict[str, int],
    after_texts: dict[str, int],
) -> set[Dependency]:
    """What an edit changed: bodies by anchor, and the file's facts where they mean something else now."""
    if before_texts == after_texts:
        return set()
    if not before:
        return {("facts", path), *(("body", path, anchor) for anchor in _differing(before_texts, after_texts))}
    changed: set[Dependency] = set()
    for anchor in _differing(before_texts, after_texts):
        changed.add(("body", path, anchor))
        old, new = before.get(anchor), after.get(anchor)
        if (old or new) and not same_meaning(old[1] if old else StatementFacts(), new[1] if new else StatementFacts()):
            changed.add(("facts", path))
    return changed


def _differing(before: dict[str, int], after: dict[str, int]) -> Iterable[str]:
    return [anchor for anchor in {*before, *after} if before.get(anchor) != after.get(anchor)]
