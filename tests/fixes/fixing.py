"""Programs in memory, places in them by their text, and fixes that are held to their promises."""

from __future__ import annotations

import io
import tokenize
from collections import Counter

import libcst
from sqlassay.fixes.apply import CannotFix, edits_for
from sqlassay.fixes.ops import AnyOp, Fix
from sqlassay.syntax.parser import ParsedModule, Parser
from sqlassay.syntax.place import Place
from sqlassay.syntax.source import SourceText, apply_edits

PATH = "shop/orders.py"


class Program:
    """Files by path."""

    def __init__(self, text: str, **others: str) -> None:
        """`text` is the file at PATH; keyword arguments are others (`models="..."` is shop/models.py)."""
        files = {PATH: text, **{f"shop/{name}.py": other for name, other in others.items()}}
        self.sources = {path: SourceText.from_str(each) for path, each in files.items()}
        self.modules = {path: Parser().parse(source) for path, source in self.sources.items()}

    def module(self, path: str) -> ParsedModule:
        if path not in self.modules:
            raise CannotFix(f"no such file: {path}")
        return self.modules[path]

    def at(self, code: str, nth: int = 0, path: str = PATH) -> Place:
        """The place of the nth occurrence of some code."""
        wanted, start = code.encode(), -1
        for _ in range(nth + 1):
            start = self.sources[path].data.index(wanted, start + 1)
        return self.between(start, start + len(wanted), path)

    def between(self, start: int, end: int, path: str = PATH) -> Place:
        """The place of the bytes from `start` to `end`."""
        top = [top for top in self.modules[path].statements if top.start <= start][-1]
        return Place(path, top.anchor, start - top.start, end - top.start)

    def fixed(self, *ops: AnyOp, path: str = PATH, comments_change: bool = False) -> str:
        """The text of a file after one fix of these operations, which must keep what fixes promise."""
        edits = edits_for(Fix("", True, ops), self)
        for changed, of_file in edits.items():
            check_promises(self.sources[changed], apply_edits(self.sources[changed], of_file), comments_change)
        return apply_edits(self.sources[path], edits.get(path, [])).text


def check_promises(before: SourceText, after: SourceText, comments_change: bool = False) -> None:
    """The new text parses, keeps all comments, and does not mix line ends that were not mixed."""
    libcst.parse_module(after.text)
    assert comments_change or not comments(before.text) - comments(after.text)
    for newline in ("\r\n", "\n", "\r"):
        if set(line_ends(before.text)) == {newline}:
            assert set(line_ends(after.text)) <= {newline}


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return Counter(token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT)


def line_ends(text: str) -> list[str]:
    return [line[len(line.rstrip("\r\n")) :] for line in text.splitlines(keepends=True) if line.rstrip("\r\n") != line]
