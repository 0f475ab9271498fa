"""The walk: each function once, in order, with its loops, branches, handlers and sessions; out come events.

`Evaluator.unit` walks one top-level statement of a file for its events. `call_function` and the memoised lookups walk
other code quietly, for what it returns. What an expression is worth is decided in `expressions`, what a call gives in
`calls` and the tables of `library`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping

from sqlassay.facts import inner
from sqlassay.facts.model import ClassFact, FunctionFact, ModuleFacts
from sqlassay.semantics import (
    aside,
    changes,
    coroutines,
    expressions,
    library,
    reads,
    scopes,
    states,
    tasks,
    touching,
    typehints,
    views,
)
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.conversions import routes
from sqlassay.semantics.frame import Frame, Unit
from sqlassay.semantics.library.results import consumed
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.urls import SETTINGS
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.members import members
from sqlassay.syntax.place import Place

Sink = Callable[[ev.Event], None]

Around = Callable[[str, n.FunctionDef, Callable[[], None]], None]


def _directly(_anchor: str, _node: n.FunctionDef, walk: Callable[[], None]) -> None:
    walk()


MAX_CALLS = 400
"""Project functions walked for the sake of one top-level statement."""


class Evaluator:
    """Walks code of one world. `sink` gets the events of units; quiet walks emit none."""

    def __init__(self, world: World, sink: Sink, watch: Callable[[n.ExprStmt, v.Value], None] | None = None) -> None:
        """`watch` is told what each expression statement of a unit is worth: for tests."""
        self.world = world
        self.sink = sink
        self.watch = watch
        self.dispatch = library.dispatch
        self.around: Around = _directly
        """Walks a method of a class, given its anchor, node and the walk itself; or knows that it need not."""
        self.lookups = 0
        """How many lookups of names and attributes this one is made for, one inside the other."""
        self.frame: Frame = Frame(Unit("", "", n.Broken(0, 0)))
        self.keys = itertools.count(1)
        self.calls_left = MAX_CALLS
        self.locals: dict[int, tuple[n.FunctionDef | n.Lambda, Frame]] = {}

    # ------------------------------------------------------------------ units

    def unit(self, path: str, anchor: str, statement: n.Stmt) -> None:
        """Walk one top-level statement of a file, emitting its events."""
        self.calls_left = MAX_CALLS
        self.locals.clear()
        unit = Unit(path, anchor, statement)
        unit.members = {node.start: name for name, node in members(statement, anchor)}
        self.frame = Frame(unit)
        self.statement(statement)

    def migration(self, facts: ModuleFacts, anchor: str, upgrade: n.FunctionDef, remarks: tuple[str, ...]) -> None:
        """The event about a revision. `anchor` is where `upgrade` stands; `remarks` are the downgrade's comments."""
        self.calls_left = MAX_CALLS
        self.locals.clear()
        self.frame = Frame(Unit(facts.path, anchor, upgrade))
        found: list[ev.Event] = []
        outer, self.sink = self.sink, found.append
        try:
            self.function_value(upgrade, "upgrade", None, facts.functions.get("upgrade"))
        finally:
            self.sink = outer
        operations = tuple(each for each in found if isinstance(each, ev.MigrationOperation))
        downgrade = self.world.function_node(Ref(facts.path, "downgrade")) if "downgrade" in facts.functions else None
        self.emit(ev.MigrationDeclared(self.world, self.frame, facts, upgrade, downgrade, operations, remarks))

    def emit(self, event: ev.Event) -> None:
        if not self.frame.quiet:
            self.sink(event)

    def runs(self, node: n.Node, statement: v.Statement, method: str, keywords: Mapping[str, v.Value]) -> None:
        """Code runs a statement: say so, or leave it to the caller."""
        if self.frame.quiet:
            self.frame.runs.append(ev.Ran(statement, method, keywords))
        else:
            self.sink(ev.StatementRun(self.world, self.frame, node, statement, method, keywords))

    def place(self, node: n.Node) -> Place:
        """A node of the code being walked, as a Place."""
        return self.frame.unit.place(node)

    # ------------------------------------------------------------- statements

    def block(self, body: Iterable[n.Stmt]) -> bool:
        """Walk statements in order. True where control cannot come out at the end."""
        for each in body:
            if self.statement(each):
                return True
        return False

    def statement(self, node: n.Stmt) -> bool:
        """Walk one statement. True where control does not go on to the next one."""
        handler = _STATEMENTS.get(type(node))
        return bool(handler(self, node)) if handler is not None else False

    def branches(self, *ways: Callable[[], bool]) -> bool:
        """Walk alternatives from the same state and join what they leave. True where none goes on."""
        frame = self.frame
        before = frame.env
        after: dict[str, v.Value] | None = None
        for way in ways:
            frame.env = dict(before)
            if not way():
                after = frame.env if after is None else _join_env(after, frame.env)
        if after is None:
            frame.env = before
            return True
        frame.env = after
        return False

    def expr(self, node: n.Expr) -> v.Value:
        """The value of an expression in the current frame; every part of it is walked, so that its events come out."""
        handler = expressions.HANDLERS.get(type(node))
        return handler(self, node) if handler is not None else v.UNKNOWN

    # --------------------------------------------------------------- binding

    def bind(self, target: n.Expr, value: v.Value) -> None:
        """Assign a value to a target of an assignment, a loop or a `with`."""
        frame = self.frame
        match target:
            case n.Name(id=name):
                if name in frame.outer_names:
                    frame.escape(value, "stored")
                for session in v.sessions(value):
                    opening = frame.openings.get(session.origin) if session.origin is not None else None
                    if opening is not None and not opening.name:
                        opening.name = name
                if isinstance(value, v.Awaitable) and value.runs:
                    coroutines.named(self, value, name)
                frame.env[name] = value
            case n.TupleExpr(elts=elts) | n.ListExpr(elts=elts):
                for each, part in zip(elts, unpack(value, elts), strict=True):
                    self.bind(each, part)
            case n.Starred(value=inner):
                self.bind(inner, value if isinstance(value, v.Collection) else v.UNKNOWN)
            case n.Attribute():
                owner = self.expr(target.value)
                coroutines.misused(self, owner, target, "attribute")
                for entity in v.members(owner):
                    if isinstance(entity, v.Entity):
                        reads.of_replaced(self, entity, target)
                changes.assigned(self, owner, target.attr, value)
                views.assigned(self, owner, target)
                for entity in v.members(owner):
                    if isinstance(entity, v.Entity):
                        self.emit(ev.AttributeAssigned(self.world, frame, target, entity))
                states.handed_over(frame, (value,), awaited=False)
                aside.given(frame, owner, (target.attr,))
                frame.escape(value, "stored")
                dotted = dotted_name(target)
                if dotted is not None:
                    frame.env[dotted] = value
            case n.Subscript():
                changes.changed(self, self.expr(target.value), target, "item")
                self.expr(target.index)
                frame.escape(value, "stored")
                expressions.store_item(self, target, value)
            case _:
                pass

    # ------------------------------------------------------------------ loops

    def iterate(self, node: n.Node, target: n.Expr, iterated: n.Expr, kind: str, is_async: bool = False) -> ev.Loop:
        """Begin a loop: evaluate what it runs over, bind its target, and give the loop (the caller ends it)."""
        value = self.expr(iterated)
        if isinstance(iterated, n.Call) and isinstance(value, v.Statement) and value.kind == "query":
            self.emit(ev.QueryMethod(self.world, self.frame, iterated, (), {}, False, value, "__iter__"))
        if isinstance(value, v.Statement) and value.kind == "query":
            self.runs(iterated, value, "__iter__", {})
        elif isinstance(value, v.Result):
            self.emit(ev.ResultIterated(self.world, self.frame, node, iterated, value, is_async))
        elif isinstance(value, v.Awaitable):
            coroutines.misused(self, value, iterated, "iterated")
        consumed(self, iterated, iterated, value, "__iter__")
        key = next(self.keys)
        loop = ev.Loop(key, node, kind, value, frozenset(names_in(target)), self.place(iterated))
        self.frame.loops.append(loop)
        self.bind(target, v.vary(expressions.element_of(self, value, iterated), key))
        return loop

    # -------------------------------------------------------------- functions

    def function_value(
        self,
        node: n.FunctionDef,
        qualname: str,
        cls: Ref | None,
        fact: FunctionFact | None,
        unit: Unit | None = None,
    ) -> None:
        """Walk a function's own body for its events; `unit` where it is a method with places of its own."""
        outer = self.frame
        frame = Frame(unit or outer.unit, parent=outer, function=node, qualname=qualname, cls=cls, quiet=outer.quiet)
        frame.depth = outer.depth
        self.frame = frame
        try:
            scopes.bind_parameters(self, node, None, {}, cls)
            ended = self.block(node.body)
            if not frame.quiet:
                self.emit(
                    ev.FunctionEnd(
                        self.world,
                        frame,
                        node,
                        fact,
                        tuple(frame.openings.values()),
                        tuple(frame.uses),
                        tuple(frame.handlers),
                        changes.of_function(frame),
                        tuple(frame.views),
                        tuple(frame.returns),
                        tuple(frame.yields),
                        scopes.is_dependency(self.world, frame.path, qualname),
                        frame.broken,
                        not ended and not frame.hidden_end,
                    )
                )
        finally:
            self.frame = outer

    def walk_quietly(
        self, unit: Unit, node: n.FunctionDef, qualname: str, cls: Ref | None, setup: Callable[[Frame], None]
    ) -> Frame:
        """Walk a function for what it leaves behind (returns, yields, attributes of self), emitting nothing."""
        outer = self.frame
        frame = Frame(unit, function=node, qualname=qualname, cls=cls, quiet=True, depth=outer.depth + 1)
        self.frame = frame
        try:
            setup(frame)
            self.block(node.body)
        finally:
            self.frame = outer
        return frame


