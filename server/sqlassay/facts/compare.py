"""Whether an edit changed what a statement declares, or only where things stand in it."""

from __future__ import annotations

from typing import Any

from sqlassay.facts.merging import StatementFacts
from sqlassay.facts.model import ClassFact, FunctionFact, ScopeFact
from sqlassay.syntax import nodes as n


def same_meaning(left: StatementFacts, right: StatementFacts) -> bool:
    """Whether two versions of a statement declare the same.

    Offsets of functions do not count: nothing outside points into them. Those of variables and class attributes do,
    because findings and fixes elsewhere point at tables, columns and relationships.
    """
    return (
        _same(left.imports, right.imports)
        and _same(left.stars, right.stars)
        and left.exports == right.exports
        and left.typing == right.typing
        and left.running == right.running
        and [(each.function, shape(each.call)) for each in left.calls]
        == [(each.function, shape(each.call)) for each in right.calls]
        and _same(left.variables, right.variables)
        and left.functions.keys() == right.functions.keys()
        and all(same_function(value, right.functions[name]) for name, value in left.functions.items())
        and left.classes.keys() == right.classes.keys()
        and all(same_class(value, right.classes[name]) for name, value in left.classes.items())
        and left.scopes.keys() == right.scopes.keys()
        and all(_same_scope(value, right.scopes[name]) for name, value in left.scopes.items())
    )


def _same(left: Any, right: Any) -> bool:
    return bool(left == right)


_FUNCTION_FIELDS = ("params", "returns", "decorators", "is_async", "is_generator")


def same_function(left: FunctionFact | None, right: FunctionFact | None) -> bool:
    """Whether two versions of a function declare the same; None for none."""
    if left is None or right is None or left.anchor != right.anchor:
        return left is right
    # What a `declared_attr` returns is a column of the class, and has its place in it.
    if left.decorators and (left.start, left.end) != (right.start, right.end) and _declares(left):
        return False
    return [shape(getattr(left, name)) for name in _FUNCTION_FIELDS] == [
        shape(getattr(right, name)) for name in _FUNCTION_FIELDS
    ]


def _declares(function: FunctionFact) -> bool:
    for each in function.decorators:
        match each:
            case n.Name(id="declared_attr") | n.Attribute(attr="declared_attr"):
                return True
            case _:
                pass
    return False


def _same_scope(left: ScopeFact, right: ScopeFact) -> bool:
    # What stands where does count: a class that reads a variable has columns in it.
    return _same(left, right)


def same_class(left: ClassFact | None, right: ClassFact | None) -> bool:
    """Whether two versions of a class declare the same; None for none.

    What a method sets on `self` may move; all else is in the class's own text, where findings point.
    """
    if left is None or right is None or left.anchor != right.anchor:
        return left is right
    return bool(
        left.attributes == right.attributes
        and left.methods == right.methods
        and left.dynamic == right.dynamic
        and left.name_start == right.name_start
        and left.bases == right.bases
        and left.keywords == right.keywords
        and left.decorators == right.decorators
        and [(e.name, e.method, shape(e.annotation), shape(e.value)) for e in left.self_attributes]
        == [(e.name, e.method, shape(e.annotation), shape(e.value)) for e in right.self_attributes]
    )


def shape(value: Any) -> Any:
    """A node (or a tuple of them) without its offsets, for comparing."""
    if isinstance(value, n.Node):
        return (type(value).__name__, *(shape(getattr(value, name)) for name in value.__struct_fields__[2:]))
    if isinstance(value, tuple):
        return tuple(shape(each) for each in value)
    return value
