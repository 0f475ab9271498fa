"""The walk: each function once, in order, with its loops, branches, handlers and sessions; out come events.

`Evaluator.unit` walks one top-level statement of a file for its events. `calls` and the memoised lookups walk other
code quietly, for what it returns. How statements are walked stands in `statements` and `blocks`, what an expression is
worth in `expressions`, what a call gives in `calls` and the tables of `library`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping

from sqlassay.facts.declared import bound_names
from sqlassay.facts.model import FunctionFact, ModuleFacts
from sqlassay.semantics import (
    aside,
    changes,
    coroutines,
    expressions,
    library,
    scopes,
    statements,
    states,
    views,
)
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.calls import MAX_CALLS
from sqlassay.semantics.frame import Frame, Unit
from sqlassay.semantics.library.results import consumed
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.members import members
from sqlassay.syntax.place import Place

Sink = Callable[[ev.Event], None]

Around = Callable[[str, n.FunctionDef, Callable[[], None]], None]


def _directly(_anchor: str, _node: n.FunctionDef, walk: Callable[[], None]) -> None:
    walk()


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
        handler = statements.HANDLERS.get(type(node))
        return bool(handler(self, node)) if handler is not None else False

    def branches(self, *ways: Callable[[], bool]) -> bool:
        """Walk alternatives from the same state and join what they leave. True where none goes on."""
        frame = self.frame
        before = frame.env
        after: dict[str, v.Value] | None = None
        for way in ways:
            frame.env = dict(before)
            if not way():
                after = frame.env if after is None else scopes.join_env(after, frame.env)
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
                changes.assigned(self, owner, target.attr, value, target)
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
        loop = ev.Loop(key, node, kind, value, frozenset(bound_names(target)), self.place(iterated))
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