# ------------------------------------------------------------------- handlers


def _expression(self: Evaluator, node: n.ExprStmt) -> bool:
    value = self.expr(node.value)
    if self.watch is not None and not self.frame.quiet:
        self.watch(node, value)
    coroutines.misused(self, value, node, "unused")
    return value == v.External("sys.exit()")


def _assign(self: Evaluator, node: n.Assign) -> bool:
    value = self.expr(node.value)
    for target in node.targets:
        self.bind(target, value)
    _module_variable(self, node, node.targets[0] if node.targets else None, value)
    _setting(self, node.targets, value, node.value)
    return False


def _annotated(self: Evaluator, node: n.AnnAssign) -> bool:
    declared = typehints.value_of(self.world, self.frame.path, node.annotation, "opened")
    if node.value is None:
        if not isinstance(declared, v.Unknown) and isinstance(node.target, n.Name):
            self.frame.env.setdefault(node.target.id, declared)
        return False
    value = self.expr(node.value)
    if isinstance(value, v.Unknown | v.Param):
        value = declared
    self.bind(node.target, value)
    _module_variable(self, node, node.target, value)
    _setting(self, (node.target,), value, node.value)
    return False


def _module_variable(self: Evaluator, node: n.Assign | n.AnnAssign, target: n.Expr | None, value: v.Value) -> None:
    frame = self.frame
    if frame.function is None and frame.cls is None and not frame.quiet and isinstance(target, n.Name):
        facts = self.world.facts(frame.path)
        if facts is not None:
            self.emit(ev.ModuleVariable(self.world, frame, target.id, value, node, facts))


