"""Comments that silence findings, what each of them reaches, and which of them silence nothing.

`# noqa` is shared with other tools: codes that are not ours are theirs, and a bare one may be there for them.
`# sqlassay: ignore[...]` and, on a line of its own, `# sqlassay: ignore-file[...]` are ours alone.
Offsets are bytes from the start of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterator
from typing import Literal

from msgspec import Struct

from sqlassay.syntax import layout, nodes
from sqlassay.syntax.parser import Comment, ParsedModule

Kind = Literal["noqa", "ignore", "ignore-file"]

_OWN_CODE = re.compile(r"ALC\d*", re.IGNORECASE)
_WORD = r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*"
_CODE = r"[A-Za-z]+[0-9]+"
_NOQA = re.compile(
    # Between codes a blank is enough, as flake8 has it. A word after a blank is a person's.
    rf"\#\s*noqa(?![-\w])(?:\s*:[ \t]*(?P<codes>{_WORD}(?:\s*,\s*{_WORD}|[ \t]+{_CODE}\b(?!-))*))?",
    re.IGNORECASE,
)
_IGNORE = re.compile(
    r"\#\s*sqlassay:\s*(?P<kind>ignore-file|ignore)\b(?!-)(?:\s*\[(?P<codes>[^\]\#]*)\])?", re.IGNORECASE
)
_KINDS: dict[str | None, Kind] = {None: "noqa", "ignore": "ignore", "ignore-file": "ignore-file"}
_ITEM = re.compile(_WORD)


class Code(Struct, frozen=True):
    """A code or rule name in a suppression, as written, and where. `ours` is False where it is another tool's."""

    text: str
    start: int
    end: int
    ours: bool


class Suppression(Struct, frozen=True):
    """One directive. `start` and `end` hold all of it, a reason written after it included."""

    kind: Kind
    codes: tuple[Code, ...] | None
    """None: everything is silenced."""
    start: int
    end: int
    comment: tuple[int, int]
    """The comment that it stands in: it may not be alone there."""


class Unused(Struct, frozen=True):
    """A suppression, or some codes of it, that silenced nothing."""

    suppression: Suppression
    codes: tuple[Code, ...]
    """The codes that silenced nothing; none for a suppression without codes."""
    remove: tuple[tuple[int, int], ...]
    """What to delete, in order: all of the comment, or the codes in the list that silence nothing."""


class Suppressions:
    """The suppressions of one version of a module, and what they were good for so far."""

    def __init__(self, module: ParsedModule, known: Container[str] = frozenset()) -> None:
        """`known`: the codes and names of all rules. A code that is not of them belongs to another tool."""
        self.module = module
        self.known = known
        self.all = [each for comment in module.comments for each in _directives(comment, known)]
        """In the order in which they stand."""
        self._used: set[tuple[int, str]] = set()
        self._reach = [list(_reach(module, each)) for each in self.all]

    def match(self, start: int, end: int, code: str, name: str) -> bool:
        """Whether a finding is silenced. Remembers which suppressions did it."""
        del end  # a finding stands where it starts
        silenced = False
        for index, suppression in enumerate(self.all):
            if not any(first <= start <= last for first, last in self._reach[index]):
                continue
            if suppression.codes is None:
                self._used.add((index, ""))
                silenced = True
                continue
            for each in suppression.codes:
                if _names(each, suppression.kind, code, name):
                    self._used.add((index, each.text))
                    silenced = True
        return silenced

    def unused(self, ran: Container[str] | None = None) -> list[Unused]:
        """What silenced none of the findings that were asked about.

        `ran`: the codes and names of the rules that looked at the module; a suppression of another one may yet be
        needed. None: all of them did.
        """
        found: list[Unused] = []
        for index, each in enumerate(self.all):
            if each.codes is None:
                if each.kind != "noqa" and (index, "") not in self._used:
                    found.append(Unused(each, (), (_whole(self.module, each),)))
                continue
            idle = tuple(
                code
                for code in each.codes
                if code.ours and (index, code.text) not in self._used and (ran is None or self._ran(code, ran))
            )
            if idle or not each.codes:
                whole = len(idle) == len(each.codes)
                ranges = (_whole(self.module, each),) if whole else tuple(_in_list(each.codes, idle))
                found.append(Unused(each, idle, ranges))
        return found

    def _ran(self, code: Code, ran: Container[str]) -> bool:
        """Whether the rule of a code ran. A code that no rule has silences nothing, whatever ran."""
        return _among(code, ran) or not _among(code, self.known)


