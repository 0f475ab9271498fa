"""What a person may write where rules are meant, and the rule codes that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from sqlassay.config.errors import Refused, nearest
from sqlassay.rules import base

ALL = "ALL"

# How narrow a selector is: where two speak about one rule, the narrower decides.
_EVERYTHING, _PRESET, _CATEGORY, _PREFIX, _RULE = 0, 1, 2, 3, 100


class Selector(Struct, frozen=True):
    """`codes` are those of the rules it stands for; a higher `narrowness` wins over a lower one."""

    text: str
    narrowness: int
    codes: frozenset[str]


@lru_cache(maxsize=8)
def _known(rules: tuple[base.Rule, ...]) -> dict[str, Selector]:
    """Every selector but the code prefixes, by its case-folded text."""
    metas = [each.meta for each in rules]
    known = [Selector(ALL, _EVERYTHING, frozenset(meta.code for meta in metas))]
    for preset in base.PRESETS:
        codes = frozenset(meta.code for meta in metas if preset in meta.presets)
        known.append(Selector(preset, _PRESET, codes))
    for category in sorted({meta.category for meta in metas}):
        codes = frozenset(meta.code for meta in metas if meta.category == category)
        known.append(Selector(category, _CATEGORY, codes))
    for meta in metas:
        only = frozenset({meta.code})
        known += [Selector(meta.code, _RULE, only), Selector(meta.name, _RULE, only)]
    return {each.text.casefold(): each for each in known}


def known_words() -> list[str]:
    """Every selector there is but the code prefixes, as written."""
    return [each.text for each in _known(base.all_rules()).values()]


def parse(text: str) -> Selector:
    """What `text` stands for: a code, a name, a code prefix, a category, a preset or ALL, in any case.

    Raises Refused, with the nearest selector there is.
    """
    known = _known(base.all_rules())
    folded = text.strip().casefold()
    if folded in known:
        return known[folded]
    prefix = folded.upper()
    codes = frozenset(code for code in known[ALL.casefold()].codes if code.startswith(prefix))
    # "ALC" and "ALC6" are prefixes; "A" would be a slip of the finger.
    if codes and len(prefix) >= len("ALC"):
        return Selector(text, _PREFIX + len(prefix), codes)
    raise Refused(f'no rule, category or preset is called "{text}"{nearest(text, known_words())}', element=text)


def parse_all(texts: Iterable[str]) -> tuple[Selector, ...]:
    return tuple(map(parse, texts))


def resolve(start: Iterable[str], select: Iterable[Selector], ignore: Iterable[Selector]) -> frozenset[str]:
    """`start` with what `select` adds and `ignore` takes away, the narrower selector deciding, `ignore` on a draw."""
    codes = set(start)
    steps = [(each.narrowness, 0, each) for each in select] + [(each.narrowness, 1, each) for each in ignore]
    for _, taken, each in sorted(steps, key=lambda step: step[:2]):
        if taken:
            codes -= each.codes
        else:
            codes |= each.codes
    return frozenset(codes)


def spread(values: Mapping[str, str]) -> dict[str, str]:
    """A table of selectors as a table of rule codes, the narrower selector deciding."""
    parsed = sorted(((parse(text), value) for text, value in values.items()), key=lambda pair: pair[0].narrowness)
    return {code: value for selector, value in parsed for code in sorted(selector.codes)}
