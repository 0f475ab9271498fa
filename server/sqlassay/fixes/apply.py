"""Fixes become text edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import libcst as cst
from msgspec import Struct, field

from sqlassay.fixes import imports, statements
from sqlassay.fixes.calls import add_keyword, extend_keyword, remove_keyword, set_keyword
from sqlassay.fixes.files import TOO_DEEP, CannotFix, Files
from sqlassay.fixes.imports import IMPORT_OPS, ImportOp
from sqlassay.fixes.locate import spot_at, statement_at
from sqlassay.fixes.ops import (
    AddImport,
    AddKeyword,
    AnyOp,
    ChainCall,
    ExtendKeyword,
    Fix,
    Insert,
    MoveImport,
    RemoveKeyword,
    Replace,
    ReplaceStatement,
    SetKeyword,
    TextChange,
    Transform,
)
from sqlassay.fixes.rewrites import Rewrites
from sqlassay.syntax.parser import ParsedModule, Parser
from sqlassay.syntax.source import TextEdit, apply_edits

__all__ = ["Applied", "CannotFix", "Files", "apply_all", "edits_for"]

Edits = dict[str, list[TextEdit]]
"""By path. They speak of the files as they are, overlap nowhere, and are sorted."""


class Applied(Struct):
    """What came of several fixes. Numbers are those of the fixes in the order in which they were given."""

    edits: Edits
    taken: list[int] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    """They change what another fix changes: try them again on the new text."""
    refused: dict[int, str] = field(default_factory=dict)
    """They cannot be made, and why."""


def edits_for(fix: Fix, files: Files) -> Edits:
    """The edits that make one fix, in bytes of each file. No edits where everything is as it should be already.

    Raises CannotFix where the fix would lose a comment, would not parse, or does not fit the code (any more).
    """
    applied = apply_all([fix], files)
    if applied.refused:
        raise CannotFix(applied.refused[0])
    return applied.edits


def apply_all(fixes: Iterable[Fix], files: Files) -> Applied:
    """Make as many of the fixes as can be made together, the first ones first.

    A fix that overlaps or touches the change of an earlier one is skipped; imports are merged over all that are taken.
    """
    batch = _Batch(files)
    refused: dict[int, str] = {}
    skipped: list[int] = []
    for number, fix in enumerate(fixes):
        try:
            if not batch.take(number, fix):
                skipped.append(number)
        except CannotFix as refusal:
            refused[number] = refusal.reason
    edits = batch.edits(skipped, refused)
    return Applied(edits, [*batch.taken], sorted(skipped), refused)


class _Work(Struct):
    """What fixes do to one file."""

    edits: list[TextEdit] = field(default_factory=list)
    """All but those of imports."""
    blocks: list[tuple[int, int]] = field(default_factory=list)
    """Lines that are changed as a whole, whatever little of them an edit says."""
    imports: list[ImportOp] = field(default_factory=list)
    uses: list[int] = field(default_factory=list)
    """Where in the file the imported names will be used."""


class _Batch:
    def __init__(self, files: Files) -> None:
        self.files = files
        self.parser = Parser()
        self.taken: dict[int, dict[str, _Work]] = {}
        """By the number of the fix and the path of the file."""
        self.changed: dict[str, list[tuple[int, int]]] = {}

    def take(self, number: int, fix: Fix) -> bool:
        """Add a fix; False if another fix is in its way. Raises CannotFix, and is as it was then."""
        try:
            own = {path: _work(self.files.module(path), ops) for path, ops in _by_path(fix.ops).items()}
            for path, work in own.items():
                self._check(self.files.module(path), _in_order(work.edits))
        except RecursionError:
            raise CannotFix(TOO_DEEP) from None
        if any(_touch(self.changed.get(path, []), _spans(work)) for path, work in own.items()):
            return False
        for path, work in own.items():
            self.changed.setdefault(path, []).extend(_spans(work))
        self.taken[number] = own
        return True

    def edits(self, skipped: list[int], refused: dict[int, str]) -> Edits:
        """The edits of all fixes that were taken. Where they do not go together, the last ones are skipped instead.

        One that cannot be made even alone is refused.
        """
        while True:
            paths = dict.fromkeys(path for own in self.taken.values() for path in own)
            try:
                found = {
                    path: self._final(path, [own[path] for own in self.taken.values() if path in own]) for path in paths
                }
            except CannotFix as refusal:
                number, _ = self.taken.popitem()
                if self.taken:
                    skipped.append(number)
                else:
                    refused[number] = refusal.reason
            else:
                return {path: edits for path, edits in found.items() if edits}

    def _final(self, path: str, works: Sequence[_Work]) -> list[TextEdit]:
        """The edits of some works on a file, imports and all. Raises CannotFix where they do not go together."""
        module = self.files.module(path)
        edits = _in_order(edit for work in works for edit in work.edits)
        # The same import is asked for by one fix after the other.
        asked = [*{_said(op): op for work in works for op in work.imports}.values()]
        if asked:
            after = self._parsed(module, edits) if edits else module
            uses = [use for work in works for use in work.uses]
            limit = min((spot_at(module, use, use).top.start for use in uses), default=len(module.source.data))
            # First, so that an import goes above whatever else is put at the same place.
            edits = _in_order(imports.import_edits(path, module, after, asked, limit) + edits)
        self._check(module, edits)
        return edits

    def _parsed(self, module: ParsedModule, edits: Sequence[TextEdit]) -> ParsedModule:
        return self.parser.parse(apply_edits(module.source, edits), module)

    def _check(self, module: ParsedModule, edits: Sequence[TextEdit]) -> None:
        """A last look with the other parser: a fix leaves no more broken statements than it found."""
        if not edits:
            return
        after = self._parsed(module, edits)
        if sum(top.broken for top in after.statements) > sum(top.broken for top in module.statements):
            raise CannotFix("the new code would not parse")


def _said(op: ImportOp) -> tuple[object, ...]:
    """What an import operation asks for. Only a move is about a place."""
    return (type(op), op.module, op.name, op.at if isinstance(op, MoveImport) else None)


def _by_path(ops: Iterable[AnyOp]) -> dict[str, list[AnyOp]]:
    found: dict[str, list[AnyOp]] = {}
    for op in ops:
        found.setdefault(op.at.path, []).append(op)
    return found


def _in_order(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """Sorted, one after the other; insertions at one place are one edit. Raises CannotFix where two overlap."""
    found: list[TextEdit] = []
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        last = found[-1] if found else None
        if last is not None and last.end > edit.start:
            raise CannotFix("two changes of the same code")
        if last is not None and last.start == last.end == edit.start:
            found[-1] = TextEdit(last.start, edit.end, last.text + edit.text)
        else:
            found.append(edit)
    return found


def _spans(work: _Work) -> list[tuple[int, int]]:
    return [*((edit.start, edit.end) for edit in work.edits), *work.blocks]


def _touch(some: Iterable[tuple[int, int]], others: Sequence[tuple[int, int]]) -> bool:
    return any(start <= other_end and other_start <= end for start, end in some for other_start, other_end in others)


# --------------------------------------------------------------- one file's ops


def _work(module: ParsedModule, ops: Sequence[AnyOp]) -> _Work:
    """What some operations of one fix do to one file. Raises CannotFix."""
    work = _Work()
    rewrites = Rewrites(module)
    adds: list[AddImport] = []
    for op in ops:
        if isinstance(op, AddImport):
            adds.append(op)
        elif isinstance(op, IMPORT_OPS):
            if isinstance(op, MoveImport):
                _span(module, op)
            work.imports.append(op)
        else:
            start, end = _span(module, op)
            if not isinstance(op, TextChange):
                work.uses.append(_use(module, op, start, end))
            work.edits += _OPERATIONS[type(op)](module, rewrites, op, start, end)
    if _touch(_spans(work), rewrites.blocks):
        raise CannotFix("two changes of the same code")
    work.edits += rewrites.edits()
    work.blocks = rewrites.blocks
    if not adds:
        work.uses.clear()
    work.imports += imports.needed(module, adds, work.uses)
    return work


def _span(module: ParsedModule, op: AnyOp) -> tuple[int, int]:
    try:
        return module.resolve(op.at)
    except KeyError:
        raise CannotFix("the statement is not there any more") from None


def _use(module: ParsedModule, op: AnyOp, start: int, end: int) -> int:
    """A byte of the file in the scope in which the operation's new code will stand."""
    if isinstance(op, Insert) and op.where in ("first", "last"):
        inside = statement_at(module, start, end).inside()
        return inside[0][0] if inside else start
    return start


