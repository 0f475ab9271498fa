"""What an expression is worth."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlassay.semantics import attributes, calls, changes, clauses, coroutines, drawing, lookups, names, tasks, texts
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.library import serialisers
from sqlassay.semantics.library.results import consumed, row_of
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


_BUILTINS = frozenset(dir(builtins))


def load_name(self: Evaluator, name: str) -> v.Value:
    """What a name is here: local, enclosing, module-level, builtin."""
    frame = self.frame
    found = frame.env.get(name)
    if found is not None:
        return found
    outer = frame.parent
    while outer is not None:
        # A class body's names are not seen from its methods.
        if outer.cls is None or outer.function is not None or outer.env is frame.env:
            found = outer.env.get(name)
            if found is not None:
                return found
        outer = outer.parent
    names = frame.unit.names
    value = names.get(name)
    if value is None:
        value = names[name] = lookups.module_name(self, frame.path, name)
    return value


def _name(self: Evaluator, node: n.Name) -> v.Value:
    value = load_name(self, node.id)
    if isinstance(value, v.Unknown) and node.id in _BUILTINS:
        return v.External(f"builtins.{node.id}")
    return value


def _constant(self: Evaluator, node: n.Constant) -> v.Value:
    if node.kind in ("bytes", "complex", "ellipsis"):
        return v.UNKNOWN
    return v.Const(node.value)


def _fstring(self: Evaluator, node: n.FString) -> v.Value:
    if node.template:
        for part in node.parts:
            if isinstance(part, n.Formatted):
                self.expr(part.value)
        return v.UNKNOWN
    return texts.from_fstring(self, node)


def _attribute(self: Evaluator, node: n.Attribute) -> v.Value:
    if self.frame.env:
        # `self.session = ...` earlier in this function.
        stored = self.frame.env.get(f"{node.value.id}.{node.attr}") if isinstance(node.value, n.Name) else None
        if stored is not None:
            return stored
    return attributes.of(self, self.expr(node.value), node)


def _call(self: Evaluator, node: n.Call) -> v.Value:
    return calls.call(self, node)


def _await(self: Evaluator, node: n.Await) -> v.Value:
    frame = self.frame
    around, frame.awaited = frame.awaited, node.value
    value = self.expr(node.value)
    frame.awaited = around
    parts = [coroutines.outcome(each) for each in v.members(value)]
    if isinstance(value, v.Awaitable) and (frame.tasks or frame.touches is not None):
        tasks.awaited(self, value, node)
    out = parts[0]
    for each in parts[1:]:
        out = v.join(out, each)
    return out


def _yield(self: Evaluator, node: n.Yield) -> v.Value:
    value = self.expr(node.value) if node.value is not None else v.NONE
    frame = self.frame
    if node.is_from:
        frame.yields.append((element_of(self, value, node), node))
    else:
        frame.yields.append((value, node))
    frame.escape(value, "yielded")
    return v.UNKNOWN


def _binop(self: Evaluator, node: n.BinOp) -> v.Value:
    # A long sum is a left-deep chain: go down it in a loop, not in the interpreter's stack.
    chain: list[n.BinOp] = []
    left: n.Expr = node
    while isinstance(left, n.BinOp):
        chain.append(left)
        left = left.left
    value = self.expr(left)
    for each in reversed(chain):
        value = combine(self, value, each.op, self.expr(each.right), each.right, each)
    return value


def combine(self: Evaluator, left: v.Value, op: str, right: v.Value, right_node: n.Expr, node: n.Node) -> v.Value:
    """The value of `left op right`."""
    if op in ("+", "%") and isinstance(left, v.Const | v.Text) and _is_text(left):
        if op == "%" and type(right) in v.HOLDERS:
            texts.interpolated(self, right, right_node)
        found = texts.concatenate(self, left, right, right_node) if op == "+" else texts.percent(self, left, right_node)
        if found is not None:
            return found
    if op == "+" and isinstance(right, v.Const | v.Text) and _is_text(right):
        left_node = node.left if isinstance(node, n.BinOp) else right_node
        return texts.prepend(self, left, left_node, right)
    if v.is_sql(left) or v.is_sql(right):
        pinned = [each.pinned for each in (left, right) if isinstance(each, v.Clause)] if op == "&" else []
        parts = clauses.Gathered(((left, node.left if isinstance(node, n.BinOp) else None), (right, right_node)))
        return parts.clause(op in ("&", "|"), frozenset().union(*pinned))
    if left == v.PLAIN and (right == v.PLAIN or (isinstance(right, v.Const) and not isinstance(right.value, str))):
        return v.PLAIN
    if op == "+" and isinstance(left, v.Collection | v.TupleValue) and isinstance(right, v.Collection | v.TupleValue):
        return v.Collection(v.join(element_of(self, left, node), element_of(self, right, node)))
    if op == "|" and isinstance(left, v.DictValue) and isinstance(right, v.DictValue):
        return v.DictValue(v.join(left.key, right.key), v.join(left.value, right.value))
    return v.UNKNOWN


def _is_text(value: v.Value) -> bool:
    return isinstance(value, v.Text) or (isinstance(value, v.Const) and isinstance(value.value, str))


def _unary(self: Evaluator, node: n.UnaryOp) -> v.Value:
    value = self.expr(node.operand)
    if node.op == "not":
        coroutines.misused(self, value, node, "truth")
        if v.is_sql(value):
            self.emit(ev.BooleanOperator(self.world, self.frame, node, (value,), self.frame.clause))
        return v.Const(not value.value) if isinstance(value, v.Const) else v.UNKNOWN
    if v.is_sql(value):
        return clauses.Gathered([(value, None)]).clause(node.op == "~")
    if node.op == "-" and isinstance(value, v.Const) and isinstance(value.value, int | float):
        return v.Const(-value.value)
    return v.UNKNOWN


def _boolop(self: Evaluator, node: n.BoolOp) -> v.Value:
    values = tuple(self.expr(each) for each in node.values)
    if any(v.is_sql(each) for each in values):
        self.emit(ev.BooleanOperator(self.world, self.frame, node, values, self.frame.clause))
    out = values[0]
    for each in values[1:]:
        out = v.join(out, each)
    return out


def _compare(self: Evaluator, node: n.Compare) -> v.Value:
    left = self.expr(node.left)
    if isinstance(left, v.Awaitable):
        coroutines.misused(self, left, node, "compared")
    previous = node.left
    boolean: v.Value = v.UNKNOWN
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = self.expr(comparator)
        if v.is_sql(left) or v.is_sql(right):
            self.emit(ev.Comparison(self.world, self.frame, node, left, right, op, self.frame.clause))
            if op not in ("is", "is not", "in", "not in"):
                parts = clauses.Gathered(((left, previous), (right, comparator)))
                boolean = parts.clause(True, _pinned(op, (left, previous), (right, comparator)), compared=True)
        left, previous = right, comparator
    return boolean


def _pinned(op: str, left: tuple[v.Value, n.Expr], right: tuple[v.Value, n.Expr]) -> frozenset[v.Pin]:
    """The column that `column == value` sets to one value; nothing for two columns, which a join compares."""
    if op != "==" or v.is_sql(left[0]) == v.is_sql(right[0]):
        return frozenset()
    column, value = (left[0], right[1]) if v.is_sql(left[0]) else (right[0], left[1])
    if not isinstance(column, v.Mapped):
        return frozenset()
    return frozenset([v.Pin(column.model, column.name, names.names_of(value))])


def _ifexp(self: Evaluator, node: n.IfExp) -> v.Value:
    test = self.expr(node.test)
    if v.is_sql(test):
        self.emit(ev.BooleanOperator(self.world, self.frame, node, (test,), self.frame.clause))
    if isinstance(test, v.Const) and self.frame.decides(node, node.test):
        return self.expr(node.body if test.value else node.orelse)
    return v.join(self.expr(node.body), self.expr(node.orelse))


def _named_expr(self: Evaluator, node: n.NamedExpr) -> v.Value:
    value = self.expr(node.value)
    self.bind(node.target, value)
    return value


def _lambda(self: Evaluator, node: n.Lambda) -> v.Value:
    from sqlassay.semantics import scopes

    key = next(self.keys)
    self.locals[key] = (node, self.frame)
    scopes.capture(self, node)
    return v.LocalFunction(key)


def _starred(self: Evaluator, node: n.Starred) -> v.Value:
    return self.expr(node.value)


def _sequence(self: Evaluator, node: n.ListExpr | n.TupleExpr) -> v.Value:
    if any(isinstance(each, n.Starred) for each in node.elts):
        out: v.Value | None = None
        for each in node.elts:
            value = self.expr(each)
            part = element_of(self, value, each) if isinstance(each, n.Starred) else value
            out = part if out is None else v.join(out, part)
        return v.Collection(out if out is not None else v.UNKNOWN)
    return v.TupleValue(tuple(self.expr(each) for each in node.elts), isinstance(node, n.ListExpr))


def _set(self: Evaluator, node: n.SetExpr) -> v.Value:
    out: v.Value | None = None
    for each in node.elts:
        value = self.expr(each)
        out = value if out is None else v.join(out, value)
    return v.Collection(out if out is not None else v.UNKNOWN)


def _dict(self: Evaluator, node: n.DictExpr) -> v.Value:
    key: v.Value | None = None
    value: v.Value | None = None
    entries: list[tuple[str, v.Value]] = []
    whole = True
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        one = self.expr(value_node)
        if key_node is None:
            whole = False
            if isinstance(one, v.DictValue):
                key = one.key if key is None else v.join(key, one.key)
                value = one.value if value is None else v.join(value, one.value)
            continue
        name = self.expr(key_node)
        key = name if key is None else v.join(key, name)
        value = one if value is None else v.join(value, one)
        if isinstance(name, v.Const) and isinstance(name.value, str):
            entries.append((name.value, one))
        else:
            whole = False
    if key is None or value is None:
        return v.DictValue(v.UNKNOWN, v.UNKNOWN, (), not node.values)
    return v.DictValue(key, value, tuple(entries) if whole else ())


def _subscript(self: Evaluator, node: n.Subscript) -> v.Value:
    owner = self.expr(node.value)
    index = self.expr(node.index)
    if isinstance(owner, v.Awaitable):
        coroutines.misused(self, owner, node, "item")
    value = item_of(self, owner, index, node)
    return drawing.by_key(self, value, names.names_of(node.index)) if self.frame.loops else value


def item_of(self: Evaluator, owner: v.Value, index: v.Value, node: n.Subscript) -> v.Value:
    """What `owner[index]` is."""
    match owner:
        case v.TupleValue():
            if isinstance(node.index, n.Slice):
                return v.Collection(element_of(self, owner, node))
            if (
                isinstance(index, v.Const)
                and isinstance(index.value, int)
                and -len(owner.items) <= index.value < len(owner.items)
            ):
                return owner.items[index.value]
            if isinstance(index, v.Const) and isinstance(index.value, str):
                return v.UNKNOWN
            return element_of(self, owner, node)
        case v.Collection() | v.Result() | v.Statement(kind="query"):
            element = element_of(self, owner, node)
            if isinstance(owner, v.Statement) and isinstance(node.index, n.Slice):
                consumed(self, node, node.value, owner, "slice")
            return v.Collection(element) if isinstance(node.index, n.Slice) else element
        case v.DictValue():
            if isinstance(index, v.Model):
                # A row's mapping, by the class: its entries are named so.
                index = v.Const(index.ref.plain)
            if isinstance(index, v.Const):
                for name, value in owner.entries:
                    if name == index.value:
                        return value
            return owner.value
        case v.Union():
            out: v.Value | None = None
            for each in owner.values:
                if each != v.NONE:
                    found = item_of(self, each, index, node)
                    out = found if out is None else v.join(out, found)
            return out if out is not None else v.UNKNOWN
        case v.Mapped() | v.Clause() | v.ExternalObject(name="sa:columns"):
            return v.Clause()
        case v.ClassValue():
            return serialisers.generic(self, owner, node)
        case v.Stored():
            return v.UNKNOWN if isinstance(node.index, n.Slice) else changes.inside(owner)
        case v.Text() if isinstance(node.index, n.Slice):
            return owner  # nearly all of it
        case v.Scalar():
            return owner
        case v.External(name=name) if name.startswith("flask.request."):
            return v.REQUEST
        case v.External(name=name) if name in _GENERIC:
            return owner
        case _:
            return v.UNKNOWN


_GENERIC = frozenset(["sa:sessionmaker", "sa:async_sessionmaker", "sa:scoped_session", "sa:async_scoped_session"])
"""What may be called with a type of what it makes: `sessionmaker[Session](engine)`."""


def store_item(self: Evaluator, target: n.Subscript, value: v.Value) -> None:
    """`name[key] = value`: the dict or list of that name now holds the value."""
    if not isinstance(target.value, n.Name):
        return
    name = target.value.id
    current = self.frame.env.get(name)
    match current:
        case v.DictValue():
            self.frame.env[name] = v.DictValue(v.UNKNOWN, value if current.empty else v.join(current.value, value))
        case v.TupleValue(is_list=True):
            self.frame.env[name] = v.Collection(v.join(element_of(self, current, target), value))
        case _:
            pass


def _slice(self: Evaluator, node: n.Slice) -> v.Value:
    for each in (node.lower, node.upper, node.step):
        if each is not None:
            self.expr(each)
    return v.UNKNOWN


def _comprehension(self: Evaluator, node: n.Comprehension) -> v.Value:
    frame = self.frame
    saved = dict(frame.env)
    count = 0
    for generator in node.generators:
        self.iterate(node, generator.target, generator.iter, "comprehension", generator.is_async)
        count += 1
        for test in generator.ifs:
            self.expr(test)
    element = self.expr(node.element)
    value = self.expr(node.value) if node.value is not None else None
    if frame.tasks:
        tasks.loop_ended(self, node)
    own = frozenset().union(*(each.targets for each in frame.loops[-count:]))
    del frame.loops[-count:]
    # Its own names end with it; what befell instances in it (`[await session.refresh(each) for each in users]`) stays.
    frame.env = {name: value if name in own else frame.env.get(name, value) for name, value in saved.items()}
    frame.escape(element, "stored")
    if value is not None:
        frame.escape(value, "stored")
        return v.DictValue(element, value)
    return v.Collection(element, node.kind == "generator")


def element_of(self: Evaluator, value: v.Value, node: n.Node) -> v.Value:
    """What iterating over a value gives, one at a time."""
    match value:
        case v.Collection():
            return value.element
        case v.TupleValue():
            if not value.items:
                return v.UNKNOWN
            out = value.items[0]
            for each in value.items[1:]:
                out = v.join(out, each)
            return out
        case v.Result():
            return value.row
        case v.Statement(kind="query"):
            return row_of(value, "query")
        case v.DictValue():
            return value.key
        case v.Union():
            found: v.Value | None = None
            for member in value.values:
                if member == v.NONE:
                    continue
                part = element_of(self, member, node)
                found = part if found is None else v.join(found, part)
            return found if found is not None else v.UNKNOWN
        case v.Awaitable():
            return element_of(self, value.value, node)
        case v.Instance():
            return calls.iteration(self, value)
        case v.Stored():
            return changes.inside(value)
        case v.ClassValue(ref=ref) if names.is_enum(self.world, ref):
            return v.Instance(ref)
        case v.Scalar():
            return value
        case _:
            return v.UNKNOWN


def enter(self: Evaluator, value: v.Value, node: n.Expr, is_async: bool) -> tuple[v.Value, str]:
    """What `with value` binds, and the guard it puts around its body ('' for none)."""
    frame = self.frame
    match value:
        case v.Session():
            opening = frame.openings.get(value.origin) if value.origin is not None else None
            if opening is not None:
                opening.managed = True
            return value, "session"
        case v.Manager(value=inner):
            for session in v.sessions(inner):
                opening = frame.openings.get(session.origin) if session.origin is not None else None
                if opening is not None:
                    opening.managed = True
            guard = "session" if any(True for _ in v.sessions(inner)) else ""
            if isinstance(inner, v.External):
                return v.UNKNOWN, inner.name
            return inner, guard
        case v.Awaitable(value=inner):
            return enter(self, inner, node, is_async)
        case v.Maker():
            return v.UNKNOWN, ""
        case v.Instance():
            entered = calls.enter_instance(self, value, is_async)
            return entered, "session" if any(True for _ in v.sessions(entered)) else ""
        case v.Connection() | v.Result():
            return value, ""
        case v.Union():
            known = [each for each in value.values if each != v.NONE]
            return enter(self, known[0], node, is_async) if len(known) == 1 else (v.UNKNOWN, "")
        case _:
            return v.UNKNOWN, ""


HANDLERS: dict[type[n.Node], Callable[..., v.Value]] = {
    n.Name: _name,
    n.Attribute: _attribute,
    n.Call: _call,
    n.Constant: _constant,
    n.FString: _fstring,
    n.BinOp: _binop,
    n.UnaryOp: _unary,
    n.BoolOp: _boolop,
    n.Compare: _compare,
    n.IfExp: _ifexp,
    n.NamedExpr: _named_expr,
    n.Lambda: _lambda,
    n.Starred: _starred,
    n.ListExpr: _sequence,
    n.TupleExpr: _sequence,
    n.SetExpr: _set,
    n.DictExpr: _dict,
    n.Subscript: _subscript,
    n.Slice: _slice,
    n.Comprehension: _comprehension,
    n.Await: _await,
    n.Yield: _yield,
}
"""How each kind of expression is evaluated."""
