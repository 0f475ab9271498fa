"""From a position in a file to the code around it: the nodes that hold it, and the string it stands in.

Where the code does not parse, because a string or a bracket is still open, the statement is read as if it ended at the
cursor and everything open were closed there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.collect import children
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule, Parser, TopLevel
from sqlassay.syntax.source import SourceText

_LITERAL = re.compile(
    rb"""(?P<prefix>[A-Za-z]{0,2})(?:
        \"{3}(?P<a>[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*)\"{3}
      | '{3}(?P<b>[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*)'{3}
      | "(?P<c>[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*)"
      | '(?P<d>[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*)'
    )""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN = re.compile(
    _LITERAL.pattern + rb"""|\#[^\r\n]* | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<unclosed>\"{3}|'{3}|["'])""",
    re.VERBOSE | re.DOTALL,
)
_REST = re.compile(rb"[\w.]*")
"""What of a string that is not closed stands behind the cursor: the rest of the word."""
_CLOSERS = {b"(": b")", b"[": b"]", b"{": b"}"}
_SIMPLE = (n.ExprStmt, n.Assign, n.AnnAssign, n.AugAssign, n.Return)
_MAX_BROKEN = 20_000
"""Bytes of a broken statement that are read up to the cursor: more is no statement that somebody is typing."""

_MAX_TRIES = 6


class Text(Struct):
    """The string that a position stands in."""

    start: int
    end: int
    """The bytes of the file between its quotes; where it is not closed, up to the cursor."""
    value: str
    """What it says, without the other pieces of its literal."""
    at: int
    """The cursor, in characters of `value`."""
    plain: bool
    """It has no escapes: its characters are the file's."""
    whole: bool
    """It is all of its literal, and not one of several pieces that are written side by side."""

    def word(self, pattern: re.Pattern[str]) -> tuple[str, int]:
        """What of the value around the cursor matches `pattern`, and the index where it begins."""
        for match in pattern.finditer(self.value):
            if match.start() <= self.at <= match.end():
                return match[0], match.start()
        return "", self.at

    def span(self, index: int, length: int) -> tuple[int, int]:
        """The bytes of the file that some characters of the value take; all of them where it is not `plain`."""
        if not self.plain:
            return self.start, self.end
        start = self.start + len(self.value[:index].encode())
        return start, start + len(self.value[index : index + length].encode())


class Cursor(Struct):
    """The code around a position."""

    path: str
    anchor: str
    base: int
    """Where the code starts that `root` was read from, in bytes from the start of the file."""
    at: int
    """The position, in bytes from there."""
    chain: tuple[n.Node, ...]
    """The nodes that hold it, outermost first."""
    text: Text | None
    classes: tuple[str, ...]
    """The names of the classes around it, outermost first."""
    broken: bool = False
    """The code was read as if it ended here."""

    @property
    def node(self) -> n.Node | None:
        return self.chain[-1] if self.chain else None

    @property
    def owner(self) -> Ref | None:
        """The class in whose body the position is."""
        return Ref(self.path, ".".join(self.classes)) if self.classes else None

    @property
    def attribute(self) -> str:
        """The name that the statement around the position gives a value to; '' where it does not."""
        for node in reversed(self.chain):
            match node:
                case n.Assign(targets=(n.Name(id=name), *_)) | n.AnnAssign(target=n.Name(id=name)):
                    return name
                case n.FunctionDef(name=name, decorators=(_, *_)):
                    return name  # a declared_attr
                case n.ClassDef():
                    return ""
                case _:
                    pass
        return ""

    def span(self, node: n.Node) -> tuple[int, int]:
        """A node's bytes in the file."""
        return self.base + node.start, self.base + node.end


def cursor_at(parsed: ParsedModule, path: str, offset: int) -> Cursor | None:
    """The code around a byte of a file; None where there is none."""
    statement = _statement_at(parsed, offset)
    if statement is None:
        return None
    at = offset - statement.start
    chain = tuple(_chain(statement.node, at))
    classes = tuple(each.name for each in chain if isinstance(each, n.ClassDef) and each.end >= at)
    broken = _broken_before(statement, chain, at)
    if broken is not None:
        return _unfinished(parsed, path, statement, broken, offset)
    cursor = Cursor(path, statement.anchor, statement.start, at, chain, None, classes)
    if isinstance(cursor.node, n.Constant) and cursor.node.kind == "str":
        cursor.text = _text(statement.text, statement.start, cursor.node, at)
    return cursor


def _statement_at(parsed: ParsedModule, offset: int) -> TopLevel | None:
    """The statement that holds a byte, or ends before it in the same line."""
    found = None
    for statement in parsed.statements:
        if statement.start > offset:
            break
        found = statement
    if found is None or offset <= found.end:
        return found
    between = parsed.source.data[found.end : offset]
    return found if not between.strip(b" \t\f") else None


