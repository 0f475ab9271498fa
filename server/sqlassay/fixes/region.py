"""A piece of a file as a libcst tree: parsed alone, found in by bytes, rewritten, printed back as the smallest edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache, cached_property
from typing import Union

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from sqlassay.fixes.depth import too_deep
from sqlassay.fixes.files import TOO_DEEP, CannotFix
from sqlassay.syntax.source import SourceText, TextEdit

Updated = dict[cst.CSTNode, cst.CSTNode]
"""What has become so far of the nodes of the original tree."""

Change = Callable[[cst.CSTNode, Updated, bool], cst.CSTNode]
"""Makes a node's replacement from the node as it is now. True asks for parentheses that only line ends need."""

Changes = dict[cst.CSTNode, list[Change]]

Body = Union[cst.Module, cst.IndentedBlock]

_LAYOUT = (
    cst.BaseParenthesizableWhitespace,
    cst.TrailingWhitespace,
    cst.EmptyLine,
    cst.Comma,
    cst.Semicolon,
    cst.LeftParen,
    cst.RightParen,
)


class Region:
    """Bytes `start` to `end` of a text, parsed between `prefix` and `suffix`, which make them a module of their own.

    Raises CannotFix for text that libcst does not parse.
    """

    def __init__(self, source: SourceText, start: int, end: int, prefix: str = "", suffix: str = "") -> None:
        self.start = start
        self.end = end
        self.prefix = prefix
        self.suffix = suffix
        self.text = source.data[start:end].decode("utf-8")
        self.tree = self._parse(self.text)
        if not any(character in prefix + self.text for character in "\r\n"):
            # New lines are as in the file; where the text has some itself, libcst has taken them from there.
            self.tree = self.tree.with_changes(default_newline=source.newline)

    def _parse(self, text: str) -> cst.Module:
        return parse(self.prefix + text + self.suffix)

    # ---- finding

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return {child: node for node in walk(self.tree) for child in children(node)}

    @cached_property
    def _spans(self) -> dict[tuple[int, int], list[cst.CSTNode]]:
        """Nodes by their bytes in the file, the outer ones first. A node in parentheses is there with each of them."""
        wrapper = MetadataWrapper(self.tree, unsafe_skip_copy=True)
        spans = wrapper.resolve(ByteSpanPositionProvider)
        shift = self.start - len(self.prefix.encode("utf-8"))
        found: dict[tuple[int, int], list[cst.CSTNode]] = {}
        for node in walk(self.tree):
            span = spans.get(node)
            if span is None:
                continue
            end = shift + span.start + span.length
            found.setdefault((shift + span.start, end), []).append(node)
            if isinstance(node, cst.Call) and _is_bare_generator(node):
                # The other parser counts the brackets of the call to the generator.
                bracket = shift + spans[node.whitespace_before_args].start - 1
                found.setdefault((bracket, end), []).append(node.args[0].value)
            if isinstance(node, cst.BaseExpression):
                for left, right in zip(node.lpar, reversed(node.rpar), strict=True):
                    outer = (shift + spans[left].start, shift + spans[right].start + spans[right].length)
                    found.setdefault(outer, []).append(node)
        return found

    def expression(self, start: int, end: int) -> cst.BaseExpression:
        """The expression whose code is these bytes of the file, with or without parentheses around it."""
        for node in self._spans.get((start, end), ()):
            if isinstance(node, cst.BaseExpression):
                return node
        raise CannotFix("there is no expression at this place")

    def simple_statement(self, start: int, end: int) -> cst.BaseSmallStatement:
        """The simple statement whose code is these bytes of the file."""
        for node in self._spans.get((start, end), ()):
            if isinstance(node, cst.BaseSmallStatement):
                return node
        raise CannotFix("there is no simple statement at this place")

    def body_with(self, start: int, end: int) -> tuple[Body, int]:
        """The body that holds the statement at these bytes on lines of its own, and the statement's index in it."""
        for node in self._spans.get((start, end), ()):
            line = self.parents[node] if isinstance(node, cst.BaseSmallStatement) else node
            body = self.parents.get(line)
            if isinstance(line, cst.BaseStatement) and isinstance(body, (cst.Module, cst.IndentedBlock)):
                return body, [id(each) for each in body.body].index(id(line))
        raise CannotFix("there is no statement on lines of its own at this place")

    def parentheses(self, node: cst.BaseExpression) -> int:
        """How many pairs of parentheses the code has around an expression."""
        return len(node.lpar)

    # ---- rewriting

    def rewrite(self, changes: Changes) -> list[TextEdit]:
        """Apply changes to nodes of the tree, inner nodes first. Gives no edit or one, in bytes of the file.

        The new text parses to the very tree that was meant, and holds every comment that was there; else CannotFix.
        """
        text = self._rewritten(changes, parentheses=False) or self._rewritten(changes, parentheses=True)
        if text is None:
            raise CannotFix("the new code would not parse as what is meant")
        return smallest_edit(self.text, text, self.start)

    def _rewritten(self, changes: Changes, parentheses: bool) -> str | None:
        """The new text; None where it does not say what is meant. Raises CannotFix where a comment would be lost."""
        try:
            meant = self.tree.visit(_Rewriter(changes, parentheses))
        except cst.CSTValidationError:
            return None  # such as a name that would run into the keyword before it
        assert isinstance(meant, cst.Module)
        if "#" in self.text:
            lost = comments(self.tree) - comments(meant)
            if lost:
                raise CannotFix(f"a comment would be lost: {next(iter(lost))}")
        code = meant.code
        text = code[len(self.prefix) : len(code) - len(self.suffix)]
        try:
            said = self._parse(text)
        except CannotFix:
            return None
        return text if skeleton(said) == skeleton(meant) else None


