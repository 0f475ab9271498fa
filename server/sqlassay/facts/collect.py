"""How facts are read off a tree: one pass over top-level statements; into function bodies for `self.x` and classes."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from msgspec.structs import replace

from sqlassay.facts import inner
from sqlassay.facts.declared import (
    class_statements,
    is_for_type_checkers,
    is_to_fail,
    locals_of,
    redefines,
    type_called,
)
from sqlassay.facts.merging import StatementFacts, beside
from sqlassay.facts.model import CallFact, ClassFact, FunctionFact, ImportFact, ScopeFact, SelfAttribute, VariableFact
from sqlassay.syntax import nodes as n

_MAPPING_CALLS = frozenset(("map_imperatively", "mapper", "Table", "prepare", "reflect", "create_model"))
"""Calls in functions that other files must know of: they map classes, or put tables into a MetaData."""

_MAPPING_WORDS = tuple(f"{each}(".encode() for each in sorted(_MAPPING_CALLS))


_INNER = re.compile(rb"[ \t]class \w+\s*[(:\[]")
"""A class statement inside another statement, as far as that can be told from the text."""

_TYPE = re.compile(rb"\btype\(\s*(?:[fFrR]*[\"']|[\w.]+\s*[,%+])")
"""`type(` with more than one argument, as far as that can be told from the text."""


def statement_facts(statement: n.Stmt, anchor: str, text: bytes) -> StatementFacts:
    """The facts of one top-level statement, of which `text` is the source."""
    out = StatementFacts()
    maps = any(each in text for each in _MAPPING_WORDS)
    declares = (b" class " in text or b"\tclass " in text) and _INNER.search(text) is not None
    types = b"type(" in text and _TYPE.search(text) is not None
    _Reader(out, anchor, b"yield" in text, maps, declares, types).statement(statement, "", fallback=False)
    return out


def imports_of(statement: n.Import | n.ImportFrom) -> Iterator[tuple[str, ImportFact]]:
    """The local names that an import statement binds ('*' for a star import)."""
    if isinstance(statement, n.Import):
        for module, alias in statement.names:
            if alias:
                yield alias, ImportFact(module, "", 0)
            else:
                # `import a.b` binds `a`; `a.b` is then found as a submodule.
                top = module.split(".", 1)[0]
                yield top, ImportFact(top, "", 0)
    else:
        for name, alias in statement.names:
            yield alias or name, ImportFact(statement.module, name, statement.level)


class _Reader:
    def __init__(self, out: StatementFacts, anchor: str, yields: bool, maps: bool, declares: bool, types: bool) -> None:
        self.out = out
        self.anchor = anchor
        self.guarded = False
        """Whether what is read stands under an `if`."""
        self.maps = maps
        """Whether a function in it may map classes or make tables."""
        self.declares = declares
        """Whether a function in it may declare classes."""
        self.types = types
        """Whether a `type(name, bases, dict)` may stand in it."""
        self.yields = yields
        """Whether the word stands in the text at all: most functions need not be searched for it."""
        self.typing = False
        """Whether what is read now stands under `if TYPE_CHECKING:`."""

    def block(self, body: Iterable[n.Stmt], *, fallback: bool) -> None:
        for statement in body:
            self.statement(statement, "", fallback=fallback)

    def statement(self, node: n.Stmt, prefix: str, *, fallback: bool) -> None:
        """`fallback`: in an `except` or `else` whose names must not hide those of the main branch."""
        out = self.out
        match node:
            case n.Import() | n.ImportFrom():
                for local, fact in imports_of(node):
                    (out.typing if self.typing else out.running).add(local)
                    if fact.name == "*":
                        out.stars.append(fact)
                    elif not (fallback and local in out.imports):
                        out.imports[local] = fact
            case n.FunctionDef():
                if not (fallback and node.name in out.functions):
                    out.functions[prefix + node.name] = self.function(node, prefix)
            case n.ClassDef():
                if not (fallback and node.name in out.classes):
                    self.class_(node, prefix)
            case n.Assign() | n.AnnAssign():
                for variable in self.variables(node):
                    if self.guarded and "." in variable.name:
                        variable = replace(variable, guarded=True)
                    known = out.variables.get(variable.name)
                    if not fallback or known is None or _says_nothing(known.value):
                        out.variables[variable.name] = beside(variable, known)
                        if variable.name == "__all__":
                            out.exports = _strings(variable.value)
                    else:
                        out.variables[variable.name] = beside(known, variable)
                if self.types and isinstance(node.value, n.Call):
                    self.made(node.value, "", {variable.name for variable in self.variables(node)})
            case n.ExprStmt(value=n.Call() as call):
                out.calls.append(CallFact(self.anchor, "", call))
            case n.AugAssign(target=n.Name(id="__all__")):
                out.exports = (out.exports or ()) + _strings(node.value)
            case n.AugAssign(target=n.Name(id=name)):
                changed = (n.Opaque(node.start, node.end),)
                made = VariableFact(name, None, None, self.anchor, node.start, node.end, changed)
                out.variables[name] = beside(out.variables.get(name, made), made)
            case n.If():
                typing, guarded = self.typing, self.guarded
                self.typing, self.guarded = typing or is_for_type_checkers(node.test), True
                self.block(node.body, fallback=fallback)
                self.typing = typing
                self.block(node.orelse, fallback=True)
                self.guarded = guarded
            case n.Try():
                self.block(node.body, fallback=fallback)
                self.block(node.orelse, fallback=fallback)
                self.block(node.finalbody, fallback=fallback)
                for handler in node.handlers:
                    self.block(handler.body, fallback=True)
            case n.With() | n.For() | n.While():
                self.block(node.body, fallback=fallback)
            case n.TypeAlias():
                out.variables[node.name] = VariableFact(node.name, None, node.value, self.anchor, node.start, node.end)
            case _:
                pass

    def variables(self, node: n.Assign | n.AnnAssign) -> Iterator[VariableFact]:
        if isinstance(node, n.AnnAssign):
            if isinstance(node.target, n.Name):
                yield VariableFact(node.target.id, node.annotation, node.value, self.anchor, node.start, node.end)
            return
        for target in node.targets:
            if isinstance(target, n.Name):
                yield VariableFact(target.id, None, node.value, self.anchor, node.start, node.end)
            elif isinstance(target, n.Attribute) and isinstance(target.value, n.Name):
                # `Base.query = Session.query_property()`: a name with a dot, which no reader takes for a variable.
                yield VariableFact(
                    f"{target.value.id}.{target.attr}", None, node.value, self.anchor, node.start, node.end
                )
            elif isinstance(target, n.TupleExpr | n.ListExpr):
                values: tuple[n.Expr | None, ...]
                if isinstance(node.value, n.TupleExpr | n.ListExpr) and len(node.value.elts) == len(target.elts):
                    values = node.value.elts
                else:
                    values = (None,) * len(target.elts)
                for each, value in zip(target.elts, values, strict=True):
                    if isinstance(each, n.Name):
                        yield VariableFact(each.id, None, value, self.anchor, node.start, node.end)

    def function(self, node: n.FunctionDef, prefix: str) -> FunctionFact:
        if self.maps:
            for each in own_expressions(node.body):
                match each:
                    case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)) if name in _MAPPING_CALLS:
                        self.out.calls.append(CallFact(self.anchor, prefix + node.name, each))
        if self.declares or self.types:
            self.scope(node, prefix + node.name)
        return FunctionFact(
            prefix + node.name,
            node.params,
            node.returns,
            node.decorators,
            node.is_async,
            self.yields and any(isinstance(each, n.Yield) for each in own_expressions(node.body)),
            self.anchor,
            node.start,
            node.end,
            node.name_start,
        )

    def scope(self, node: n.FunctionDef, qualname: str) -> None:
        """The classes that a function declares, and what else it binds where it declares any."""
        statements = list(own_statements(node.body))
        classes = [each for each in statements if isinstance(each, n.ClassDef)] if self.declares else []
        failing = [each for each in statements if isinstance(each, n.With) and is_to_fail(each)] if classes else []
        classes = [each for each in classes if not any(one.start < each.start < one.end for one in failing)]
        prefix = f"{qualname}{inner.LOCALS}"
        for each in classes:
            self.class_(each, prefix)
        made = False
        for one in own_expressions(node.body) if self.types else ():
            made = (isinstance(one, n.Call) and self.made(one, prefix)) or made
        if not classes and not made:
            return
        imports: dict[str, ImportFact] = {}
        assigned: list[VariableFact] = []
        for statement in statements:
            if isinstance(statement, n.Import | n.ImportFrom):
                imports.update((local, fact) for local, fact in imports_of(statement) if fact.name != "*")
            elif isinstance(statement, n.Assign | n.AnnAssign):
                assigned.extend(self.variables(statement))
        self.out.scopes[qualname] = ScopeFact(locals_of(node, statements, assigned, self.anchor), imports)

    def made(self, call: n.Call, prefix: str, names: Container[str] | None = None) -> bool:
        """The class of a `type(name, bases, dict)`; `names` are those it may have, where it is to be found by one."""
        found = type_called(call, self.anchor, prefix, names)
        if found is not None:
            self.out.classes[found.qualname] = found
        return found is not None

    def class_(self, node: n.ClassDef, prefix: str) -> None:
        qualname = prefix + node.name
        attributes: dict[str, VariableFact] = {}
        methods: list[str] = []
        self_attributes: list[SelfAttribute] = []
        dynamic = False
        for each, typing_only in class_statements(node.body):
            match each:
                case n.Assign() | n.AnnAssign():
                    found = list(self.variables(each))
                    if typing_only:
                        found = [replace(variable, typing_only=True) for variable in found]
                    for variable in found:
                        if variable.value is not None or variable.name not in attributes:
                            attributes.pop(variable.name, None)
                            attributes[variable.name] = variable
                    dynamic = dynamic or not found
                case n.FunctionDef():
                    methods.append(each.name)
                    if not (redefines(each) and f"{qualname}.{each.name}" in self.out.functions):
                        self.out.functions[f"{qualname}.{each.name}"] = self.function(each, f"{qualname}.")
                    self_attributes.extend(_self_attributes(each))
                case n.ClassDef():
                    self.class_(each, f"{qualname}.")
                case n.For() | n.While() | n.With() | n.Broken() | n.AugAssign() | n.Delete():
                    dynamic = True
                case _:
                    pass
        self.out.classes[qualname] = ClassFact(
            qualname,
            node.bases,
            node.keywords,
            node.decorators,
            tuple(attributes.values()),
            tuple(methods),
            tuple(self_attributes),
            dynamic,
            self.anchor,
            node.start,
            node.end,
            node.name_start,
        )


def _says_nothing(value: n.Expr | None) -> bool:
    """`Base = Any`, for type checkers, where the other branch says what it is."""
    match value:
        case n.Name(id="Any") | n.Attribute(attr="Any"):
            return True
        case _:
            return False


def _self_attributes(method: n.FunctionDef) -> Iterator[SelfAttribute]:
    if not method.params:
        return
    me = method.params[0].name
    for statement in own_statements(method.body):
        match statement:
            case n.Assign():
                for target in statement.targets:
                    match target:
                        case n.Attribute(value=n.Name(id=owner)) if owner == me:
                            yield SelfAttribute(target.attr, method.name, None, statement.value)
            case n.AnnAssign(target=n.Attribute(value=n.Name(id=owner)) as target) if owner == me:
                yield SelfAttribute(target.attr, method.name, statement.annotation, statement.value)


def _strings(value: n.Expr | None) -> tuple[str, ...]:
    if isinstance(value, n.ListExpr | n.TupleExpr):
        return tuple(e.value for e in value.elts if isinstance(e, n.Constant) and isinstance(e.value, str))
    return ()


# ------------------------------------------------------------------- walking

_BODIES = ("body", "orelse", "finalbody")


def own_statements(body: Iterable[n.Stmt]) -> Iterator[n.Stmt]:
    """Every statement of a body, depth first, without those of nested functions and classes."""
    for each in body:
        yield each
        if isinstance(each, n.FunctionDef | n.ClassDef):
            continue
        for name in _BODIES:
            inner = getattr(each, name, None)
            if inner:
                yield from own_statements(inner)
        if isinstance(each, n.Try):
            for handler in each.handlers:
                yield from own_statements(handler.body)
        elif isinstance(each, n.Match):
            for case in each.cases:
                yield from own_statements(case.body)


def children(node: n.Node) -> Iterator[n.Node]:
    """The nodes directly below a node, statements and expressions alike, in source order."""
    for name in node.__struct_fields__[2:]:
        value = getattr(node, name)
        if isinstance(value, n.Node):
            yield value
        elif isinstance(value, tuple):
            for each in value:
                if isinstance(each, n.Node):
                    yield each


def walk(node: n.Node) -> Iterator[n.Node]:
    """A node and everything below it, in source order, nested functions and classes too."""
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        stack.extend(reversed(list(children(each))))


def own_expressions(body: Iterable[n.Stmt]) -> Iterator[n.Node]:
    """Every node of a body, without those inside nested functions, classes and lambdas."""
    stack: list[n.Node] = list(reversed(list(body)))
    while stack:
        each = stack.pop()
        yield each
        if isinstance(each, n.FunctionDef | n.ClassDef | n.Lambda):
            continue
        stack.extend(reversed(list(children(each))))
