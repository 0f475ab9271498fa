"""What the bare text of a module tells without a parser: where statements and logical lines start and end.

Used only where a module does not parse. Everything here goes by quotes, brackets and indentation, and knows how people
break code: they leave a bracket or a quote open, and the next line starts as if it were closed.
Offsets are bytes.
"""

from __future__ import annotations

import re

from msgspec import Struct

_TOKEN = re.compile(
    # Every alternative starts with a plain character: `re` then runs past all others. The group tells which it was.
    rb'""("[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*""")'
    rb"|''('[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*''')"
    rb'|""(")'
    rb"|''(')"
    rb'|"([^"\\\n]*(?:\\.[^"\\\n]*)*")'
    rb"|'([^'\\\n]*(?:\\.[^'\\\n]*)*')"
    rb'|"([^\n]*)'
    rb"|'([^\n]*)"
    rb"|#([^\n]*)"
    rb"|\(()|\[()|\{()|\)()|\]()|\}()"
    rb"|\\(\r?\n)"
    rb"|\n()",
    re.DOTALL,
)
_TRIPLE, _ENDLESS, _STRING, _UNCLOSED, _COMMENT, _OPEN, _CLOSE, _CONTINUED, _NEWLINE = range(9)
_KINDS = (
    -1,
    *(_TRIPLE, _TRIPLE),
    *(_ENDLESS, _ENDLESS),
    *(_STRING, _STRING),
    *(_UNCLOSED, _UNCLOSED),
    _COMMENT,
    *(_OPEN, _OPEN, _OPEN),
    *(_CLOSE, _CLOSE, _CLOSE),
    _CONTINUED,
    _NEWLINE,
)
"""What each group of `_TOKEN` is."""

_STATEMENT_START = re.compile(
    rb"""(?xm) [ \t\f]* (?:
        (?: async [ \t]+ )? def [ \t]+ \w
      | class [ \t]+ \w+ [ \t]* [(:]
      | import [ \t]+ \w
      | from [ \t]+ [\w.]+ [ \t]+ import \b
      | @ [ \t]* [^\W\d]
      | (?: return | raise | with | while | except | assert | del | global | nonlocal | pass | break | continue ) \b
        (?! [ \t]* [=,)\]}] )
      | (?: try | finally | else ) [ \t]* :
      | (?P<header> (?: if | elif | for | async ) \b [^\n]* : [ \t\r]* (?: \#.* )? $ )
    )"""
)
"""A line that cannot stand inside brackets; a `header` only if it closes none that it did not open."""

_DEFINITION = re.compile(
    rb"""(?xm) [ \t\f]* (?:
        (?: async [ \t]+ )? def [ \t]+ \w+ [ \t]* [(\[]
      | class [ \t]+ \w+ [ \t]* [(:\[]
      | import [ \t]+ [\w.]+ [ \t\r]* (?: , | as\b | $ )
      | from [ \t]+ [\w.]+ [ \t]+ import \b
      | @ [ \t]* [^\W\d]
    )"""
)
"""A line that is seldom in a text for people."""

_AT_MARGIN = re.compile(rb"^\f*(?=[^\s#)\]}])", re.MULTILINE)
_BLANK = re.compile(rb"(?:[ \t\f]*(?:#[^\n]*)?\r?\n)*")
_INDENT = re.compile(rb"[ \t\f]*")
_CLAUSE = re.compile(rb"(?:elif|else|except|finally)\b")
_HAS_CLAUSES = re.compile(rb"(?:async|if|for|while|try)\b")
_DECORATED = re.compile(rb"@|(?:async|def|class)\b")
_HEADER = re.compile(rb"(?:async|class|def|for|if|while|with)\b")
_COLON = ord(":")
_CLOSER = re.compile(rb"[ \t\f]*[)\]}]")


class State(Struct, frozen=True):
    """What is open at the end of a piece of text."""

    depth: int = 0
    quote: bytes = b""
    """The triple quote of the string that is open, or nothing."""
    continued: bool = False
    """The last line ends with a backslash."""

    @property
    def is_closed(self) -> bool:
        return not (self.depth or self.quote or self.continued)