def _setting(self: Evaluator, targets: Iterable[n.Expr], value: v.Value, value_node: n.Expr) -> None:
    for target in targets:
        match target:
            case n.Name(id=name) | n.Attribute(attr=name) | n.Subscript(index=n.Constant(value=str(name))):
                if name in SETTINGS:
                    self.emit(ev.SettingGiven(self.world, self.frame, name, value, value_node))
            case _:
                pass


def _augmented(self: Evaluator, node: n.AugAssign) -> bool:
    right = self.expr(node.value)
    if isinstance(node.target, n.Name):
        left = expressions.load_name(self, node.target.id)
        self.frame.env[node.target.id] = expressions.combine(self, left, node.op, right, node.value, node)
    elif not (isinstance(node.target, n.Attribute) and changes.augmented(self, node, node.target, right)):
        self.bind(node.target, v.UNKNOWN)
    return False


def _return(self: Evaluator, node: n.Return) -> bool:
    value = self.expr(node.value) if node.value is not None else v.NONE
    self.frame.escape(value, "returned")
    self.frame.returns.append((value, node))
    function = self.frame.function
    if node.value is not None and function is not None and function.decorators and not self.frame.quiet:
        routes.returned(self, node.value, value)
    return True


def _raise(self: Evaluator, node: n.Raise) -> bool:
    if node.exc is not None:
        self.expr(node.exc)
    return True


def _simple(self: Evaluator, node: n.Simple) -> bool:
    return node.kind in ("break", "continue")


def _assert(self: Evaluator, node: n.Assert) -> bool:
    self.expr(node.test)
    _narrow(self, node.test, True)
    return False


def _delete(self: Evaluator, node: n.Delete) -> bool:
    for target in node.targets:
        if isinstance(target, n.Name):
            self.frame.env.pop(target.id, None)
        elif isinstance(target, n.Subscript):
            changes.changed(self, self.expr(target.value), target, "del")
    return False


