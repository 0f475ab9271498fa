"""How single statements are walked: assignments, what leaves a function, what declares functions and classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sqlassay.facts import inner
from sqlassay.facts.model import ClassFact
from sqlassay.semantics import (
    blocks,
    changes,
    coroutines,
    expressions,
    rounds,
    scopes,
    typehints,
)
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.calls import MAX_CALLS
from sqlassay.semantics.conversions import routes
from sqlassay.semantics.frame import Frame, Unit
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.urls import SETTINGS
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


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
    if node.kind not in ("break", "continue"):
        return False
    rounds.jumped(self.frame)
    return True


def _assert(self: Evaluator, node: n.Assert) -> bool:
    self.expr(node.test)
    blocks.narrow(self, node.test, True)
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


HANDLERS: dict[type[n.Node], Callable[..., bool]] = {
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
    n.FunctionDef: _function,
    n.ClassDef: _class,
    **blocks.HANDLERS,
}
"""How each kind of statement is walked: True where control does not go on to the next one."""
