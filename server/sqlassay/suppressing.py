"""Findings a comment silences, and comments that silence nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from sqlassay.config import Settings
from sqlassay.findings import Finding
from sqlassay.fixes.ops import Fix, TextChange
from sqlassay.rules.base import Rule, all_rules, rules_by_name
from sqlassay.syntax.comments import Suppressions, Unused
from sqlassay.syntax.parser import ParsedModule
from sqlassay.syntax.place import Place

UNUSED = "ALC001"


def suppressed(
    parsed: ParsedModule, path: str, findings: list[Finding], settings: Settings, ran: tuple[Rule, ...]
) -> tuple[list[Finding], int]:
    """The findings that stay, with one for each unused suppression, by position; and how many were silenced.

    `ran` are the rules that looked at the file: a suppression of another one may yet be of use. None where a rule
    failed: what it did not say may be what a comment silences.
    """
    if not parsed.comments:
        return findings, 0
    suppressions = Suppressions(parsed, _called(all_rules()))
    stay = [each for each in findings if not suppressions.match(each.start, each.end, each.code, each.name)]
    count = len(findings) - len(stay)
    if any(each.meta.code == UNUSED for each in ran):
        stay += _unused(parsed, path, suppressions, settings, ran)
        stay.sort(key=lambda each: (each.start, each.end, each.code, each.message))
    return stay, count


def _unused(
    parsed: ParsedModule, path: str, suppressions: Suppressions, settings: Settings, ran: tuple[Rule, ...]
) -> Iterator[Finding]:
    for each in suppressions.unused(_called(ran)):
        if _is_broken(parsed, each):
            continue
        codes = each.codes
        whole = each.suppression.codes is None or len(codes) == len(each.suppression.codes)
        start = each.suppression.start if whole else codes[0].start
        end = each.suppression.end if whole else codes[-1].end
        yield Finding(
            UNUSED,
            rules_by_name()[UNUSED].meta.name,
            settings.severity(UNUSED),
            _message(each),
            path,
            start,
            start + len(parsed.source.data[start:end].rstrip()),
            fix=_fix(parsed, path, each, whole),
            tags=("unnecessary",),
        )


@lru_cache(maxsize=32)
def _called(rules: tuple[Rule, ...]) -> frozenset[str]:
    """All that a comment may call these rules: codes, their beginnings, names."""
    found: set[str] = set()
    for each in rules:
        found.add(each.meta.name)
        found.update(each.meta.code[:length] for length in range(len("ALC"), len(each.meta.code) + 1))
    return frozenset(found)


def _is_broken(parsed: ParsedModule, unused: Unused) -> bool:
    """Whether the suppression stands where something does not parse, so that nothing was looked for there."""
    if unused.suppression.kind == "ignore-file":
        return parsed.broken
    line = parsed.source.line_at(unused.suppression.start)
    start, end = parsed.source.line_span(line)
    return any(each.broken for each in parsed.statements if each.start <= end and start <= each.end)


def _message(unused: Unused) -> str:
    where = "in this file" if unused.suppression.kind == "ignore-file" else "here"
    if not unused.codes:
        return f"This comment silences nothing: no rule has anything to say {where}. Remove it."
    names = ", ".join(f"`{each.text}`" for each in unused.codes)
    known = _called(all_rules())
    if not any({each.text.upper(), each.text.lower()} & known for each in unused.codes):
        return f"This comment silences nothing: there is no rule {names}. Remove it."
    return f"This comment silences nothing: {names} has nothing to say {where}. Remove it."


def _fix(parsed: ParsedModule, path: str, unused: Unused, whole: bool) -> Fix | None:
    ops = [_removal(parsed, path, start, end) for start, end in unused.remove]
    title = "Remove the comment" if whole else f"Remove {', '.join(f'`{each.text}`' for each in unused.codes)}"
    found = tuple(each for each in ops if each is not None)
    return Fix(title, True, found) if found else None


def _removal(parsed: ParsedModule, path: str, start: int, end: int) -> TextChange | None:
    """Bytes to take out, as counted from a statement nearby; None in a file without any."""
    if not parsed.statements:
        return None
    index = bisect_right(parsed.statements, start, key=lambda each: each.start)
    near = parsed.statements[max(index - 1, 0)]
    return TextChange(Place(path, near.anchor, start - near.start, end - near.start), "")