def scan(data: bytes, start: int, end: int, before: State) -> State:
    """What is open after `data[start:end]`, when `before` was open before it."""
    depth = before.depth
    if before.quote:
        close = data.find(before.quote, start, end)
        if close < 0:
            return before
        start = close + len(before.quote)
    continued = False
    for token in _TOKEN.finditer(data, start, end):
        kind = _KINDS[token.lastindex or 0]
        if kind == _OPEN:
            depth += 1
        elif kind == _CLOSE:
            depth = max(depth - 1, 0)
        elif kind == _ENDLESS:
            return State(depth, token[0])
        elif kind == _CONTINUED:
            continued = token.end() == end
    return State(depth, b"", continued)


def margin(data: bytes) -> list[int]:
    """Where the lines start that have something other than a comment or a closing bracket at the margin.

    And where the text starts, if its first line of code is not one of them.
    """
    starts = [match.start() for match in _AT_MARGIN.finditer(data)]
    first = next_line(data, 0)
    if first < len(data) and (not starts or first < starts[0]):
        starts.insert(0, 0)
    return starts


class Reach(Struct):
    """How far what is open may run on before it is taken for something that was never closed."""

    data: bytes
    lines: int
    """For a bracket: how many lines at the margin."""

    @property
    def odd_quotes(self) -> bool:
        """Whether the text holds a triple quote too many or too few: then no string runs on into a definition."""
        return any(self.data.count(quote) % 2 for quote in (b'"""', b"'''"))


def unit_end(
    starts: list[int], first: int, reach: Reach, known: dict[bytes, State], memory: dict[bytes, State]
) -> tuple[int, State]:
    """Which lines at the margin belong together, as a statement with its decorators and clauses does.

    `starts`: see `margin`; `first`: the index of the first of them. Gives the index after the last, and what stays
    open where something is never closed: then the unit ends before the line that cannot be inside it.
    `known`: what was found open after pieces of text seen before; `memory`: where to note it for the next time.
    """
    data = reach.data
    decorated = data.startswith(b"@", starts[first])
    has_clauses = _HAS_CLAUSES.match(data, starts[first]) is not None
    state = opened = State()
    safe = first
    for index in range(first, len(starts)):
        start = starts[index]
        end = starts[index + 1] if index + 1 < len(starts) else len(data)
        certain = state.is_closed
        if index == first:
            pass
        elif decorated and _DECORATED.match(data, start):
            decorated = data.startswith(b"@", start)
            certain = True
            state = State()
        elif has_clauses and _CLAUSE.match(data, start) and (state.is_closed or _ends_brackets(data, start, state)):
            certain = True
            state = State()
        elif state.is_closed:
            return index, state
        elif state.quote:
            if reach.odd_quotes and _DEFINITION.match(data, start):
                break
        elif _ends_brackets(data, start, state) or (state.depth and index - first > reach.lines):
            break
        if certain:
            text = data[start:end]
            state = memory[text] = known.get(text) or scan(data, start, end, state)
        else:
            state = scan(data, start, end, state)
        if certain or state.is_closed:
            safe, opened = index + 1, state
        if state.quote and data.find(state.quote, end) < 0:
            break
    return safe, opened


def _ends_brackets(data: bytes, start: int, state: State) -> bool:
    """Whether brackets are open that must have been left open, since a statement starts at `start`."""
    return state.depth > 0 and not state.quote and _starts_statement(data, start)


class Extent(Struct, frozen=True):
    """A logical line. `end` leaves out its comment and line end; `next` is where the line after it starts."""

    end: int
    next: int
    seen: int
    """How far the text was looked at."""
    shorter: tuple[int, int] | None = None
    """`end` and `next` of where the line may end instead, if it does not parse as it is."""


def indent_width(data: bytes, start: int) -> int:
    """How far the line that starts at `start` is indented, as tree-sitter counts."""
    indent = data[start : _skip_indent(data, start)]
    if b"\f" in indent:
        indent = indent[indent.rindex(b"\f") + 1 :]
    return len(indent) + 7 * indent.count(b"\t")


