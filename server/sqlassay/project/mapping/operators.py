"""Reads containers and operators: tuples, dicts, subscripts, `+`, `or`, conditional expressions."""

from __future__ import annotations

from msgspec.structs import replace

from sqlassay.project.mapping import running, strings
from sqlassay.project.mapping.things import (
    PLAIN,
    UNREAD,
    Annotation,
    Attr,
    Bound,
    Const,
    Map,
    Scope,
    Seq,
    Thing,
    Unread,
)
from sqlassay.project.mapping.world import World
from sqlassay.syntax import nodes as n

# ------------------------------------------------------------------ containers


def sequence(world: World, node: n.TupleExpr | n.ListExpr, scope: Scope) -> Thing:
    out = Seq([])
    for each in node.elts:
        if isinstance(each, n.Starred):
            opened = world.graph.read(each.value, scope)
            if isinstance(opened, Seq):
                out.items.extend(opened.items)
                out.whole = out.whole and opened.whole
            else:
                out.whole = False
        else:
            out.items.append((each, scope))
    return out


def mapping(world: World, node: n.DictExpr, scope: Scope) -> Thing:
    out = Map([])
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            opened = world.graph.read(value, scope)
            if isinstance(opened, Map):
                out.entries.extend(opened.entries)
                out.whole = out.whole and opened.whole
            else:
                out.whole = False
        else:
            out.entries.append((world.graph.read(key, scope), value, scope))
    return out


def subscript(world: World, node: n.Subscript, scope: Scope) -> Thing:
    owner = world.graph.read(node.value, scope)
    match owner:
        case Const():
            return strings.item(world, owner, node, scope)
        case Seq():
            index = _constant(world, node.index, scope)
            if index is not None and isinstance(index.value, int) and owner.whole:
                where = range(len(owner.items))
                if -len(where) <= index.value < len(where):
                    return world.graph.read(*owner.items[index.value])
            return UNREAD
        case Map():
            key = _constant(world, node.index, scope)
            found = owner.entry(key.value) if key is not None and isinstance(key.value, str) else None
            return world.graph.read(*found) if found is not None else UNREAD
        case Attr(name="tables"):
            # metadata.tables["user"]
            key = _constant(world, node.index, scope)
            return Attr(owner, str(key.value)) if key is not None else UNREAD
        case Attr(name="c" | "columns"):
            key = _constant(world, node.index, scope)
            return Attr(owner, str(key.value)) if key is not None else UNREAD
        case Unread():
            return UNREAD
        case _:
            return Annotation(node, scope)


# ------------------------------------------------------------------- operators


def binop(world: World, node: n.BinOp, scope: Scope) -> Thing:
    left, right = world.graph.read(node.left, scope), world.graph.read(node.right, scope)
    match left, right:
        case Seq(), Seq() if node.op == "+":
            return Seq(left.items + right.items, left.whole and right.whole)
        case Seq(), _ if node.op == "+":
            return Seq(left.items, False)
        case _, Seq() if node.op == "+":
            return Seq(right.items, False)
        case Map(), Map() if node.op == "|":
            return Map(left.entries + right.entries, left.whole and right.whole)
        case Const(), _:
            return strings.operator(world, left, node.op, right, node, scope)
        case _:
            return UNREAD


def ifexp(world: World, node: n.IfExp, scope: Scope) -> Thing:
    truth = running.truth(world, node.test, scope)
    if truth is not None:
        return world.graph.read(node.body if truth else node.orelse, scope)
    left, right = world.graph.read(node.body, scope), world.graph.read(node.orelse, scope)
    return running.either(left, right)


def boolop(world: World, node: n.BoolOp, scope: Scope) -> Thing:
    for each in node.values[:-1]:
        found = world.graph.read(each, scope)
        if not isinstance(found, Const):
            return found if not isinstance(found, Unread) and node.op == "or" else UNREAD
        if bool(found.value) == (node.op == "or"):
            return found
    return world.graph.read(node.values[-1], scope)


def condition(world: World, node: n.Expr, scope: Scope) -> Thing:
    if isinstance(node, n.UnaryOp) and node.op in "+-":
        found = _constant(world, node.operand, scope)
        if found is None or not isinstance(found.value, int | float):
            return UNREAD
        return Const(-found.value if node.op == "-" else found.value)
    known = running.truth(world, node, scope)
    return Const(known) if known is not None else UNREAD


def constant(_world: World, node: n.Constant, _scope: Scope) -> Thing:
    return Const(node.value) if node.kind in PLAIN else UNREAD


def function(_world: World, node: n.Lambda, scope: Scope) -> Thing:
    # What a class body binds is not seen in a lambda: `secondary=lambda: friends` is the module's table.
    return Bound(node, None, replace(scope, owner=None))


def named(world: World, node: n.NamedExpr, scope: Scope) -> Thing:
    found = scope.names[node.target.id] = world.graph.read(node.value, scope)
    return found


def _constant(world: World, node: n.Expr, scope: Scope) -> Const | None:
    found = world.graph.read(node, scope)
    return found if isinstance(found, Const) else None
