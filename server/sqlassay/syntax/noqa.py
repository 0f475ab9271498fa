"""Where a `# noqa` comment can stand, and what it must say."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlassay.syntax.source import SourceText, TextEdit

# A literal may hold `#`, and a line that ends inside one, or with a backslash, has no room for a comment.
_TOKEN = re.compile(
    rb"(?P<comment>#[^\r\n]*)"
    rb'|(?P<string>"""(?:[^"\\]|\\.|"(?!""))*(?:"""|(?P<endless>\Z))'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*(?:'''|(?P<endless_too>\Z))"
    rb'|"(?:[^"\\\r\n]|\\(?:\r\n|.))*"?'
    rb"|'(?:[^'\\\r\n]|\\(?:\r\n|.))*'?)"
    rb"|(?P<continued>\\(?:\r\n|\r|\n))",
    re.DOTALL,
)
_NOQA = re.compile(rb"#[ \t]*noqa[ \t]*(?P<colon>:[ \t]*)?", re.IGNORECASE)


class Room:
    """The lines of a text that a comment can be added to."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self._taken: set[int] = set()
        self._comments: dict[int, int] = {}
        for match in _TOKEN.finditer(source.data):
            first = source.line_at(match.start())
            if match["comment"] is not None:
                self._comments[first] = match.start()
                continue
            endless = match["endless"] is not None or match["endless_too"] is not None
            self._taken.update(range(first, source.line_count if endless else source.line_at(match.end())))

    def line_for(self, offset: int) -> int | None:
        """The first line, from the one of the byte `offset` on, that a comment can end; None where there is none."""
        line = self.source.line_at(offset)
        while line in self._taken:
            line += 1
        return line if line < self.source.line_count else None

    def edit(self, line: int, codes: Iterable[str]) -> TextEdit:
        """What makes the line ignore these rules, besides those that it ignores already."""
        start, end = self.source.line_span(line)
        listed = ", ".join(sorted(set(codes)))
        comment = self._comments.get(line)
        existing = _NOQA.search(self.source.data, comment, end) if comment is not None else None
        if existing is not None:
            # Before what is listed: after it there may be a person's words.
            if existing["colon"]:
                return TextEdit(existing.end(), existing.end(), f"{listed}, ")
            return TextEdit(existing.end(), existing.end(), f": {listed}")
        content = start + len(self.source.data[start:end].rstrip())
        return TextEdit(content, end, f"  # noqa: {listed}")


def silencing(source: SourceText, findings: Iterable[tuple[int, str]]) -> list[TextEdit]:
    """The edits that silence findings, each given as a byte offset and a code. Those without room are left out."""
    room = Room(source)
    codes: dict[int, set[str]] = {}
    for offset, code in findings:
        line = room.line_for(offset)
        if line is not None:
            codes.setdefault(line, set()).add(code)
    return [room.edit(line, wanted) for line, wanted in sorted(codes.items())]
