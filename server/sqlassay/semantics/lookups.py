"""What names of modules, and attributes of classes and of their objects, are worth: each is looked up once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlassay.facts.model import VariableFact
from sqlassay.semantics import generics, names, scopes, typehints
from sqlassay.semantics import values as v
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.frame import Frame, Unit
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

MAX_LOOKUPS = 4
"""Names of modules and attributes of objects that are looked into, one for the sake of another.

What they are worth is kept for all who ask: it must not depend on how deep in calls the first one was who asked.
"""


def binding_value(self: Evaluator, binding: names.Binding | None) -> v.Value:
    """The value behind a resolved name."""
    match binding:
        case names.Outside(name=name):
            return v.External(canonical(name))
        case names.ProjectModule(path=path):
            return v.ModuleValue(path)
        case names.InProject(kind="class", ref=ref):
            model = self.world.model(ref)
            if model is not None and (model.mapped or model.is_base or model.columns):
                return v.Model(ref)
            return v.ClassValue(ref)
        case names.InProject(kind="function", ref=ref):
            return v.FunctionValue(ref)
        case names.InProject(kind="variable", ref=ref):
            return variable(self, ref)
        case _:
            return v.UNKNOWN


def module_name(self: Evaluator, path: str, name: str) -> v.Value:
    """What a module-level name is worth."""
    found: v.Value = self.world.memo.of(
        ("name", path, name), lambda: binding_value(self, names.resolve(self.world, path, name)), v.UNKNOWN
    )
    return found


def variable(self: Evaluator, ref: Ref) -> v.Value:
    """The value of a module-level variable, from its assignment or annotation; a session there was opened there."""
    value: v.Value = self.world.memo.of(("variable", ref), lambda: _variable(self, ref), v.UNKNOWN)
    return value


def _variable(self: Evaluator, ref: Ref) -> v.Value:
    fact = names.variable_fact(self.world, ref)
    value: v.Value = v.UNKNOWN
    if fact is not None:
        if fact.value is not None:
            value = in_module(self, ref.path, fact.anchor, fact.value, _evaluate)
        if fact.others and isinstance(value, v.Const | v.Text) and value != v.NONE:
            # Which of them it is at run time nobody can say.
            for other in fact.others:
                value = v.join(value, in_module(self, ref.path, fact.anchor, other, _evaluate))
        if isinstance(value, v.Unknown) or value == v.NONE:
            declared = typehints.value_of(self.world, ref.path, fact.annotation, "module")
            value = value if isinstance(declared, v.Unknown) else declared
    if isinstance(value, v.Session):
        source = "flask" if value.source == "flask" else "module"
        value = v.moved(value, source)
    return v.UNKNOWN if isinstance(value, v.Method | v.LocalFunction) else value


def _evaluate(self: Evaluator, node: n.Expr) -> v.Value:
    return self.expr(node)


def in_module(
    self: Evaluator, path: str, anchor: str, node: n.Expr, then: Callable[[Evaluator, n.Expr], v.Value]
) -> v.Value:
    """Do something with an expression in the scope of a module, quietly."""
    outer = self.frame
    deep = self.lookups >= MAX_LOOKUPS
    self.frame = Frame(Unit(path, anchor, node), quiet=True, depth=outer.depth if deep else 0)
    self.lookups += 1
    try:
        return then(self, node)
    finally:
        self.lookups -= 1
        self.frame = outer


def class_variable(self: Evaluator, owner: Ref, fact: VariableFact) -> v.Value:
    """The value of a class attribute."""
    found: v.Value = self.world.memo.of_given(
        ("attribute", owner, fact.name), fact, lambda: _class_variable(self, owner, fact), v.UNKNOWN
    )
    return found


def _class_variable(self: Evaluator, owner: Ref, fact: VariableFact) -> v.Value:
    value: v.Value = v.UNKNOWN
    if fact.value is not None:
        value = in_module(self, owner.path, fact.anchor, fact.value, _evaluate)
    if isinstance(value, v.Unknown):
        value = typehints.value_of(self.world, owner.path, fact.annotation, "attribute")
    if isinstance(value, v.Session):
        value = v.moved(value, "module")
    return v.UNKNOWN if isinstance(value, v.Method | v.LocalFunction) else value


def self_attribute(self: Evaluator, owner: v.Instance, name: str) -> v.Value:
    """What the methods of a class assign to `self.name`, `__init__` first."""
    found: v.Value = self.world.memo.of(
        ("self", owner.ref, name), lambda: _self_attribute(self, owner, name), v.UNKNOWN
    )
    return found


def subclass_attribute(self: Evaluator, ref: Ref, name: str) -> v.Value:
    """What `__init_subclass__` of a base assigns to `cls.name` of a class."""
    found: v.Value = self.world.memo.of(
        ("subclass", ref, name), lambda: _subclass_attribute(self, ref, name), v.UNKNOWN
    )
    return found


def _subclass_attribute(self: Evaluator, ref: Ref, name: str) -> v.Value:
    for cls in names.mro(self.world, ref)[0]:
        fact = names.class_fact(self.world, cls)
        for each in fact.self_attributes if fact is not None and cls != ref else ():
            if each.name == name and each.method == "__init_subclass__" and each.value is not None:
                return _assigned(self, v.ClassValue(ref), cls, each.method, each.value)
    return v.UNKNOWN


def _self_attribute(self: Evaluator, owner: v.Instance, name: str) -> v.Value:
    value: v.Value = v.UNKNOWN
    for cls in names.mro(self.world, owner.ref)[0]:
        fact = names.class_fact(self.world, cls)
        if fact is None:
            continue
        wanted = sorted((e for e in fact.self_attributes if e.name == name), key=lambda e: e.method != "__init__")
        for each in wanted:
            given = generics.of_owner(self.world, owner)
            declared = typehints.value_of(self.world, cls.path, each.annotation, "attribute", given=given)
            found = declared
            if isinstance(declared, v.Unknown) and each.value is not None:
                found = _assigned(self, owner, cls, each.method, each.value)
            if found != v.NONE and not isinstance(found, v.Unknown):
                value = found
                break
        if not isinstance(value, v.Unknown):
            break
    return value


def _assigned(self: Evaluator, owner: v.Instance | v.ClassValue, cls: Ref, method: str, node: n.Expr) -> v.Value:
    """An expression that a method assigns to an attribute of self, with the method's parameters in scope."""
    ref = Ref(cls.path, f"{cls.name}.{method}")
    body = self.world.body(ref)
    if body is None or self.lookups >= MAX_LOOKUPS:
        return v.UNKNOWN
    function = body.node
    outer = self.frame
    self.lookups += 1
    self.frame = Frame(
        Unit(cls.path, body.anchor, function, body.base),
        function=function,
        qualname=ref.name,
        cls=cls,
        quiet=True,
        depth=1,
    )
    try:
        scopes.bind_parameters(self, function, owner, {}, cls)
        value = self.expr(node)
    finally:
        self.lookups -= 1
        self.frame = outer
    if isinstance(value, v.Session):
        return v.moved(value, "attribute")
    return v.UNKNOWN if isinstance(value, v.Param | v.Method | v.LocalFunction) else value
