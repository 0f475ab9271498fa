"""The bodies of functions: found in the tree of their file where there is one, else parsed alone.

A call is followed into many files, and into few functions of each: parsing the whole of a large module for one of them
costs more than everything else about the call.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import tree_sitter

from sqlassay.facts.collect import own_statements
from sqlassay.facts.model import FunctionFact, ModuleFacts
from sqlassay.project.files import Files
from sqlassay.semantics.world import Body
from sqlassay.syntax import nodes as n
from sqlassay.syntax.jumps import jumps_line_end
from sqlassay.syntax.lower import lower
from sqlassay.syntax.lowering import LANGUAGE, kind_id
from sqlassay.syntax.members import members
from sqlassay.syntax.parser import TopLevel

_STATEMENTS_KEPT = 4096
"""Statements whose functions are remembered; they keep trees alive."""

_FILES_KEPT = 256
"""Files whose functions, parsed alone, are remembered."""

_HEADER = b"if 1:\n"
"""Before an indented function, so that it stands in a block."""

_BLOCK = kind_id("block")


class _Apart:
    """A file without a tree: its code, and the functions parsed from it so far, by where they start."""

    __slots__ = ("code", "facts", "found", "starts")

    def __init__(self, facts: ModuleFacts, code: bytes, starts: dict[str, int]) -> None:
        self.facts = facts
        """What the file declared when it was read: another version has other facts."""
        self.code = code
        self.starts = starts
        """Where the statement of each anchor starts, in bytes of the code."""
        self.found: dict[tuple[str, int], Body | None] = {}


class Bodies:
    """Finds the node of a function that facts tell of."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._in_trees: dict[tuple[str, str], tuple[n.Stmt, dict[int, Body]]] = {}
        """By file and anchor: the statement that was looked through, and the functions in it by where they start."""
        self._apart: OrderedDict[str, _Apart] = OrderedDict()
        self._parser = tree_sitter.Parser(LANGUAGE)

    def of(self, path: str, fact: FunctionFact) -> Body | None:
        """The function's node; None where the file cannot be read, or is not what the facts were read from."""
        if self._files.at_hand(path) is None:
            alone = self._alone(path, fact)
            if alone is not None:
                return alone
        parsed = self._files.parsed(path)
        statement = parsed.by_anchor.get(fact.anchor) if parsed is not None else None
        return self._in_tree(path, statement).get(fact.start) if statement is not None else None

    def _in_tree(self, path: str, statement: TopLevel) -> dict[int, Body]:
        key = (path, statement.anchor)
        known = self._in_trees.get(key)
        if known is None or known[0] is not statement.node:
            if len(self._in_trees) > _STATEMENTS_KEPT:
                self._in_trees.clear()
            known = self._in_trees[key] = (statement.node, bodies(statement))
        return known[1]

    # ---- alone

    def _alone(self, path: str, fact: FunctionFact) -> Body | None:
        apart = self._apart_of(path)
        if apart is None:
            return None
        key = (fact.anchor, fact.start)
        if key not in apart.found:
            apart.found[key] = self._parsed_alone(apart, fact)
        return apart.found[key]

    def _apart_of(self, path: str) -> _Apart | None:
        state = self._files.states.get(path)
        if state is None or state.facts is None:
            return None
        known = self._apart.get(path)
        if known is not None and known.facts is state.facts:
            self._apart.move_to_end(path)
            return known
        source = self._files.source(path)
        if source is None:
            return None
        made = self._apart[path] = _Apart(state.facts, source.code, state.anchor_starts)
        if len(self._apart) > _FILES_KEPT:
            self._apart.popitem(last=False)
        return made

    def _parsed_alone(self, apart: _Apart, fact: FunctionFact) -> Body | None:
        """The function from its own lines; None where they are not one function that parses."""
        statement = apart.starts.get(fact.anchor)
        if statement is None:
            return None
        code = apart.code
        start, end = statement + fact.start, statement + fact.end
        line = code.rfind(b"\n", 0, start) + 1
        indent = code[line:start]
        if indent.strip(b" \t"):
            return None
        header = _HEADER if indent else b""
        alone = header + code[line:end]
        root = self._parser.parse(alone).root_node
        if root.has_error:
            return None
        tree: tree_sitter.Node | None = root.named_children[0] if root.named_child_count == 1 else None
        if tree is not None and header:
            block = next((each for each in tree.children if each.kind_id == _BLOCK), None)
            tree = block.named_children[0] if block is not None and block.named_child_count == 1 else None
        if tree is None or jumps_line_end(alone, tree):
            return None
        # What stands at `tree` here stands at `fact.start` in the statement.
        node, damaged = lower(tree, code[statement:end], tree.start_byte - fact.start)
        name = fact.qualname.rsplit(".", 1)[-1]
        if damaged or not isinstance(node, n.FunctionDef) or node.name != name or node.end != fact.end:
            return None
        anchor = _member(apart.starts, fact, start)
        return Body(node, anchor or fact.anchor, fact.start if anchor is not None else 0)


def _member(starts: dict[str, int], fact: FunctionFact, start: int) -> str | None:
    """The anchor of a method that starts at byte `start` of the code; None for a function."""
    if not fact.anchor.startswith("class "):
        return None
    count = 1
    anchor = plain = f"{fact.anchor}.{fact.qualname.split('.', 1)[-1]}"
    while (found := starts.get(anchor)) is not None:
        if found == start:
            return anchor
        count += 1
        anchor = f"{plain}~{count}"
    return None


def bodies(statement: TopLevel) -> dict[int, Body]:
    """The functions and methods of a top-level statement, by where they start in it."""
    anchors = {id(method): anchor for anchor, method in members(statement.node, statement.anchor)}
    found: dict[int, Body] = {}
    declares = b" class " in statement.text or b"\tclass " in statement.text
    for node in _functions((statement.node,), declares):
        anchor = anchors.get(id(node))
        found[node.start] = Body(node, anchor or statement.anchor, node.start if anchor is not None else 0)
    return found


def _functions(body: Iterable[n.Stmt], declares: bool) -> Iterator[n.FunctionDef]:
    """The functions in a body, with the methods of classes that functions declare where there may be such."""
    for each in body:
        match each:
            case n.FunctionDef():
                yield each
                if declares:
                    inner = [one for one in own_statements(each.body) if isinstance(one, n.ClassDef)]
                    yield from _functions(inner, declares)
            case n.ClassDef():
                yield from _functions(each.body, declares)
            case n.If():
                yield from _functions((*each.body, *each.orelse), declares)
            case n.Try():
                handled = [one for handler in each.handlers for one in handler.body]
                yield from _functions((*each.body, *each.orelse, *handled, *each.finalbody), declares)
            case n.With() | n.For() | n.While():
                yield from _functions(each.body, declares)
            case _:
                pass
