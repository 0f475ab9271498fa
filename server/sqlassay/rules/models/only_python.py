"""What in a method makes no SQL when the class stands in the place of `self`."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.collect import walk
from sqlassay.semantics.models import ModelInfo
from sqlassay.syntax import nodes as n

_RAISES = "raises `TypeError`"

_FUNCTIONS = frozenset("len int float round abs sum any all max min sorted list set tuple iter next bool".split())
"""Builtins that want a value."""

_METHODS = frozenset(
    (
        "lower upper strip lstrip rstrip title capitalize split splitlines format join replace encode removeprefix "
        "removesuffix isdigit isalpha zfill total_seconds date time isoformat strftime timestamp astimezone items keys "
        "values get append count index"
    ).split()
)
"""Methods of strings, dates and containers that columns do not have."""

_OF_RELATIONSHIPS = frozenset(
    "any has contains of_type and_ is_ isnot is_not in_ not_in property key expression prop parent class_ label".split()
)

_ASKS = frozenset(("isinstance", "type", "issubclass", "inspect"))


class Obstacle(Struct):
    """A part of a method that only works for an instance."""

    node: n.Node
    what: str
    """What is done, for a message: `` `and` is decided ``."""
    comes: str
    """What comes of it: a clause that begins with a verb."""


def obstacle(function: n.FunctionDef, model: ModelInfo) -> Obstacle | None:
    """The first of them in a method; None where there is none, or where the method asks what it was given."""
    first = function.params[0].name if function.params else ""
    own = _Own(first, model)
    found: list[Obstacle] = []
    for statement in function.body:
        for node in walk(statement):
            if isinstance(node, n.Call) and isinstance(node.func, n.Name) and node.func.id in _ASKS:
                return None
            found.extend(_of_node(own, node))
    return min(found, key=lambda each: each.node.start, default=None)


class _Own:
    """The attributes of `self` that are columns or relationships."""

    def __init__(self, name: str, model: ModelInfo) -> None:
        self.name = name
        self.model = model

    def __call__(self, node: n.Node | None) -> bool:
        match node:
            case n.Attribute(value=n.Name(id=name), attr=attr) if name == self.name:
                return attr in self.model.columns or attr in self.model.relationships
            case _:
                return False

    def relationship(self, node: n.Node) -> bool:
        return isinstance(node, n.Attribute) and self(node) and node.attr in self.model.relationships

    def asked(self, node: n.Node) -> bool:
        """Whether an expression is a column, a relationship or a comparison with one."""
        if isinstance(node, n.Compare):
            return any(map(self, (node.left, *node.comparators)))
        return self(node)


_ONCE = "decides once and not for each row"


def _of_node(own: _Own, node: n.Node) -> Iterator[Obstacle]:
    match node:
        case n.Compare(ops=(("is" | "is not") as op,)) if own(node.left):
            yield Obstacle(node, f"`{op}` compares the column itself", f"is {op == 'is not'} for all rows")
        case n.Compare(ops=(("in" | "not in") as op,), comparators=(right,)) if own(node.left) or own(right):
            yield Obstacle(node, f"`{op}` is asked", "is no SQL")
        case n.BoolOp(op=op, values=values) if any(map(own.asked, values)):
            yield Obstacle(node, f"Python evaluates `{op}`", _ONCE)
        case n.UnaryOp(op="not", operand=operand) if own.asked(operand):
            yield Obstacle(node, "Python evaluates `not`", _ONCE)
        case n.If(test=test) | n.IfExp(test=test) | n.While(test=test) if own.asked(test):
            yield Obstacle(test, "Python evaluates the condition", _ONCE)
        case n.Formatted(value=value) if own(value):
            yield Obstacle(value, "the string is made", "gives the attribute's name and not the row's value")
        case n.Call(func=n.Name(id="str"), args=(argument, *_)) if own(argument):
            yield Obstacle(node, "the string is made", "gives the attribute's name and not the row's value")
        case n.Call(func=n.Name(id=name), args=(argument, *_)) if name in _FUNCTIONS and own(argument):
            yield Obstacle(node, f"`{name}()` is called", _RAISES)
        case n.Call(func=n.Attribute(value=value, attr=name)) if name in _METHODS and own(value):
            if not own.relationship(value):
                yield Obstacle(node, f"`.{name}()` is called", "raises `AttributeError`")
        case n.For(iter=iterated) if own(iterated):
            yield Obstacle(iterated, "the loop runs", "raises an error")
        case n.Comprehension(generators=generators):
            for each in generators:
                if own(each.iter):
                    yield Obstacle(each.iter, "the loop runs", "raises an error")
        case n.Attribute(value=value, attr=name) if own.relationship(value) and name not in _OF_RELATIONSHIPS:
            yield Obstacle(node, f"`.{name}` is read off the relationship", "raises `AttributeError`")
        case _:
            pass