class HeaderExpression(Region):
    """The outermost expression of a compound statement's header: rewritten without a look at the body."""

    def __init__(self, source: SourceText, start: int, end: int) -> None:
        super().__init__(source, start, end, "(", ")")
        statement = self.tree.body[0]
        assert isinstance(statement, cst.SimpleStatementLine)
        assert isinstance(statement.body[0], cst.Expr)
        self.root = statement.body[0].value

    def parentheses(self, node: cst.BaseExpression) -> int:
        return len(node.lpar) - (node is self.root)

    def _rewritten(self, changes: Changes, parentheses: bool) -> str | None:
        text = super()._rewritten(changes, parentheses)
        # Line ends that the parentheses of the region allowed need others where the region ends.
        if text is not None and self._stands_alone(self.text) and not self._stands_alone(text):
            return f"({text})"
        return text

    def _stands_alone(self, text: str) -> bool:
        try:
            return len(parse(text).body) == 1
        except CannotFix:
            return False


def _is_bare_generator(call: cst.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0].value, cst.GeneratorExp) and not call.args[0].value.lpar


class _Rewriter(cst.CSTTransformer):
    def __init__(self, changes: Changes, parentheses: bool) -> None:
        super().__init__()
        self.changes = changes
        self.parentheses = parentheses
        self.updated: Updated = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        del node
        return True

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        self.updated[original_node] = updated_node
        for change in self.changes.get(original_node, ()):
            updated_node = change(updated_node, self.updated, self.parentheses)
            self.updated[original_node] = updated_node
        return updated_node


def parse(text: str) -> cst.Module:
    """Parse a module's text. Raises CannotFix."""
    _check_depth(text)
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError:
        raise CannotFix("this code does not parse") from None


def parse_expression(code: str) -> cst.BaseExpression:
    """Parse the code of an expression, as an operation gives it. Raises CannotFix."""
    _check_depth(code)
    try:
        return cst.parse_expression(code)
    except cst.ParserSyntaxError:
        raise CannotFix(f"not an expression: {code}") from None


def _check_depth(text: str) -> None:
    if too_deep(text):
        raise CannotFix(TOO_DEEP)


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes right below a node. (`CSTNode.children` visits the node to find them: three times as slow.)"""
    found: list[cst.CSTNode] = []
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += [each for each in value if isinstance(each, cst.CSTNode)]
    return found


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it, outer ones first, in the order of the code."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        stack.extend(children(found)[::-1])


def walk_scope(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """As `walk`, but not into functions, lambdas and classes."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        if not isinstance(found, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            stack.extend(children(found)[::-1])


def comments(node: cst.CSTNode) -> Counter[str]:
    return Counter(each.value for each in walk(node) if isinstance(each, cst.Comment))


def skeleton(node: cst.CSTNode) -> list[object]:
    """What the code says, without how it is laid out. Equal for two trees that mean the same."""
    found: list[object] = []
    stack: list[tuple[cst.CSTNode, int]] = [(node, 0)]
    while stack:
        each, depth = stack.pop()
        value = getattr(each, "value", None)
        found.append((depth, type(each), value if isinstance(value, str) else None))
        stack += [(child, depth + 1) for child in reversed(children(each)) if not isinstance(child, _LAYOUT)]
    return found


def smallest_edit(old: str, new: str, start: int) -> list[TextEdit]:
    """The edit that makes `new` of `old`, which starts at byte `start` of the file: one, or none where they agree."""
    if old == new:
        return []
    limit = min(len(old), len(new))
    head = 0
    while head < limit and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < limit - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    # A position between \r and \n is none.
    if head and old[head - 1] == "\r" and "\n" in (old[head : head + 1], new[head : head + 1]):
        head -= 1
    if tail and old[-tail] == "\n" and "\r" in (old[-tail - 1 : len(old) - tail], new[-tail - 1 : len(new) - tail]):
        tail -= 1
    first = start + len(old[:head].encode("utf-8"))
    last = first + len(old[head : len(old) - tail].encode("utf-8"))
    return [TextEdit(first, last, new[head : len(new) - tail])]
