"""What the statements of a function or class declare, and the classes that `type(name, bases, dict)` makes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from msgspec.structs import replace

from sqlassay.facts import inner
from sqlassay.facts.model import ClassFact, VariableFact
from sqlassay.syntax import nodes as n


def type_called(call: n.Call, anchor: str, prefix: str, names: Container[str] | None) -> ClassFact | None:
    """The class that a call makes; None where it is no `type(name, bases, dict)`, or not of one of these `names`."""
    match call:
        case n.Call(func=n.Name(id="type"), args=(name, n.TupleExpr(elts=bases), body)) if not call.keywords:
            pass
        case _:
            return None
    plain = name.value if isinstance(name, n.Constant) and isinstance(name.value, str) else None
    if names is not None and (plain is None or plain not in names):
        return None
    entries: list[tuple[n.Expr | None, n.Expr]] = []
    whole = True
    match body:
        case n.DictExpr():
            entries = list(zip(body.keys, body.values, strict=True))
        case n.Call(func=n.Name(id="dict"), args=()):
            entries = [(_string_at(each), each.value) for each in body.keywords]
        case _:
            whole = False
    attributes: list[VariableFact] = []
    for key, value in entries:
        if isinstance(key, n.Constant) and isinstance(key.value, str):
            attributes.append(VariableFact(key.value, None, value, anchor, value.start, value.end))
        else:
            whole = False
    qualname = prefix + (plain if plain is not None else inner.computed(call.start))
    return ClassFact(
        qualname, bases, (), (), tuple(attributes), (), (), not whole, anchor, call.start, call.end, call.start
    )


def _string_at(keyword: n.Keyword) -> n.Expr | None:
    """The name of a keyword argument as the string that it is in a dict; None for `**`."""
    if keyword.name is None:
        return None
    return n.Constant(keyword.value.start, keyword.value.start, keyword.name, "str")


def is_to_fail(statement: n.With) -> bool:
    """Whether a test expects a block to fail: `with pytest.raises(ArgumentError):`. What it declares is never there."""
    for item in statement.items:
        match item.context:
            case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)) if "raises" in name.lower():
                return True
            case _:
                pass
    return False


def locals_of(
    node: n.FunctionDef, statements: Iterable[n.Stmt], assigned: Iterable[VariableFact], anchor: str
) -> dict[str, VariableFact]:
    """What a function binds but for imports and classes: with a value where one assignment is all that binds it."""
    out: dict[str, VariableFact] = {}
    for variable in assigned:
        out[variable.name] = replace(variable, value=None) if variable.name in out else variable
    for param in node.params:
        out[param.name] = VariableFact(param.name, param.annotation, None, anchor, node.start, node.start)
    for statement in statements:
        for name in _bound(statement):
            out[name] = VariableFact(name, None, None, anchor, statement.start, statement.start)
    return out


def _bound(statement: n.Stmt) -> Iterator[str]:
    """The names that a statement binds which is neither an import nor an assignment, nor declares a class."""
    match statement:
        case n.FunctionDef(name=name):
            yield name
        case n.AugAssign(target=target) | n.For(target=target):
            yield from bound_names(target)
        case n.With():
            for item in statement.items:
                if item.target is not None:
                    yield from bound_names(item.target)
        case n.Try():
            yield from (handler.name for handler in statement.handlers if handler.name)
        case n.Match():
            for case in statement.cases:
                yield from case.captures
        case _:
            pass


def bound_names(target: n.Expr) -> Iterator[str]:
    """The names that a target of an assignment, a loop or a `with` gives values to."""
    match target:
        case n.Name(id=name):
            yield name
        case n.TupleExpr(elts=elts) | n.ListExpr(elts=elts):
            for each in elts:
                yield from bound_names(each)
        case n.Starred(value=value):
            yield from bound_names(value)
        case _:
            pass


def class_statements(body: Iterable[n.Stmt], typing_only: bool = False) -> Iterator[tuple[n.Stmt, bool]]:
    """A class body with its `if` and `try` blocks opened up, and whether only type checkers see a statement."""
    for each in body:
        if isinstance(each, n.If):
            yield from class_statements(each.body, typing_only or is_for_type_checkers(each.test))
            yield from class_statements(each.orelse, typing_only)
        elif isinstance(each, n.Try):
            yield from class_statements(each.body, typing_only)
        else:
            yield each, typing_only


def is_for_type_checkers(test: n.Expr) -> bool:
    """Whether a test is true for type checkers only: `if TYPE_CHECKING:`."""
    match test:
        case n.Name(id=name) | n.Attribute(attr=name):
            return name == "TYPE_CHECKING"
        case _:
            return False


_BESIDE_GETTER = frozenset("setter deleter expression comparator update_expression inplace".split())
"""Decorators of a property (`@name.setter`) whose functions are not what reading it calls."""


def redefines(node: n.FunctionDef) -> bool:
    """Whether a method adds to the property of its name, whose getter stands above it."""
    return any(isinstance(each, n.Attribute) and each.attr in _BESIDE_GETTER for each in node.decorators)