def _names(code: Code, kind: Kind, finding_code: str, finding_name: str) -> bool:
    text = code.text
    if text.upper() == finding_code or text.lower() == finding_name:
        return True

    return kind == "noqa" and bool(_OWN_CODE.fullmatch(text)) and finding_code.startswith(text.upper())


def _among(code: Code, rules: Container[str]) -> bool:
    return code.text.upper() in rules or code.text.lower() in rules


# ------------------------------------------------------------------ directives


def _directives(comment: Comment, known: Container[str]) -> Iterator[Suppression]:
    # A comment may hold several, each from its own `#`.
    marks = [match.start() for match in re.finditer("#", comment.text)]
    for mark, following in zip(marks, [*marks[1:], len(comment.text)], strict=True):
        for pattern in (_NOQA, _IGNORE):
            match = pattern.match(comment.text, mark)
            if match:
                yield _directive(comment, match, following, known)


def _directive(comment: Comment, match: re.Match[str], end: int, known: Container[str]) -> Suppression:
    def offset(index: int) -> int:
        return comment.start + len(comment.text[:index].encode("utf-8"))

    written = match.groupdict().get("kind")
    kind = _KINDS[written.lower() if written else None]
    codes: tuple[Code, ...] | None = None
    if match["codes"] is not None:
        first = match.start("codes")
        codes = tuple(
            Code(
                item[0],
                offset(first + item.start()),
                offset(first + item.end()),
                kind != "noqa" or _is_ours(item[0], known),
            )
            for item in _ITEM.finditer(match["codes"])
        )
    return Suppression(kind, codes, offset(match.start()), offset(end), (comment.start, comment.end))


def _is_ours(text: str, known: Container[str]) -> bool:
    return _OWN_CODE.fullmatch(text) is not None or text.lower() in known or text.upper() in known


# ----------------------------------------------------------------------- reach


def _reach(module: ParsedModule, suppression: Suppression) -> Iterator[tuple[int, int]]:
    """The stretches of text in which a suppression acts."""
    source = module.source
    line = source.line_at(suppression.start)
    start, end = source.line_span(line)
    if suppression.kind == "ignore-file":
        if not source.data[start : suppression.comment[0]].strip():
            yield 0, len(source.data)
        return
    yield start, end
    index = bisect_right(module.statements, end, key=lambda each: each.start)
    # Several statements may stand in the line; the last of them may be the end of a long one.
    while index > 0:
        index -= 1
        top = module.statements[index]
        yield from _stretches(module, top.node, top.start, start, end)
        if top.start < start:
            return


def _stretches(module: ParsedModule, node: nodes.Node, base: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The simple statements and the headers, in one statement, that touch the text from `start` to `end`."""
    if base + node.start > end or base + node.end < start:
        return
    bodies = [child for name in _BODIES for child in getattr(node, name, ())]
    if not bodies:
        yield base + node.start, base + node.end
        return
    header_end = _header_end(module, node, base)
    if header_end >= start:
        yield base + node.start, header_end
    for child in bodies:
        yield from _stretches(module, child, base, start, end)


_BODIES = ("body", "handlers", "cases", "orelse", "finalbody")


def _header_end(module: ParsedModule, node: nodes.Node, base: int) -> int:
    """Where the header of a compound statement ends. Decorators are before what is looked at."""
    start = base + (node.name_start if isinstance(node, (nodes.FunctionDef, nodes.ClassDef)) else node.start)
    return layout.extent(module.source.code, start, 0, odd_quotes=False).end


# --------------------------------------------------------------------- removal


def _whole(module: ParsedModule, suppression: Suppression) -> tuple[int, int]:
    """What to delete to be rid of a suppression: with the blanks before it, and with its line if nothing else is."""
    data = module.source.data
    start, end = suppression.start, suppression.end
    if end < suppression.comment[1]:
        return start, end
    line_start, line_end = module.source.line_span(module.source.line_at(start))
    if data[line_start:start].strip():
        return line_start + len(data[line_start:start].rstrip()), line_end
    line = module.source.line_at(start)
    following = module.source.line_starts[line + 1] if line + 1 < module.source.line_count else len(data)
    return line_start, following


def _in_list(codes: tuple[Code, ...], idle: tuple[Code, ...]) -> Iterator[tuple[int, int]]:
    """What to delete to take some codes, not all, out of a list."""
    last_kept = max(index for index, code in enumerate(codes) if code not in idle)
    for index, code in enumerate(codes[:last_kept]):
        if code in idle:
            yield code.start, codes[index + 1].start
    if last_kept < len(codes) - 1:
        yield codes[last_kept].end, codes[-1].end
