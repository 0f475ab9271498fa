"""How far two accounts of one program agree, kind by kind, and what they disagree about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .facts import KINDS, Facts

BARE = frozenset({"models", "foreign keys", "relationships"})
"""Kinds of which there is nothing to say but that they are there."""

MISSING = object()
"""Stands for what one side does not say."""


@dataclass(frozen=True)
class Disagreement:
    """One thing that the two sides say differently, or that only one says."""

    program: str
    kind: str
    name: str
    expected: Any
    """What SQLAlchemy says; MISSING where it says nothing."""
    got: Any
    """What our graph says; MISSING where it says nothing."""

    def __str__(self) -> str:
        if self.got is MISSING:
            said = "not found" if self._bare(self.expected) else f"not known, is {self.expected!r}"
        elif self.expected is MISSING:
            said = "not there" if self._bare(self.got) else f"not there, we say {self.got!r}"
        else:
            said = f"we say {self.got!r}, is {self.expected!r}"
        return f"{self.kind}: {self.name}: {said}"

    def _bare(self, value: Any) -> bool:
        return self.kind in BARE or (self.kind == "tables" and value is True)


@dataclass
class Score:
    """The counts of one kind of fact."""

    right: int = 0
    expected: int = 0
    got: int = 0

    @property
    def precision(self) -> float:
        """Of what we say, how much is so (1 where we say nothing)."""
        return self.right / self.got if self.got else 1.0

    @property
    def recall(self) -> float:
        """Of what is so, how much we say (1 where there is nothing to say)."""
        return self.right / self.expected if self.expected else 1.0

    def add(self, other: Score) -> None:
        self.right += other.right
        self.expected += other.expected
        self.got += other.got


@dataclass
class Agreement:
    """The comparison of one program."""

    program: str
    scores: dict[str, Score] = field(default_factory=lambda: {kind: Score() for kind in KINDS})
    disagreements: list[Disagreement] = field(default_factory=list)


def compare(program: str, expected: Facts, got: Facts) -> Agreement:
    """Compare what SQLAlchemy says (`expected`) with what our graph says (`got`)."""
    agreement = Agreement(program)
    for kind in KINDS:
        is_so, we_say = expected[kind], got[kind]
        right = sum(name in we_say and we_say[name] == value for name, value in is_so.items())
        agreement.scores[kind] = Score(right, len(is_so), len(we_say))
        for name in sorted(is_so.keys() | we_say.keys()):
            pair = is_so.get(name, MISSING), we_say.get(name, MISSING)
            if pair[0] is MISSING or pair[1] is MISSING or pair[0] != pair[1]:
                agreement.disagreements.append(Disagreement(program, kind, name, *pair))
    return agreement


def total(agreements: Iterable[Agreement]) -> dict[str, Score]:
    """The scores of several programs together."""
    scores = {kind: Score() for kind in KINDS}
    for agreement in agreements:
        for kind, score in agreement.scores.items():
            scores[kind].add(score)
    return scores


def table(scores: Mapping[str, Score]) -> Iterator[str]:
    """Lines of a table: how many facts, how many of ours are so, how many of them we know."""
    yield f"{'':16}{'SQLAlchemy':>10}{'ours':>7}{'right':>7}{'precision':>11}{'recall':>9}"
    for kind, score in scores.items():
        if score.expected or score.got:
            shares = f"{_percent(score.precision):>11}{_percent(score.recall):>9}"
            yield f"{kind:16}{score.expected:>10}{score.got:>7}{score.right:>7}{shares}"


def _percent(share: float) -> str:
    # Rounded down: 100 % is said only of all.
    return f"{int(share * 1000) / 10:.1f} %"


def brief(disagreements: Iterable[Disagreement]) -> Iterator[Disagreement]:
    """The disagreements without those that hang on another: on a missing model, column or relationship."""
    owners: set[str] = set()
    for each in disagreements:
        one_sided = each.got is MISSING or each.expected is MISSING
        if one_sided and any(each.name.startswith(owner) for owner in _owners(each.name) & owners):
            continue
        yield each
        if one_sided and each.kind in ("models", "tables", "columns", "relationships"):
            owners.add(each.name)


def _owners(name: str) -> set[str]:
    """The names that this one hangs on: `m:C.a -> t.c` on `m:C.a` and `m:C`."""
    head = name.split(" -> ")[0]
    module, _, rest = head.rpartition(":")
    owner = rest.split(".")[0]
    return {head, f"{module}:{owner}" if module else head.rsplit(".", 1)[0]}
