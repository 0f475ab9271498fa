"""Each finding with its code, the places that prove it, and what repairs it."""

from __future__ import annotations

import re
import unicodedata
from typing import TextIO

from sqlassay.cli.formats.concise import write_summary
from sqlassay.cli.outcome import Entry, Outcome, Spot
from sqlassay.cli.style import SEVERITY_COLOURS, Style

_CONTEXT = 2
"""Lines shown above a finding."""
_WIDEST = 160
_TAB = "    "
# Control and direction characters: what would steer the terminal, or show the code in another order than it has.
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_SAFETY = {True: "`sqlassay fix` does it", False: "`sqlassay fix --unsafe` does it; look at the result"}


def write(outcome: Outcome, out: TextIO, style: Style) -> None:
    for entry in outcome.entries:
        out.write(_block(entry, style) + "\n\n")
    write_summary(outcome, out, style)


def _block(entry: Entry, style: Style) -> str:
    finding = entry.finding
    colour = SEVERITY_COLOURS[finding.severity.value]
    label = style.paint(f"{finding.severity.value}[{finding.code}]", colour, "bold")
    lines = [f"{label}: {style.paint(finding.message, 'bold')} ({finding.name})"]
    spots = [entry.spot, *(spot for spot, _ in entry.related)]
    gutter = max(len(str(spot.range()[0][0] + 1)) for spot in spots)
    lines += _frame(entry.spot, "-->", "^", "", colour, gutter, style)
    for spot, message in entry.related:
        lines += _frame(spot, ":::", "-", message, "blue", gutter, style)
    if finding.fix is not None:
        lines.append(f"{style.paint('help', 'cyan', 'bold')}: {finding.fix.title} ({_SAFETY[finding.fix.safe]})")
    return "\n".join(lines)


def _frame(spot: Spot, arrow: str, mark: str, said: str, colour: str, gutter: int, style: Style) -> list[str]:
    """The place with its line, marked, and for the finding itself the lines above it."""

    def edge(number: str = "", text: str = "") -> str:
        return f"{style.paint(f'{number:>{gutter}} |', 'blue')}{' ' if text else ''}{text}"

    head = f"{' ' * gutter}{style.paint(arrow, 'blue')} {spot.head()}"
    if spot.source is None:
        return [head, edge(text=said)]
    (line, start), (last, end) = spot.range("utf-32")
    above = _CONTEXT if mark == "^" else 0
    lines = [head, edge()]
    shown_above = ((number, spot.source.line_text(number)) for number in range(max(0, line - above), line))
    lines += [edge(str(number + 1), _visible(text)[:_WIDEST]) for number, text in shown_above]
    text = spot.source.line_text(line)
    until = end if last == line else len(text)
    shown, blanks, marks = _marked(text, start, max(until, start + 1), mark)
    lines.append(edge(str(line + 1), shown))
    lines.append(edge(text=blanks + style.paint(marks + (f" {said}" if said else ""), colour)))
    return [*lines, edge()]


def _marked(text: str, start: int, end: int, mark: str) -> tuple[str, str, str]:
    """A line as a terminal shows it, and what goes under it: blanks, then marks below `start` to `end`."""
    if len(text) > _WIDEST:
        # A line that long is cut so that what is found in it stays in sight.
        first = max(0, min(start - _WIDEST // 4, len(text) - _WIDEST))
        cut = "…" if first else ""
        text = cut + text[first : first + _WIDEST] + ("…" if first + _WIDEST < len(text) else "")
        start, end = start - first + len(cut), min(end - first + len(cut), len(text))
    before, within = _visible(text[:start]), _visible(text[start:end])
    return before + within + _visible(text[end:]), " " * _width(before), mark * max(_width(within), 1)


def _visible(text: str) -> str:
    """Tabs as blanks, and what would steer the terminal as a replacement character."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", _TAB))


def _width(text: str) -> int:
    """Columns on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
