"""Computes the strings that tables and columns are named by: f-strings, `.lower()`, `re.sub`, snake-case helpers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlassay.project.mapping import running
from sqlassay.project.mapping.things import UNREAD, Const, Made, Map, Scope, Seq, Thing
from sqlassay.project.mapping.world import World
from sqlassay.syntax import nodes as n

_MAX_LENGTH = 2000
"""A longer string names nothing."""

_NESTED_REPEAT = re.compile(r"[+*}][^()]*\)\s*[+*{]")
"""A pattern in which a repeated group repeats may run for ever."""

_METHODS = frozenset(
    (
        "lower upper title capitalize casefold swapcase strip lstrip rstrip replace split rsplit partition rpartition "
        "join format startswith endswith removeprefix removesuffix isupper islower isdigit isalpha isalnum find count "
        "zfill index splitlines"
    ).split()
)

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "builtins.str": str,
    "builtins.len": len,
    "builtins.int": int,
    "builtins.bool": bool,
    "builtins.tuple": tuple,
    "builtins.list": tuple,
    "builtins.reversed": lambda each: tuple(reversed(each)),
    "builtins.sorted": lambda each: tuple(sorted(each)),
    "builtins.enumerate": lambda each: tuple(enumerate(each)),
    "builtins.range": lambda *each: tuple(range(*each)) if all(abs(one) < 500 for one in each) else None,
    "builtins.map": None,  # type: ignore[dict-item]
}

_PATTERNS = frozenset(("sub", "findall", "split"))


def _plain(world: World, node: n.Expr, scope: Scope) -> tuple[Any, bool]:
    """The Python value of an expression, and whether it has one."""
    found = world.graph.read(node, scope)
    match found:
        case Const():
            return found.value, True
        case Seq(whole=True):
            out = []
            for each in found.items:
                value, known = _plain(world, *each)
                if not known:
                    return None, False
                out.append(value)
            return tuple(out), True
        case _:
            return None, False


def _plains(world: World, node: n.Call, scope: Scope) -> list[Any] | None:
    out = []
    for each in node.args:
        value, known = _plain(world, each, scope)
        if not known:
            return None
        out.append(value)
    return out


def _made(value: Any) -> Thing:
    """A computed value as a thing."""
    if isinstance(value, list):
        value = tuple(value)
    if value is None or isinstance(value, bool | int | float):
        return Const(value)
    if isinstance(value, str | tuple) and len(value) <= _MAX_LENGTH:
        return Const(value)
    return UNREAD


def function(world: World, name: str, node: n.Call, scope: Scope) -> Thing:
    """A builtin, or a function of `re`."""
    if name == "re.compile":
        return Made(name, node, scope)
    if name == "builtins.map" and len(node.args) == 2:
        return _mapped(world, node, scope)
    values = _plains(world, node, scope)
    if values is None or node.keywords:
        return UNREAD
    if name.startswith("re."):
        return _pattern(world, name[3:], values, node, scope)
    known = _FUNCTIONS.get(name)
    if known is None:
        return UNREAD
    try:
        return _made(known(*values))
    except (TypeError, ValueError):
        return UNREAD


def _mapped(world: World, node: n.Call, scope: Scope) -> Thing:
    over = running.iterated(world, node.args[1], scope)
    if over is None:
        return UNREAD
    out = []
    for each in over:
        inner = Scope(
            scope.path, scope.anchor, scope.owner, {**scope.names, "(each)": each}, scope.function, scope.depth
        )
        call = n.Call(node.start, node.end, node.args[0], (n.Name(node.start, node.end, "(each)"),), ())
        found = world.graph.read(call, inner)
        if not isinstance(found, Const):
            return UNREAD
        out.append(found.value)
    return _made(out)


def _pattern(world: World, method: str, values: list[Any], node: n.Call, scope: Scope) -> Thing:
    """`re.sub(pattern, replacement, text)` and its like."""
    if method not in _PATTERNS or not all(isinstance(each, str) for each in values):
        return UNREAD
    if len(values) != (3 if method == "sub" else 2) or _NESTED_REPEAT.search(values[0]) or len(values[-1]) > 200:
        return UNREAD
    try:
        return _made(getattr(re, method)(*values))
    except (re.error, IndexError, RecursionError):
        return UNREAD


def method(world: World, owner: Const | Made, name: str, node: n.Call, scope: Scope) -> Thing:
    """A method of a string, or of a compiled pattern."""
    if isinstance(owner, Made):
        if len(owner.call.args) != 1:
            return UNREAD
        first, known = _plain(world, owner.call.args[0], owner.scope)
        values = _plains(world, node, scope)
        return _pattern(world, name, [first, *values], node, scope) if known and values is not None else UNREAD
    if not isinstance(owner.value, str) or name not in _METHODS:
        return UNREAD
    values = _plains(world, node, scope)
    keywords: dict[str, Any] = {}
    for each in node.keywords:
        value, known = _plain(world, each.value, scope)
        if each.name is None or not known:
            return UNREAD
        keywords[each.name] = value
    if values is None or (name == "format" and _FIELD.search(owner.value)):
        return UNREAD
    try:
        return _made(getattr(owner.value, name)(*values, **keywords))
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return UNREAD


_FIELD = re.compile(r"\{[^{}]*[.\[:!]")
"""A format that reaches into its arguments."""


def item(world: World, owner: Const, node: n.Subscript, scope: Scope) -> Thing:
    """`name[:30]`, `parts[0]`."""
    index: Any
    if isinstance(node.index, n.Slice):
        bounds = []
        for each in (node.index.lower, node.index.upper, node.index.step):
            value, known = _plain(world, each, scope) if each is not None else (None, True)
            if not known:
                return UNREAD
            bounds.append(value)
        index = slice(*bounds)
    else:
        index, known = _plain(world, node.index, scope)
        if not known:
            return UNREAD
    try:
        return _made(owner.value[index])
    except (TypeError, ValueError, IndexError):
        return UNREAD


def operator(world: World, left: Const, op: str, right: Thing, node: n.BinOp, scope: Scope) -> Thing:
    """`prefix + name`, `"%s_id" % name`, `ID_LEN * 2`."""
    value, known = (right.value, True) if isinstance(right, Const) else _plain(world, node.right, scope)
    if isinstance(right, Map) or not known:
        return UNREAD
    try:
        match op:
            case "+":
                return _made(left.value + value)
            case "-":
                return _made(left.value - value)
            case "%":
                return _made(left.value % value)
            case "*" if not isinstance(left.value, str | tuple) and not isinstance(value, str | tuple):
                return _made(left.value * value)
            case "//":
                return _made(left.value // value)
            case "**" if isinstance(value, int) and 0 <= value <= 64 and abs(left.value) <= 1024:
                return _made(left.value**value)
            case _:
                return UNREAD
    except (TypeError, ValueError, ArithmeticError):
        return UNREAD


def fstring(world: World, node: n.FString, scope: Scope) -> Thing:
    """An f-string of plain values."""
    out = []
    for part in node.parts:
        if isinstance(part, n.Constant):
            out.append(str(part.value))
            continue
        value, known = _plain(world, part.value, scope)
        if not known or part.conversion or part.spec:
            return UNREAD
        out.append(str(value))
    return _made("".join(out))


def comprehension(world: World, node: n.Comprehension, scope: Scope) -> Thing:
    """A comprehension over the letters or words of a name."""
    if node.kind == "dict" or len(node.generators) != 1 or node.generators[0].is_async:
        return UNREAD
    generator = node.generators[0]
    over = running.iterated(world, generator.iter, scope)
    if over is None:
        return UNREAD
    out = []
    for each in over:
        inner = Scope(scope.path, scope.anchor, scope.owner, dict(scope.names), scope.function, scope.depth)
        running.assign(world, generator.target, each, inner)
        holds = [running.truth(world, condition, inner) for condition in generator.ifs]
        if None in holds:
            return UNREAD
        if False in holds:
            continue
        value, known = _plain(world, node.element, inner)
        if not known:
            return UNREAD
        out.append(value)
    return _made(out)