def _scope(self: Evaluator, node: n.Scope) -> bool:
    self.frame.outer_names.update(node.names)
    return False


def _import(self: Evaluator, node: n.Import | n.ImportFrom) -> bool:
    self.emit(ev.Imported(self.world, self.frame, node))
    scopes.bind_imports(self, node)
    return False


def _if(self: Evaluator, node: n.If) -> bool:
    test = self.expr(node.test)
    coroutines.misused(self, test, node.test, "truth")
    if isinstance(test, v.Const) and self.frame.decides(node, node.test):
        # This call takes one way: whoever walks the function for itself sees both.
        return self.block(node.body if test.value else node.orelse)

    def body() -> bool:
        _narrow(self, node.test, True)
        return self.block(node.body)

    def orelse() -> bool:
        _narrow(self, node.test, False)
        return self.block(node.orelse)

    return self.branches(body, orelse)


def _narrow(self: Evaluator, test: n.Expr, holds: bool) -> None:
    """`if x:`, `if x is None:`, `isinstance(x, User)`: drop None from what x may be; a list that is false is empty."""
    match test:
        case n.UnaryOp(op="not"):
            _narrow(self, test.operand, not holds)
        case n.BoolOp(op="and") if holds:
            for each in test.values:
                _narrow(self, each, True)
        case n.BoolOp(op="or") if not holds:
            for each in test.values:
                _narrow(self, each, False)
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
    self.iterate(node, node.target, node.iter, "for", node.is_async)
    self.block(node.body)
    if frame.tasks:
        tasks.loop_ended(self, node)
    frame.loops.pop()
    frame.env = _join_env(before, frame.env)
    self.block(node.orelse)
    return False


def _while(self: Evaluator, node: n.While) -> bool:
    frame = self.frame
    frame.loops.append(ev.Loop(next(self.keys), node, "while", v.UNKNOWN, frozenset(), self.place(node.test)))
    self.expr(node.test)
    before = dict(frame.env)
    _narrow(self, node.test, True)
    self.block(node.body)
    if frame.tasks:
        tasks.loop_ended(self, node)
    frame.loops.pop()
    frame.env = _join_env(before, frame.env)
    self.block(node.orelse)
    endless = isinstance(node.test, n.Constant) and bool(node.test.value)
    return endless and not _has_break(node.body)


def _has_break(body: Iterable[n.Stmt]) -> bool:
    from sqlassay.facts.collect import own_statements

    return any(isinstance(each, n.Simple) and each.kind == "break" for each in own_statements(body))


def _with(self: Evaluator, node: n.With) -> bool:
    frame = self.frame
    guards = locks = 0
    started = len(frame.tasks)
    group = False
    committing: list[v.Session] = []
    for item in node.items:
        value = self.expr(item.context)
        if isinstance(value, _ENTERED):
            self.emit(ev.ContextEntered(self.world, frame, node, item, value))
        if node.is_async and touching.may_lock(item.context, value):
            locks += 1
        group = group or value == tasks.GROUP
        if isinstance(value, v.Manager) and isinstance(value.commits, v.Session):
            committing.append(value.commits)
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
        states.committed(frame, session)
    # A context manager may swallow what its body raises: only a plain return is sure to leave.
    left = ended and bool(node.body) and isinstance(node.body[-1], n.Return)
    frame.hidden_end = frame.hidden_end or (ended and not left)
    return left


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
    reached = _join_env(before, frame.env)
    for handler in node.handlers:
        frame.env = dict(reached)
        if handler.name:
            frame.env[handler.name] = v.UNKNOWN
        frame.tries.append((key, "handler"))
        if not self.block(handler.body):
            after = frame.env if after is None else _join_env(after, frame.env)
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


def _function(self: Evaluator, node: n.FunctionDef) -> bool:
    frame = self.frame
    for decorator in node.decorators:
        self.expr(decorator)
    for param in node.params:
        if param.default is not None:
            self.expr(param.default)
    qualname = f"{frame.qualname}.{node.name}" if frame.qualname else node.name
    if frame.function is not None:
        key = next(self.keys)
        self.locals[key] = (node, frame)
        frame.env[node.name] = v.LocalFunction(key)
        scopes.capture(self, node)
        if not frame.quiet:
            self.function_value(node, qualname, None, None)
        return False
    if frame.quiet:
        return False
    facts = self.world.facts(frame.path)
    fact = facts.functions.get(qualname) if facts is not None else None
    anchor = frame.unit.members.get(node.start)
    if anchor is None:
        self.function_value(node, qualname, frame.cls, fact)
        return False
    unit = Unit(frame.path, anchor, node, node.start)

    def walk() -> None:
        self.calls_left = MAX_CALLS
        self.function_value(node, qualname, frame.cls, fact, unit)

    self.around(anchor, node, walk)
    return False