def extent(data: bytes, start: int, width: int, odd_quotes: bool) -> Extent:
    """The logical line whose first character is at `start`, in a block that is indented by `width`.

    `odd_quotes`: the text holds a triple quote too many or too few, so that a string with definitions in it at
    this indent or less is taken for one that was never closed.
    """
    depth = 0
    shorter: tuple[int, int] | None = None
    comment = -1
    for token in _TOKEN.finditer(data, start):
        kind = _KINDS[token.lastindex or 0]
        if kind == _NEWLINE:
            here, after = _code_end(data, start, token.start() if comment < 0 else comment), token.end()
            if depth == 0:
                return Extent(here, after, after, shorter)
            comment = -1
            following = _skip_blank(data, after)
            if _starts_statement(data, following):
                return Extent(*(shorter or (here, after)), _line_end(data, following))
            if shorter is None and not _CLOSER.match(data, following):
                opens_block = data[here - 1] == _COLON and _HEADER.match(data, start) is not None
                if opens_block or indent_width(data, following) <= width:
                    shorter = here, after
        elif kind == _OPEN:
            depth += 1
        elif kind == _CLOSE:
            depth = max(depth - 1, 0)
        elif kind == _COMMENT:
            comment = token.start()
        elif kind == _ENDLESS or (kind == _TRIPLE and odd_quotes and _holds_definitions(data, token, width)):
            after = _line_end(data, token.start())
            return Extent(_code_end(data, start, after), after, len(data) + 1 if kind == _ENDLESS else token.end())
    here = _code_end(data, start, len(data) if comment < 0 else comment)
    return Extent(*(shorter or (here, len(data))), len(data) + 1)


def _starts_statement(data: bytes, start: int) -> bool:
    """Whether the line that starts at `start` begins a statement, even if brackets before it were left open."""
    match = _STATEMENT_START.match(data, start)
    if match is None:
        return False
    header = match["header"]
    return header is None or sum(map(header.count, _OPENING)) >= sum(map(header.count, _CLOSING))


_OPENING = (b"(", b"[", b"{")
_CLOSING = (b")", b"]", b"}")


def _holds_definitions(data: bytes, token: re.Match[bytes], width: int) -> bool:
    line = data.find(b"\n", token.start(), token.end())
    while line >= 0:
        if _DEFINITION.match(data, line + 1) and indent_width(data, line + 1) <= width:
            return True
        line = data.find(b"\n", line + 1, token.end())
    return False


def _line_end(data: bytes, inside: int) -> int:
    """Where the line after the one that holds a byte starts."""
    newline = data.find(b"\n", inside)
    return len(data) if newline < 0 else newline + 1


def _code_end(data: bytes, start: int, end: int) -> int:
    while end > start and data[end - 1] in b" \t\f\r\n":
        end -= 1
    return end


def _skip_blank(data: bytes, start: int) -> int:
    """Past lines that are empty or hold only a comment."""
    match = _BLANK.match(data, start)
    return match.end() if match else start


def _skip_indent(data: bytes, start: int) -> int:
    match = _INDENT.match(data, start)
    return match.end() if match else start


def next_line(data: bytes, start: int) -> int:
    """The first character of the next line that holds code, from the start of a line; the end of the text if none."""
    found = _skip_indent(data, _skip_blank(data, start))
    return len(data) if data.startswith(b"#", found) else found


def comment_around(data: bytes, offset: int) -> tuple[int, int] | None:
    """Start and end of the comment that holds the byte at `offset`, as far as its line alone tells."""
    start = data.rfind(b"\n", 0, offset) + 1
    for token in _TOKEN.finditer(data, start):
        if token.start() > offset:
            return None
        if _KINDS[token.lastindex or 0] == _COMMENT and token.end() > offset:
            return _code_span(data, token)
    return None


def _code_span(data: bytes, token: re.Match[bytes]) -> tuple[int, int]:
    return token.start(), _code_end(data, token.start(), token.end())
