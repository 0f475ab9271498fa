"""Answers worth keeping until what they were made from changes.

Every answer knows what was read to make it: facts of files, bodies of functions. `forget` drops the answers that an
edit touches and no others, so that a keystroke pays only for what looked at what it changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

Dependency = tuple[str, ...]
"""("facts", path) or ("body", path, anchor)"""

_NOTHING: frozenset[Dependency] = frozenset()


class Memo:
    """Memoised answers by key; keys are tuples that begin with their purpose."""

    def __init__(self, recording: bool) -> None:
        self.entries: dict[Hashable, tuple[Any, frozenset[Dependency]]] = {}
        self.recording = recording
        """Whether dependencies are kept. A one-shot check has no use for them."""
        self._stack: list[set[Dependency]] = []

    def of(self, key: Hashable, compute: Callable[[], Any], provisional: Any = None) -> Any:
        """The answer for `key`, computed when it is not known. A cycle through it sees `provisional`."""
        entry = self.entries.get(key)
        if entry is not None:
            if self._stack:
                self._stack[-1].update(entry[1])
            return entry[0]
        self.entries[key] = (provisional, _NOTHING)
        if not self.recording:
            try:
                value = compute()
            except BaseException:
                del self.entries[key]
                raise
            self.entries[key] = (value, _NOTHING)
            return value
        mine: set[Dependency] = set()
        self._stack.append(mine)
        try:
            value = compute()
        except BaseException:
            del self.entries[key]
            raise
        finally:
            self._stack.pop()
            if self._stack:
                self._stack[-1].update(mine)
        self.entries[key] = (value, frozenset(mine))
        return value

    def provisional(self, key: Hashable, value: Any) -> None:
        """What a cycle through `key` sees from now on, while it is still being computed."""
        self.entries[key] = (value, _NOTHING)

    def read(self, dependency: Dependency) -> None:
        """Something was looked at: whatever is being computed depends on it."""
        if self._stack:
            self._stack[-1].add(dependency)

    def watching(self, work: Callable[[], None]) -> frozenset[Dependency]:
        """Do some work and say what it looked at."""
        mine: set[Dependency] = set()
        self._stack.append(mine)
        try:
            work()
        finally:
            self._stack.pop()
        return frozenset(mine)

    def forget(self, changed: Iterable[Dependency]) -> None:
        """Drop every answer that was made from something that changed."""
        gone = frozenset(changed)
        if gone:
            self.entries = {key: entry for key, entry in self.entries.items() if gone.isdisjoint(entry[1])}

    def clear(self) -> None:
        self.entries.clear()
