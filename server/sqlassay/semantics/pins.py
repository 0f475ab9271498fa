"""What the criteria of a statement go by, seen from the code that called the function which wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from sqlassay.facts.model import FunctionFact
from sqlassay.semantics import values as v
from sqlassay.semantics.names import names_of
from sqlassay.syntax import nodes as n

_NONE: frozenset[str] = frozenset()


def of_caller(
    value: v.Value, fact: FunctionFact, bound: bool, node: n.Expr | None, given: Mapping[str, v.Value]
) -> v.Value:
    """What a function gave back, its criteria going by names of the caller's, not by the function's own.

    `node` is the call, or the read of a property; None where there is none in the code being walked. `given` are the
    arguments: what a statement among them went by before is the caller's already.
    """
    if isinstance(value, v.Awaitable):
        return replace(value, value=of_caller(value.value, fact, bound, node, given))
    parts = v.members(value)
    if not any(isinstance(each, v.Statement | v.Clause) and each.pinned for each in parts):
        return value
    known = {pin for each in _statements(given.values()) for pin in each.pinned}
    arguments = _arguments(fact, bound, node)
    moved = tuple(_moved(each, known, arguments) for each in parts)
    return moved[0] if len(moved) == 1 else v.Union(moved)


def _statements(values: Iterable[v.Value]) -> Iterable[v.Statement | v.Clause]:
    return (part for each in values for part in v.members(each) if isinstance(part, v.Statement | v.Clause))


def _moved(value: v.Value, known: set[v.Pin], arguments: Mapping[str, frozenset[str]]) -> v.Value:
    if not isinstance(value, v.Statement | v.Clause):
        return value
    pinned = frozenset(each if each in known else _renamed(each, arguments) for each in value.pinned)
    if isinstance(value, v.Clause):
        return replace(value, pinned=pinned)
    # What else the function was given may decide as well which rows there are.
    named = {name for each in value.pinned - known for name in each.names}
    others = (names for parameter, names in arguments.items() if parameter not in named)
    return replace(value, pinned=pinned, reads=value.reads.union(*others))


def _renamed(pin: v.Pin, arguments: Mapping[str, frozenset[str]]) -> v.Pin:
    """A pin of the function's: where it goes by something that is no parameter, it goes by nothing that is known."""
    names = _NONE.union(*(arguments[each] for each in pin.names)) if pin.names <= arguments.keys() else _NONE
    return v.Pin(pin.model, pin.attribute, names)


def _arguments(fact: FunctionFact, bound: bool, node: n.Expr | None) -> dict[str, frozenset[str]]:
    """For each parameter, the names that its argument is made of."""
    out = {each.name: _NONE for each in fact.params}
    positional = [each.name for each in fact.params if each.kind in ("positional", "positional-only")]
    owner = node.func if isinstance(node, n.Call) else node
    if bound and positional:
        out[positional.pop(0)] = frozenset(names_of(owner.value)) if isinstance(owner, n.Attribute) else _NONE
    if not isinstance(node, n.Call):
        return out
    spread = [each.value for each in node.args if isinstance(each, n.Starred)]
    spread += [each.value for each in node.keywords if each.name is None]
    if spread:
        # Which parameter gets what of them is not known.
        some = _NONE.union(*map(names_of, (*node.args, *(each.value for each in node.keywords))))
        return dict.fromkeys(out, some)
    out.update((name, frozenset(names_of(each))) for name, each in zip(positional, node.args, strict=False))
    out.update((each.name, frozenset(names_of(each.value))) for each in node.keywords if each.name in out)
    return out