def _call_op(make: Callable[[Any, cst.Call], cst.Call]) -> Operation:
    def run(module: ParsedModule, rewrites: Rewrites, op: Any, start: int, end: int) -> list[TextEdit]:
        del module
        rewrites.call(start, end, lambda call: make(op, call))
        return []

    return run


def _replace(module: ParsedModule, rewrites: Rewrites, op: Replace, start: int, end: int) -> list[TextEdit]:
    if any(part.path != op.at.path for part in op.parts):
        raise CannotFix("a part of the new code is in another file")
    try:
        parts = tuple(module.resolve(part) for part in op.parts)
    except KeyError:
        raise CannotFix("the statement is not there any more") from None
    rewrites.replace(start, end, op.template, parts)
    return []


def _chain_call(module: ParsedModule, rewrites: Rewrites, op: ChainCall, start: int, end: int) -> list[TextEdit]:
    del module
    rewrites.chain(start, end, op)
    return []


def _transform(module: ParsedModule, rewrites: Rewrites, op: Transform, start: int, end: int) -> list[TextEdit]:
    del module
    rewrites.transform(start, end, op.name, op.args)
    return []


def _insert(module: ParsedModule, rewrites: Rewrites, op: Insert, start: int, end: int) -> list[TextEdit]:
    del rewrites
    return statements.insert(module, statement_at(module, start, end), op.code, op.where)


def _replace_statement(
    module: ParsedModule, rewrites: Rewrites, op: ReplaceStatement, start: int, end: int
) -> list[TextEdit]:
    del rewrites
    return statements.replace(module, statement_at(module, start, end), op.code)


def _text_change(module: ParsedModule, rewrites: Rewrites, op: TextChange, start: int, end: int) -> list[TextEdit]:
    del module, rewrites
    return [TextEdit(start, end, op.text)]


Operation = Callable[[ParsedModule, Rewrites, Any, int, int], list[TextEdit]]
"""Gives edits, or asks `rewrites` for some."""

_OPERATIONS: dict[type[AnyOp], Operation] = {
    AddKeyword: _call_op(lambda op, call: add_keyword(call, op.name, op.value)),
    RemoveKeyword: _call_op(lambda op, call: remove_keyword(call, op.name)),
    SetKeyword: _call_op(lambda op, call: set_keyword(call, op.name, op.value)),
    ExtendKeyword: _call_op(lambda op, call: extend_keyword(call, op.name, op.value)),
    ChainCall: _chain_call,
    Replace: _replace,
    Transform: _transform,
    Insert: _insert,
    ReplaceStatement: _replace_statement,
    TextChange: _text_change,
}
