"""Follows the small functions that mapping code is made with: column helpers, `declared_attr` methods, name makers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlassay.facts.collect import imports_of
from sqlassay.facts.model import ClassFact, FunctionFact
from sqlassay.project.mapping import local
from sqlassay.project.mapping.things import (
    UNREAD,
    Arguments,
    Bound,
    Const,
    Made,
    Map,
    Scope,
    Seq,
    Thing,
    Unread,
)
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

MAX_DEPTH = 8
"""Functions that call functions: past this nobody looks."""

_MAX_ROUNDS = 200
"""Of a loop, over the letters of a name or the items of a literal."""

_HARMLESS = frozenset(
    (
        "classmethod staticmethod property declared_attr directive cascading cache lru_cache cached_property "
        "hybrid_property no_type_check override"
    ).split()
)
"""Decorators that leave what a function gives as it is."""


def decorated(fact: FunctionFact | ClassFact, *wanted: str) -> bool:
    """Whether a function or class has a decorator whose last name is one of these."""
    return any(_last(each) in wanted for each in fact.decorators)


def _last(node: n.Expr) -> str:
    match node:
        case n.Name(id=name) | n.Attribute(attr=name):
            return name
        case n.Call():
            return _last(node.func)
        case _:
            return ""


def follow(world: World, function: Bound, call: n.Call, scope: Scope, given: tuple[Arguments, ...] = ()) -> Thing:
    """What calling a function of the project, or a lambda, gives."""
    if scope.depth >= MAX_DEPTH:
        return UNREAD
    opened = world.graph.arguments(call, scope, given)
    if function.node is not None:
        within = Scope(
            function.scope.path,
            function.scope.anchor,
            function.scope.owner,
            dict(function.scope.names),
            function.scope.function,
            scope.depth + 1,
        )
        bind(world, function.node.params, opened, within, None)
        return world.graph.read(function.node.body, within)
    ref = function.ref
    fact = names.function_fact(world, ref) if ref is not None else None
    if ref is None or fact is None:
        return UNREAD
    mark = local.mark_of_call(call, scope)
    return run_function(world, ref, fact, opened, function.receiver, scope.depth + 1, mark)


def run_function(
    world: World,
    ref: Ref,
    fact: FunctionFact,
    opened: Arguments,
    receiver: Thing | None,
    depth: int,
    mark: str = "",
) -> Thing:
    """What a function gives for some arguments; `receiver` is its `self` or `cls`. `mark` tells this call of it from
    others, for the classes that it makes."""
    if fact.is_async or fact.is_generator or not all(_last(each) in _HARMLESS for each in fact.decorators):
        return UNREAD
    node = world.function_node(ref)
    if node is None:
        return UNREAD
    named = f"{ref.name}@{mark}" if mark and local.declares(world, ref) else ref.name
    within = Scope(ref.path, fact.anchor, None, {}, named, depth)
    if decorated(fact, "staticmethod"):
        receiver = None
    bind(world, fact.params, opened, within, receiver)
    if receiver is not None and "." in fact.qualname:
        within.names["(super)"] = world.graph.above(receiver, Ref(ref.path, ref.name.rsplit(".", 1)[0]))
    found = run(world, node.body, within)
    return UNREAD if found is None else found


def bind(world: World, params: tuple[n.Param, ...], opened: Arguments, within: Scope, receiver: Thing | None) -> None:
    """Give parameters what a call gives them."""
    given = list(opened.positional)
    keywords = dict(opened.keywords)
    for index, param in enumerate(params):
        if index == 0 and receiver is not None:
            within.names[param.name] = receiver
            continue
        match param.kind:
            case "vararg":
                within.names[param.name] = Seq(given, opened.whole)
                given = []
            case "kwarg":
                entries: list[tuple[Thing, n.Expr, Scope]] = [(Const(k), *value) for k, value in keywords.items()]
                within.names[param.name] = Map(entries, opened.whole)
            case _:
                if given and param.kind != "keyword-only":
                    within.names[param.name] = world.graph.read(*given.pop(0))
                elif param.name in keywords:
                    within.names[param.name] = world.graph.read(*keywords.pop(param.name))
                elif param.default is not None and opened.whole:
                    outside = Scope(within.path, within.anchor)
                    within.names[param.name] = world.graph.read(param.default, outside)
                else:
                    within.names[param.name] = UNREAD


# ------------------------------------------------------------------ statements


def run(world: World, body: Iterable[n.Stmt], scope: Scope) -> Thing | None:
    """What statements return; None where their end is reached. Local names are left in `scope`."""
    rest = list(body)
    for index, each in enumerate(rest):
        match each:
            case n.Return():
                return world.graph.read(each.value, scope) if each.value is not None else Const(None)
            case n.Raise():
                return _NEVER
            case n.If():
                found = _if(world, each, rest[index + 1 :], scope)
                if found is not None:
                    return found
            case n.Assign():
                value = world.graph.read(each.value, scope)
                for target in each.targets:
                    assign(world, target, value, scope)
            case n.AnnAssign(target=n.Name(id=name)):
                if each.value is not None:
                    scope.names[name] = world.graph.read(each.value, scope)
            case n.AugAssign(target=n.Name(id=name)):
                binop = n.BinOp(each.start, each.end, n.Name(each.start, each.end, name), each.op, each.value)
                scope.names[name] = world.graph.read(binop, scope)
            case n.For():
                found = _for(world, each, scope)
                if found is not None:
                    return found
            case n.With() | n.Try():
                found = run(world, each.body, scope)
                if found is not None:
                    return found
            case n.Import() | n.ImportFrom():
                for name, fact in imports_of(each):
                    scope.names[name] = world.graph.bound(names.follow(world, scope.path, fact))
            case n.FunctionDef(name=name):
                scope.names[name] = UNREAD
            case n.ClassDef(name=name):
                scope.names[name] = local.declared(world, name, scope)
            case n.ExprStmt(value=n.Call(func=n.Attribute(value=n.Name(id=name), attr=method))):
                if method in _CHANGES and isinstance(scope.names.get(name), Seq | Map | Const):
                    scope.names[name] = UNREAD
            case n.ExprStmt() | n.Assert() | n.Simple(kind="pass"):
                pass
            case _:
                return UNREAD
    return None


_CHANGES = frozenset(("append", "extend", "insert", "update", "setdefault", "pop", "add", "remove"))

_NEVER = Const(...)
"""What a branch gives that raises."""


def assign(world: World, target: n.Expr, value: Thing, scope: Scope) -> None:
    """Bind a target (a name, or several) to a value."""
    match target:
        case n.Name(id=name):
            scope.names[name] = value
        case n.Attribute(value=n.Name(id=owner), attr=name):
            scope.names[f"{owner}.{name}"] = value
        case n.TupleExpr(elts=elts) | n.ListExpr(elts=elts):
            parts: list[Thing] = []
            if isinstance(value, Seq):
                parts = [world.graph.read(*each) for each in value.items]
            elif isinstance(value, Const) and isinstance(value.value, tuple):
                parts = [Const(each) for each in value.value]
            if len(parts) != len(elts):
                parts = [UNREAD] * len(elts)
            for each, part in zip(elts, parts, strict=True):
                assign(world, each, part, scope)
        case _:
            pass


def _if(world: World, node: n.If, rest: list[n.Stmt], scope: Scope) -> Thing | None:
    known = truth(world, node.test, scope)
    if known is not None:
        return run(world, node.body if known else node.orelse, scope)
    before = dict(scope.names)
    left = run(world, node.body, scope)
    after, scope.names = scope.names, before
    right = run(world, node.orelse, scope)
    if left is None and right is None:
        for name, value in after.items():
            if scope.names.get(name) != value:
                scope.names[name] = either(scope.names.get(name, UNREAD), value)
        return None
    if left is None:
        scope.names = after
    if left is None or right is None:
        other = run(world, rest, scope)
        left, right = (left or right), (Const(None) if other is None else other)
    if left is None or right is None:
        return UNREAD
    return either(left, right)


def _for(world: World, node: n.For, scope: Scope) -> Thing | None:
    over = iterated(world, node.iter, scope)
    if over is None or any(not isinstance(each, n.If | n.Assign | n.AugAssign | n.ExprStmt) for each in node.body):
        _forget(node.body, scope)
        return None
    for value in over:
        assign(world, node.target, value, scope)
        found = run(world, node.body, scope)
        if found is not None:
            return found
    return None


def _forget(body: Iterable[n.Stmt], scope: Scope) -> None:
    """A loop that cannot be followed: what it changes is not known any more."""
    for each in body:
        match each:
            case n.Assign(targets=(n.Name(id=name), *_)) | n.AugAssign(target=n.Name(id=name)):
                scope.names[name] = UNREAD
            case n.ExprStmt(value=n.Call(func=n.Attribute(value=n.Name(id=name)))):
                scope.names[name] = UNREAD
            case n.If() | n.For() | n.While() | n.With() | n.Try():
                _forget(each.body, scope)
            case _:
                pass


def iterated(world: World, node: n.Expr, scope: Scope) -> list[Thing] | None:
    """The things that iterating gives, one by one; None where they are not known."""
    over = world.graph.read(node, scope)
    match over:
        case Seq(whole=True) if len(over.items) <= _MAX_ROUNDS:
            return [world.graph.read(*each) for each in over.items]
        case Const(value=str() | tuple()) if len(over.value) <= _MAX_ROUNDS:
            return [Const(each) for each in over.value]
        case _:
            return None


def either(left: Thing, right: Thing) -> Thing:
    """What two branches give together: one of them where nobody can say which, but only of things alike."""
    if left == right or right is _NEVER:
        return left
    if left is _NEVER:
        return right
    if isinstance(left, Made) and isinstance(right, Made) and left.name == right.name:
        return left
    return UNREAD


# ------------------------------------------------------------------ conditions


def truth(world: World, node: n.Expr, scope: Scope) -> bool | None:
    """Whether a condition holds; None where nobody can say."""
    match node:
        case n.UnaryOp(op="not"):
            inner = truth(world, node.operand, scope)
            return None if inner is None else not inner
        case n.BoolOp():
            return (
                _bool(truth(world, each, scope) for each in node.values)
                if node.op == "and"
                else _not(_bool(_not(truth(world, each, scope)) for each in node.values))
            )
        case n.Compare(ops=(op,), comparators=(right,)) if op in _COMPARE:
            one, other = world.graph.read(node.left, scope), world.graph.read(right, scope)
            if isinstance(one, Const) and isinstance(other, Const):
                return _compared(op, one.value, other.value)
            if op in ("is", "is not") and other == Const(None) and not isinstance(one, Unread | Const):
                return op == "is not"
            return None
        case n.Compare() | n.UnaryOp(op="~"):
            return None
        case _:
            found = world.graph.read(node, scope)
            match found:
                case Const():
                    return bool(found.value)
                case Seq(whole=True):
                    return bool(found.items)
                case names.Outside(name="typing.TYPE_CHECKING"):
                    return False
                case _:
                    return None


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _bool(values: Iterator[bool | None]) -> bool | None:
    """All of them."""
    out: bool | None = True
    for each in values:
        if each is False:
            return False
        if each is None:
            out = None
    return out


_COMPARE = frozenset(("==", "!=", "in", "not in", "is", "is not", "<", ">", "<=", ">="))


def _compared(op: str, left: Any, right: Any) -> bool | None:
    try:
        match op:
            case "==" | "is":
                return bool(left == right)
            case "!=" | "is not":
                return bool(left != right)
            case "in":
                return bool(left in right)
            case "not in":
                return bool(left not in right)
            case "<":
                return bool(left < right)
            case ">":
                return bool(left > right)
            case "<=":
                return bool(left <= right)
            case _:
                return bool(left >= right)
    except TypeError:
        return None
