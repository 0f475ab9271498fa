"""A module that does not parse, made to: cut into units, each repaired for itself and remembered by its text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterator

from msgspec import Struct

from sqlassay.syntax import layout
from sqlassay.syntax.lowering import Damage
from sqlassay.syntax.repair import SOUND, Patch, Repairer

MAX_REACH = 400
"""How many lines at the margin what is open may run on for."""


class Memory:
    """What one version of a module leaves to the next: things known from a piece of text alone, by that text."""

    __slots__ = ("patches", "scans")

    def __init__(self) -> None:
        self.patches: dict[tuple[bytes, bool], Patch] = {}
        """By the text, and whether a string is open at its end."""
        self.scans: dict[bytes, layout.State] = {}


class Patched(Struct):
    """A text of the length of the one it is for, without what does not parse in that."""

    data: bytes
    spans: list[tuple[int, int, bool]]
    """What was replaced, in order: start, end, and whether it is a header whose block was kept."""

    def damage(self, start: int, end: int) -> Damage | None:
        """What was replaced between two bytes, counted from the first of them."""
        first = bisect_left(self.spans, (start, 0, False))
        statements: dict[int, int] = {}
        headers: dict[int, int] = {}
        for at, until, is_header in self.spans[first:]:
            if at >= end:
                break
            (headers if is_header else statements)[at - start] = until - start
        return Damage(statements, headers) if statements or headers else None


class Pieces:
    """Patches modules. Not thread-safe: one for each thread."""

    def __init__(self) -> None:
        self._repairer = Repairer()

    def patched(self, code: bytes, sound: Container[bytes], known: Memory, memory: Memory) -> Patched:
        """Make a module parse.

        `sound`: texts of statements that do parse. `known`: what the previous version left; `memory`: what this one
        leaves.
        """
        data: list[bytes] = []
        spans: list[tuple[int, int, bool]] = []
        done = 0
        for start, end, state in _units(code, known, memory):
            text = code[start:end]
            key = text, bool(state.quote)
            patch = memory.patches.get(key) or known.patches.get(key)
            if patch is None:
                is_sound = state.is_closed and _statement_of(text) in sound
                patch = SOUND if is_sound else self._repairer.repair(text, bool(state.quote))
            memory.patches[key] = patch
            data += code[done:start], patch.data or text
            done = end
            spans += [(start + at, start + until, False) for at, until in patch.broken.items()]
            spans += [(start + at, start + until, True) for at, until in patch.headers.items()]
        data.append(code[done:])
        return Patched(b"".join(data), sorted(spans))


def _units(code: bytes, known: Memory, memory: Memory) -> Iterator[tuple[int, int, layout.State]]:
    """Start and end of what stands at the margin, each with its decorators and clauses, and what is open at its end."""
    starts = layout.margin(code)
    reach = layout.Reach(code, MAX_REACH)
    after = never_closed = 0
    while after < len(starts):
        first = after
        # Looking for the end of what has none costs: do it less and less.
        reach.lines = MAX_REACH // (1 + never_closed)
        after, state = layout.unit_end(starts, first, reach, known.scans, memory.scans)
        never_closed += not state.is_closed
        yield starts[first], starts[after] if after < len(starts) else len(code), state


def _statement_of(text: bytes) -> bytes:
    """A unit without the comments at the margin that follow it."""
    text = text.rstrip()
    while (line := text.rfind(b"\n")) >= 0 and text.startswith(b"#", line + 1):
        text = text[:line].rstrip()
    return text
