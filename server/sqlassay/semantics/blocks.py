"""How statements that hold others are walked: branches, loops, `with`, `try` and `match`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sqlassay.semantics import (
    coroutines,
    deeds,
    expressions,
    rounds,
    scopes,
    tasks,
    touching,
    typehints,
)
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.frame import Frame
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


def _if(self: Evaluator, node: n.If) -> bool:
    test = self.expr(node.test)
    coroutines.misused(self, test, node.test, "truth")
    if isinstance(test, v.Const) and self.frame.decides(node, node.test):
        # This call takes one way: whoever walks the function for itself sees both.
        return self.block(node.body if test.value else node.orelse)

    def body() -> bool:
        narrow(self, node.test, True)
        return self.block(node.body)

    def orelse() -> bool:
        narrow(self, node.test, False)
        return self.block(node.orelse)

    return self.branches(body, orelse)


def narrow(self: Evaluator, test: n.Expr, holds: bool) -> None:
    """`if x:`, `if x is None:`, `isinstance(x, User)`: drop None from what x may be; a list that is false is empty."""
    match test:
        case n.UnaryOp(op="not"):
            narrow(self, test.operand, not holds)
        case n.BoolOp(op="and") if holds:
            for each in test.values:
                narrow(self, each, True)
        case n.BoolOp(op="or") if not holds:
            for each in test.values:
                narrow(self, each, False)
        case n.Compare(ops=(op,), left=n.Name(id=name), comparators=(n.Constant(kind="none"),)):
            if (op in ("is not", "!=")) == holds:
                _drop_none(self, name)
            else:
                self.frame.env[name] = v.NONE
        case n.Name(id=name) if holds:
            _drop_none(self, name)
        case n.NamedExpr(target=n.Name(id=name)) if holds:
            _drop_none(self, name)
        case n.Name(id=name):
            _empty(self, name)
        case n.Call(func=n.Name(id="isinstance"), args=(n.Name(id=name), kind)) if holds:
            current = self.frame.env.get(name)
            if current is None or isinstance(current, v.Unknown | v.Param):
                self.frame.env[name] = typehints.value_of(self.world, self.frame.path, kind, "parameter")
        case _:
            pass


def _drop_none(self: Evaluator, name: str) -> None:
    current = self.frame.env.get(name)
    if isinstance(current, v.Union):
        self.frame.env[name] = v.union(each for each in current.values if each != v.NONE)


def _empty(self: Evaluator, name: str) -> None:
    current = self.frame.env.get(name, v.UNKNOWN)
    if any(isinstance(each, v.Collection) and not each.lazy for each in v.members(current)):
        parts = (_NOTHING if isinstance(each, v.Collection) else each for each in v.members(current))
        self.frame.env[name] = v.union(parts)


_NOTHING = v.TupleValue((), True)


def _for(self: Evaluator, node: n.For) -> bool:
    frame = self.frame
    before = dict(frame.env)
    loop = self.iterate(node, node.target, node.iter, "for", node.is_async)
    element = frame.env.get(node.target.id, v.UNKNOWN) if isinstance(node.target, n.Name) else v.UNKNOWN
    ended = self.block(node.body)
    if frame.tasks:
        tasks.loop_ended(self, node)
    for each in loop.left:
        frame.env = scopes.join_env(frame.env, each)
    if not ended:
        following = rounds.next_element(frame, node.target, element)
        rounds.again(self, node, loop, lambda: self.bind(node.target, following))
    frame.loops.pop()
    frame.env = scopes.join_env(before, frame.env)
    self.block(node.orelse)
    return False


def _while(self: Evaluator, node: n.While) -> bool:
    frame = self.frame
    frame.loops.append(ev.Loop(next(self.keys), node, "while", v.UNKNOWN, frozenset(), self.place(node.test)))
    self.expr(node.test)
    before = dict(frame.env)
    narrow(self, node.test, True)
    ended = self.block(node.body)
    if frame.tasks:
        tasks.loop_ended(self, node)
    for each in frame.loops[-1].left:
        frame.env = scopes.join_env(frame.env, each)
    if not ended:
        rounds.again(self, node, frame.loops[-1], lambda: _narrow_by(self, node.test))
    frame.loops.pop()
    frame.env = scopes.join_env(before, frame.env)
    self.block(node.orelse)
    endless = isinstance(node.test, n.Constant) and bool(node.test.value)
    return endless and not _has_break(node.body)


def _narrow_by(self: Evaluator, test: n.Expr) -> None:
    self.expr(test)
    narrow(self, test, True)


def _has_break(body: Iterable[n.Stmt]) -> bool:
    from sqlassay.facts.collect import own_statements

    return any(isinstance(each, n.Simple) and each.kind == "break" for each in own_statements(body))


def _with(self: Evaluator, node: n.With) -> bool:
    frame = self.frame
    guards = locks = 0
    started = len(frame.tasks)
    group = False
    committing: list[v.Session] = []
    closing: list[v.Session] = []
    for item in node.items:
        value = self.expr(item.context)
        if isinstance(value, _ENTERED):
            self.emit(ev.ContextEntered(self.world, frame, node, item, value))
        if node.is_async and touching.may_lock(item.context, value):
            locks += 1
        group = group or value == tasks.GROUP
        if isinstance(value, v.Manager) and isinstance(value.commits, v.Session):
            committing.append(value.commits)
        closing.extend(_closed_by(value))
        entered, guard = expressions.enter(self, value, item.context, node.is_async)
        if guard:
            frame.guards.append(guard)
            guards += 1
        if item.target is not None:
            self.bind(item.target, entered)
    frame.locked += locks
    ended = self.block(node.body)
    frame.locked -= locks
    if group:
        tasks.finished(frame.tasks[started:])
    if guards:
        del frame.guards[-guards:]
    for session in committing:
        deeds.committed(frame, session)
    for session in closing:
        deeds.closed(frame, session)
    # A context manager may swallow what its body raises: only a plain return is sure to leave.
    left = ended and bool(node.body) and isinstance(node.body[-1], n.Return)
    frame.hidden_end = frame.hidden_end or (ended and not left)
    return left


def _closed_by(value: v.Value) -> Iterable[v.Session]:
    """The session that leaving a `with` closes: itself entered, or begun by its maker."""
    inner = value.value if isinstance(value, v.Manager) and value.commits == value.value else value
    return (inner,) if isinstance(inner, v.Session) and not inner.scoped else ()


_ENTERED = (v.Session, v.Connection, v.Manager)


def _try(self: Evaluator, node: n.Try) -> bool:
    frame = self.frame
    if not node.handlers and not node.finalbody:
        _broken(self, node)
    key = next(self.keys)
    start = frame.order
    before = dict(frame.env)
    frame.tries.append((key, "body"))
    ended = self.block(node.body)
    frame.tries.pop()
    if not ended and node.orelse:
        frame.tries.append((key, "orelse"))
        ended = self.block(node.orelse)
        frame.tries.pop()
    after = None if ended else frame.env
    # A handler may begin anywhere in the body.
    reached = scopes.join_env(before, frame.env)
    for handler in node.handlers:
        frame.env = dict(reached)
        if handler.name:
            frame.env[handler.name] = v.UNKNOWN
        frame.tries.append((key, "handler"))
        if not self.block(handler.body):
            after = frame.env if after is None else scopes.join_env(after, frame.env)
        frame.tries.pop()
    frame.env = after if after is not None else reached
    if node.finalbody:
        frame.tries.append((key, "finally"))
        if self.block(node.finalbody):
            after = None
        frame.tries.pop()
    frame.order += 1
    for handler in node.handlers:
        frame.handlers.append(
            ev.HandlerInfo(
                key,
                handler,
                node,
                tuple(scopes.exception_names(self, handler.type)),
                frame.order,
                start,
                tuple(each.key for each in frame.loops),
                tuple(frame.tries),
            )
        )
    return after is None


def _match(self: Evaluator, node: n.Match) -> bool:
    self.expr(node.subject)
    left: list[bool] = []

    def way(case: n.Case) -> Callable[[], bool]:
        def walk() -> bool:
            for name in case.captures:
                self.frame.env[name] = v.UNKNOWN
            if case.guard is not None:
                self.expr(case.guard)
            left.append(self.block(case.body))
            return left[-1]

        return walk

    self.branches(*(way(case) for case in node.cases), lambda: False)
    # Whether the cases are all there can be is not known.
    self.frame.hidden_end = self.frame.hidden_end or all(left)
    return False


def _broken(self: Evaluator, node: n.Stmt) -> bool:
    frame: Frame | None = self.frame
    while frame is not None:
        frame.broken = True
        frame = frame.parent
    return False


HANDLERS: dict[type[n.Node], Callable[..., bool]] = {
    n.If: _if,
    n.For: _for,
    n.While: _while,
    n.With: _with,
    n.Try: _try,
    n.Match: _match,
    n.Broken: _broken,
}
"""How each statement is walked that holds others; as `statements.HANDLERS`."""