def _chain(root: n.Node, at: int) -> Iterator[n.Node]:
    """The nodes that hold a byte. Of two that meet there, the one that starts."""
    node: n.Node | None = root if root.start <= at <= root.end else None
    while node is not None:
        yield node
        inner = [each for each in children(node) if each.start <= at <= each.end]
        node = next((each for each in reversed(inner) if at < each.end), inner[-1] if inner else None)


# ------------------------------------------------------------------- strings


def _text(data: bytes, base: int, node: n.Constant, at: int) -> Text | None:
    """The piece of a literal that holds a byte; None outside its quotes, and for what is no plain string."""
    pieces = list(_LITERAL.finditer(data, node.start, node.end))
    for match in pieces:
        group = match.lastgroup or ""
        start, end = match.span(group)
        if start <= at <= end and not set(match["prefix"].lower()) & set(b"bf"):
            content = match[group].decode("utf-8", "replace")
            at = len(data[start:at].decode("utf-8", "replace"))
            return Text(base + start, base + end, content, at, b"\\" not in match[group], len(pieces) == 1)
    return None


# ------------------------------------------------------- what is still typed


def _broken_before(statement: TopLevel, chain: tuple[n.Node, ...], at: int) -> n.Broken | None:
    """The broken statement that holds the position, or ends before it in the same line."""
    if not statement.broken:
        return None
    if chain and isinstance(chain[-1], n.Broken):
        return chain[-1]
    if chain and isinstance(chain[-1], n.Opaque):
        around = next((each for each in reversed(chain) if isinstance(each, _SIMPLE)), None)
        return n.Broken(around.start, around.end) if around is not None else None
    if not chain:
        whole = statement.node
        return whole if isinstance(whole, n.Broken) else _last_broken(whole, at, statement.text)
    if isinstance(chain[-1], n.ClassDef | n.FunctionDef):
        return _last_broken(chain[-1], at, statement.text)
    return None


def _last_broken(node: n.Node, at: int, text: bytes) -> n.Broken | None:
    found = None
    for each in children(node):
        if isinstance(each, n.Broken) and each.end <= at:
            found = each
        elif isinstance(each, n.ClassDef | n.FunctionDef) and each.end <= at:
            found = _last_broken(each, at, text) or found
    if found is None or text[found.end : at].strip(b" \t\f"):
        return None
    return found


def _unfinished(parsed: ParsedModule, path: str, statement: TopLevel, broken: n.Broken, offset: int) -> Cursor | None:
    start = statement.start + broken.start
    if offset - start > _MAX_BROKEN:
        return None
    data = parsed.source.code
    classes = tuple(each.name for each in _around(statement.node, broken))
    for begin in _beginnings(data, start, offset):
        head = data[begin:offset]
        opened, closers = _open(head)
        module = Parser().parse(SourceText(head + closers))
        if module.broken or not module.statements:
            continue
        last = module.statements[-1]
        chain = tuple(_chain(last.node, len(head) - last.start))
        cursor = Cursor(path, statement.anchor, begin + last.start, len(head) - last.start, chain, None, classes, True)
        if opened >= 0:
            before = head[opened:].decode("utf-8", "replace")
            rest = _REST.match(data, offset)
            value = before + (rest[0].decode("utf-8", "replace") if rest is not None else "")
            end = rest.end() if rest is not None else offset
            cursor.text = Text(begin + opened, end, value, len(before), "\\" not in value, True)
        return cursor
    return None


def _around(root: n.Node, inner: n.Node) -> Iterator[n.ClassDef]:
    for node in _chain(root, inner.start):
        if isinstance(node, n.ClassDef):
            yield node


def _beginnings(data: bytes, start: int, offset: int) -> Iterator[int]:
    """Where the statement that is being typed may begin: what is broken may reach over several of them."""
    yield start
    column = start - data.rfind(b"\n", 0, start) - 1
    at, tries = offset, 0
    while tries < _MAX_TRIES and (at := data.rfind(b"\n", start, at)) >= 0:
        line = data[at + 1 : offset]
        if len(line) - len(line.lstrip(b" \t")) == column:
            tries += 1
            yield at + 1 + column


def _open(head: bytes) -> tuple[int, bytes]:
    """What is open at the end of some code: where the text of its string starts (-1: in none), and what closes all."""
    stack: list[bytes] = []
    at, opened, quote = 0, -1, b""
    while (token := _TOKEN.search(head, at)) is not None:
        at = token.end()
        if token["open"]:
            stack.append(_CLOSERS[token["open"]])
        elif token["close"]:
            if stack:
                stack.pop()
        elif token["unclosed"]:
            quote = token["unclosed"]
            line_end = head.find(b"\n", at) if len(quote) == 1 else -1
            if line_end < 0:
                opened = at
                break
            at = line_end
    if opened >= 0 and head.endswith(b"\\"):
        quote = b"\\" + quote
    return opened, (quote if opened >= 0 else b"") + b"".join(reversed(stack))
