"""The disagreements that are known and explained: explained.toml."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .agreement import Disagreement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True)
class Explanation:
    """Why we cannot agree about something. `name` may hold `*`; `kinds` is `*` for all."""

    program: str
    kinds: tuple[str, ...]
    name: str
    reason: str

    def covers(self, each: Disagreement) -> bool:
        """Whether this explains a disagreement."""
        in_kind = self.kinds == ("*",) or each.kind in self.kinds
        return in_kind and each.program == self.program and fnmatchcase(each.name, self.name)


def load() -> list[Explanation]:
    """All explanations."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [
        Explanation(each["program"], tuple(each["kinds"]), each["name"], each["reason"])
        for each in read.get("explained", [])
    ]


def judge(programs: Iterable[str], found: Iterable[Disagreement]) -> tuple[list[Disagreement], list[Explanation]]:
    """The disagreements that nothing explains, and the explanations (of these programs) that explain nothing."""
    explanations = [each for each in load() if each.program in set(programs)]
    used: set[Explanation] = set()
    unexplained = []
    for disagreement in found:
        covering = [each for each in explanations if each.covers(disagreement)]
        used.update(covering)
        if not covering:
            unexplained.append(disagreement)
    return unexplained, [each for each in explanations if each not in used]