def _class(self: Evaluator, node: n.ClassDef) -> bool:
    outer = self.frame
    dot = inner.LOCALS if outer.function is not None else "."
    qualname = f"{outer.qualname}{dot}{node.name}" if outer.qualname else node.name
    ref = Ref(outer.path, qualname)
    facts = self.world.facts(outer.path)
    fact: ClassFact | None = facts.classes.get(qualname) if facts is not None else None
    if fact is not None and outer.function is not None and fact.start != node.start:
        fact = None  # Of the function's classes of one name, facts have the last.
    model: ModelInfo | None = None
    frame = Frame(outer.unit, parent=outer, qualname=qualname, cls=ref, quiet=outer.quiet, depth=outer.depth)
    self.frame = frame
    try:
        if fact is not None and not frame.quiet:
            self.emit(ev.ClassDeclared(self.world, frame, ref, fact, node))
            model = self.world.model(ref)
            if model is not None:
                self.emit(ev.ModelDeclared(self.world, frame, model, fact, node))
        self.block(node.body)
    finally:
        self.frame = outer
    if outer.function is not None:
        outer.env[node.name] = v.Model(ref) if model is not None and model.mapped else v.UNKNOWN
    return False


def _broken(self: Evaluator, node: n.Stmt) -> bool:
    frame: Frame | None = self.frame
    while frame is not None:
        frame.broken = True
        frame = frame.parent
    return False


_STATEMENTS: dict[type[n.Node], Callable[..., bool]] = {
    n.ExprStmt: _expression,
    n.Assign: _assign,
    n.AnnAssign: _annotated,
    n.AugAssign: _augmented,
    n.Return: _return,
    n.Raise: _raise,
    n.Simple: _simple,
    n.Assert: _assert,
    n.Delete: _delete,
    n.Scope: _scope,
    n.Import: _import,
    n.ImportFrom: _import,
    n.If: _if,
    n.For: _for,
    n.While: _while,
    n.With: _with,
    n.Try: _try,
    n.Match: _match,
    n.FunctionDef: _function,
    n.ClassDef: _class,
    n.Broken: _broken,
}


# -------------------------------------------------------------------- helpers


def _join_env(left: dict[str, v.Value], right: dict[str, v.Value]) -> dict[str, v.Value]:
    if left is right:
        return left
    out = dict(left)
    for name, value in right.items():
        known = out.get(name)
        if known is None:
            # Bound in one branch only: reading it elsewhere would raise, so the other branch says nothing.
            out[name] = value
        elif known is not value:
            out[name] = v.join(known, value)
    return out


def unpack(value: v.Value, targets: tuple[n.Expr, ...]) -> list[v.Value]:
    """What each of several targets gets of a value that is unpacked."""
    count = len(targets)
    known = v.first(value, v.TupleValue)
    if isinstance(known, v.TupleValue):
        star = next((i for i, each in enumerate(targets) if isinstance(each, n.Starred)), None)
        if star is None and len(known.items) == count:
            return list(known.items)
        if star is not None and len(known.items) >= count - 1:
            tail = count - star - 1
            middle = known.items[star : len(known.items) - tail]
            element: v.Value = v.UNKNOWN
            if middle:
                element = middle[0]
                for each in middle[1:]:
                    element = v.join(element, each)
            return [
                *known.items[:star],
                v.Collection(element),
                *known.items[len(known.items) - tail :],
            ]
        return [v.UNKNOWN] * count
    many = v.first(value, v.Collection)
    if isinstance(many, v.Collection):
        return [many if isinstance(each, n.Starred) else many.element for each in targets]
    return [v.UNKNOWN] * count


def names_in(target: n.Expr) -> Iterable[str]:
    """The names that a target binds."""
    match target:
        case n.Name(id=name):
            yield name
        case n.TupleExpr(elts=elts) | n.ListExpr(elts=elts):
            for each in elts:
                yield from names_in(each)
        case n.Starred(value=inner):
            yield from names_in(inner)
        case _:
            pass
