"""Answers worth keeping until what they were made from changes.

Every answer knows what was read to make it: facts of files, bodies of functions, other answers. `forget` drops the
answers that an edit touches and no others, so that a keystroke pays only for what looked at what it changed.

An answer kept with `cut` stops the spreading: after an edit it is made again and compared, and what stands on it stays
where it came out the same. What a name is, and what a model has, rarely changes when its file does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from operator import eq
from typing import Any

from msgspec import Struct

Dependency = tuple[Any, ...]
"""("facts", path), ("body", path, anchor), ("value", key) of a kept answer; and finer ones that `differs` names."""

_NOTHING: frozenset[Dependency] = frozenset()

Differs = Callable[[Any, Any], Iterable[Dependency]]
"""What changed for those who look, given the answer of before and that of now, which are not equal."""


Same = Callable[[Any, Any], bool]
"""Whether the answer of before and that of now come to the same."""


class _Entry(Struct):
    value: Any
    dependencies: frozenset[Dependency]
    again: Callable[[], Any] | None = None
    """How the answer is made, where it is compared after an edit."""
    differs: Differs | None = None
    provisional: Any = None
    same: Same = eq


FLEETING = 4000
"""How many fleeting answers are kept: those that were used last."""


class Memo:
    """Memoised answers by key; keys are tuples that begin with their purpose."""

    def __init__(self, recording: bool) -> None:
        self.entries: dict[Hashable, _Entry] = {}
        self.recording = recording
        """Whether dependencies are kept. A one-shot check has no use for them."""
        self.made = 0
        """How many answers were made so far: what tests of incremental work count."""
        self._stack: list[set[Dependency]] = []
        self._users: dict[Dependency, set[Hashable]] = {}
        """By what was looked at, the answers that may stand on it: an edit then finds them without asking all."""
        self._fleeting: OrderedDict[Hashable, None] = OrderedDict()
        """The keys of fleeting answers, the one used last at the end."""

    def of(
        self,
        key: Hashable,
        compute: Callable[[], Any],
        provisional: Any = None,
        promised: Callable[[], Any] | None = None,
    ) -> Any:
        """The answer for `key`, computed when it is not known. A cycle through it sees `provisional`,
        or what `promised` makes.
        """
        entry = self.entries.get(key)
        if entry is not None:
            if self._stack:
                self._stack[-1].update(entry.dependencies)
            return entry.value
        if promised is not None:
            provisional = promised()
        if not self.recording:
            return self._once(key, compute, provisional)
        mine = self._recorded(key, compute, provisional)
        if self._stack:
            self._stack[-1].update(mine.dependencies)
        return mine.value

    def fleeting(
        self,
        key: Hashable,
        compute: Callable[[], Any],
        provisional: Any = None,
        promised: Callable[[], Any] | None = None,
    ) -> Any:
        """As `of`, for an answer about values that nobody may ever have again: those say where they came from, and
        with each letter that is typed that is another place. Of such answers the last ones are kept.
        """
        found = self.of(key, compute, provisional, promised)
        if self.recording and key in self.entries:
            self._fleeting[key] = None
            self._fleeting.move_to_end(key)
            while len(self._fleeting) > FLEETING:
                oldest = next(iter(self._fleeting))
                self._let_go(oldest, self.entries.pop(oldest, None))
        return found

    def _let_go(self, key: Hashable, entry: _Entry | None) -> None:
        """A fleeting answer is gone. Nobody depends on it: who asked depends on what it was made from."""
        del self._fleeting[key]
        for each in entry.dependencies if entry is not None else ():
            users = self._users.get(each)
            if users is not None:
                users.discard(key)

    def cut(
        self, key: Hashable, compute: Callable[[], Any], provisional: Any = None, differs: Differs | None = None
    ) -> Any:
        """As `of`, but whoever asks depends on the answer alone, not on what it was made from.

        `differs` says what else changes with the answer, for those who look at a part of it.
        """
        if not self.recording:
            entry = self.entries.get(key)
            return entry.value if entry is not None else self._once(key, compute, provisional)
        if self._stack:
            self._stack[-1].add(("value", key))
        entry = self.entries.get(key)
        if entry is None:
            entry = self._recorded(key, compute, provisional)
            entry.again, entry.differs, entry.provisional = compute, differs, provisional
        return entry.value

    def current(self, key: Hashable, read: Callable[[], Any], same: Same) -> Any:
        """What `read` gives now; whoever asks depends on no more of it than `same` compares.

        For what an edit moves without changing it: an answer that is kept would still say where it was. Without edits
        there is nothing to ask here.
        """
        if self._stack:
            self._stack[-1].add(("value", key))
        if key not in self.entries:
            made = self._recorded(key, read, None)
            made.again, made.same = read, same
            return made.value
        with self.apart():
            return read()

    def of_given(self, key: Hashable, given: Any, compute: Callable[[], Any], provisional: Any = None) -> Any:
        """As `of`, for an answer that is made from something in the caller's hands: with another, it is made anew."""
        kept = self.of(key, lambda: (given, compute()), (given, provisional))
        if self.recording and kept[0] is not given and kept[0] != given:
            del self.entries[key]
            kept = self.of(key, lambda: (given, compute()), (given, provisional))
        return kept[1]

    def _once(self, key: Hashable, compute: Callable[[], Any], provisional: Any) -> Any:
        entry = self.entries[key] = _Entry(provisional, _NOTHING)
        try:
            entry.value = compute()
        except BaseException:
            del self.entries[key]
            raise
        return entry.value

    def _recorded(self, key: Hashable, compute: Callable[[], Any], provisional: Any) -> _Entry:
        self.entries[key] = _Entry(provisional, _NOTHING)
        mine: set[Dependency] = set()
        self._stack.append(mine)
        try:
            value = compute()
        except BaseException:
            self.entries.pop(key, None)
            raise
        finally:
            self._stack.pop()
        self.made += 1
        entry = self.entries[key] = _Entry(value, frozenset(mine))
        for each in mine:
            self._users.setdefault(each, set()).add(key)
        return entry

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

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is looked at meanwhile is not the concern of whoever is being computed."""
        self._stack.append(set())
        try:
            yield
        finally:
            self._stack.pop()

    def forget(self, changed: Iterable[Dependency]) -> set[Dependency]:
        """Drop every answer that was made from something that changed, and make those that are compared again.

        Gives all that changed: what was given, and the answers that came out different.
        """
        every = set(changed)
        now = every
        while now:
            stale: list[tuple[Hashable, _Entry]] = []
            for key in {key for each in now for key in self._users.pop(each, ())}:
                entry = self.entries.get(key)
                # It may have been made anew from other things since.
                if entry is not None and not now.isdisjoint(entry.dependencies):
                    del self.entries[key]
                    if entry.again is not None:
                        stale.append((key, entry))
                    elif key in self._fleeting:
                        self._let_go(key, entry)
            # An answer may change a second time: made again while something below it was still as it had been.
            now = self._compare(stale)
            every |= now
        return every

    def _compare(self, stale: list[tuple[Hashable, _Entry]]) -> set[Dependency]:
        """Make answers again; what changed by it."""
        out: set[Dependency] = set()
        for key, before in stale:
            assert before.again is not None
            with self.apart():
                after = self.cut(key, before.again, before.provisional, before.differs)
                self.entries[key].same = before.same
            if before.same(before.value, after):
                # The objects of before are what others hold: keep them the same.
                self.entries[key].value = before.value
                continue
            out.add(("value", key))
            if before.differs is not None:
                out.update(before.differs(before.value, after))
        return out

    def clear(self) -> None:
        self.entries.clear()
        self._users.clear()
        self._fleeting.clear()
