"""What a function's declaration says of a call: whether it takes an object, and whether it gives anything to follow."""

from __future__ import annotations

from sqlassay.facts.model import FunctionFact
from sqlassay.semantics import values as v
from sqlassay.syntax import nodes as n


def is_bound(fact: FunctionFact, function: v.FunctionValue) -> bool:
    """Whether the first argument is what the function was read off: not of `User.label(user)`, read off the class."""
    if "." not in fact.qualname or function.bound is None or is_static(fact):
        return False
    on_class = isinstance(function.bound, v.Model | v.ClassValue)
    return not on_class or decorated(fact, "classmethod", "declared_attr", "hybrid_method") or not fact.params


def is_unbound(fact: FunctionFact, function: v.FunctionValue) -> bool:
    """Whether a method was read off its class, so that its instance is the first argument."""
    return isinstance(function.bound, v.Model | v.ClassValue) and not (is_bound(fact, function) or is_static(fact))


def is_static(fact: FunctionFact) -> bool:
    """Whether a method takes no object."""
    return decorated(fact, "staticmethod")


def is_property(fact: FunctionFact) -> bool:
    """Whether reading the method as an attribute calls it."""
    return decorated(fact, "property", "cached_property", "hybrid_property", "declared_attr", "memoized_property")


def is_hybrid(fact: FunctionFact) -> bool:
    """Whether the method is a hybrid property, and is what SQL is made of too."""
    return decorated(fact, "hybrid_property")


def decorated(fact: FunctionFact, *wanted: str) -> bool:
    """Whether a function has a decorator of one of these names, or an attribute of such: `@hybrid_property.inplace`."""
    for decorator in fact.decorators:
        node = decorator.func if isinstance(decorator, n.Call) else decorator
        match node:
            case n.Name(id=name) | n.Attribute(attr=name) if name in wanted:
                return True
            case n.Attribute(value=n.Name(id=name)) if name in wanted:
                return True
            case _:
                pass
    return False


_PLAIN_RETURNS = frozenset("None str int bool float bytes UUID datetime date Decimal Path Response".split())
_HOLDERS = frozenset("Optional Union list List set Set frozenset tuple Tuple dict Dict Sequence Mapping".split())


def is_plain(node: n.Expr | None) -> bool:
    """Whether an annotation names nothing but plain values, and what holds them: `dict[str, int] | None`."""
    match node:
        case n.Constant(kind="none") | n.Constant(kind="ellipsis"):
            return True
        case n.Name(id=name):
            return name in _PLAIN_RETURNS
        case n.BinOp(op="|", left=left, right=right):
            return is_plain(left) and is_plain(right)
        case n.Subscript(value=n.Name(id=name), index=n.TupleExpr(elts=elts)) if name in _HOLDERS:
            return all(is_plain(each) for each in elts)
        case n.Subscript(value=n.Name(id=name), index=index) if name in _HOLDERS:
            return is_plain(index)
        case _:
            return False
