"""What attributes, methods and filters of a template give: `post.author`, `posts|map(attribute="author.name")`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sqlassay.facts.model import FunctionFact
from sqlassay.semantics import attributes, names, signatures
from sqlassay.semantics import values as v
from sqlassay.semantics.conversions import reading
from sqlassay.semantics.library.results import row_of
from sqlassay.semantics.world import Ref

if TYPE_CHECKING:
    from jinja2 import nodes

    from sqlassay.semantics.conversions.templates import Rendering

Keywords = dict[str, v.Value]


def member(walk: Rendering, owner: v.Value, name: str, node: nodes.Node) -> v.Value:
    """An attribute or item of one thing."""
    from sqlassay.semantics.conversions.templates import Module

    match owner:
        case v.Entity():
            found = names.find_attribute(walk.ev.world, owner.model, name)
            if found is not None and isinstance(found[1], FunctionFact) and not signatures.is_property(found[1]):
                return v.FunctionValue(Ref(found[0].path, found[1].qualname), owner)
            return reading.read(walk.ev, owner, name, walk.at(node, name), walk.conversion)
        case v.DictValue(entries=entries):
            return dict(entries).get(name, v.Method(owner, name) if name in _OF_DICTS else owner.value)
        case v.TupleValue() if name == "list" and len(owner.items) == 2:
            return owner.items[1]  # of a group
        case v.Collection() if name == "items":
            return owner  # of a page
        case v.Collection() | v.Statement() | v.TupleValue() | v.Result():
            return v.Method(owner, name)
        case v.Instance():
            return attributes.instance_attribute(walk.ev, owner, name)
        case Module(macros=macros):
            return dict(macros).get(name, v.UNKNOWN)
        case _:
            return v.UNKNOWN


_OF_DICTS = frozenset(["items", "values", "keys", "get"])


def called(walk: Rendering, callee: v.Value, args: tuple[v.Value, ...]) -> v.Value:
    """A function of the project, or a method of a container, is called."""
    match callee:
        case v.FunctionValue():
            return reading.of_function(walk.ev, callee, args, walk.conversion)
        case v.Method(receiver=v.DictValue(key=key, value=value), name=name):
            pairs: v.Value = v.TupleValue((key, value))
            return {"items": v.Collection(pairs), "values": v.Collection(value), "get": value}.get(name, v.UNKNOWN)
        case v.Method(receiver=v.Statement(kind="query") as statement, name="all"):
            return v.Collection(row_of(statement, "query"))
        case v.Method(receiver=v.Result(row=row), name="all" | "scalars"):
            return v.Collection(row)
        case _:
            return v.UNKNOWN


def applied(walk: Rendering, node: nodes.Filter, value: v.Value, args: list[v.Value], keywords: Keywords) -> v.Value:
    """A filter is applied to a value."""
    path = _path(_ATTRIBUTE.get(node.name), args, keywords)
    found: v.Value = v.UNKNOWN
    if path:
        with reading.each_of(walk.ev, value, walk.conversion, walk.at(node, node.name)) as element:
            for each in path:
                found = element
                for name in each.split("."):
                    found = walk.attribute(found, name, node)
        found = v.vary(found, 0)
    gives = _GIVES.get(node.name)
    return gives(walk, value, found) if gives is not None else v.UNKNOWN


_ATTRIBUTE: dict[str, int | None] = {
    "map": None,
    "groupby": 0,
    "selectattr": 0,
    "rejectattr": 0,
    "sum": 0,
    "sort": None,
    "unique": None,
    "join": 1,
    "min": None,
    "max": None,
}
"""Filters that read an attribute of each element: where its name stands, if not only in `attribute=`."""


def _path(index: int | None, args: list[v.Value], keywords: Keywords) -> Iterable[str]:
    given = keywords.get("attribute")
    if given is None and index is not None and index < len(args):
        given = args[index]
    if isinstance(given, v.Const) and isinstance(given.value, str):
        return [each.strip() for each in given.value.split(",")]
    return ()


Gives = Callable[["Rendering", v.Value, v.Value], v.Value]


def _same(_walk: Rendering, value: v.Value, _found: v.Value) -> v.Value:
    return value


def _many(walk: Rendering, value: v.Value, _found: v.Value) -> v.Value:
    return v.Collection(walk.element(value))


def _one(walk: Rendering, value: v.Value, _found: v.Value) -> v.Value:
    return walk.element(value)


def _groups(walk: Rendering, value: v.Value, found: v.Value) -> v.Value:
    return v.Collection(v.TupleValue((found, v.Collection(walk.element(value)))))


def _portions(walk: Rendering, value: v.Value, _found: v.Value) -> v.Value:
    return v.Collection(v.Collection(walk.element(value)))


def _mapped(_walk: Rendering, _value: v.Value, found: v.Value) -> v.Value:
    return v.Collection(found)


def _items(_walk: Rendering, value: v.Value, _found: v.Value) -> v.Value:
    return v.Collection(v.TupleValue((value.key, value.value))) if isinstance(value, v.DictValue) else v.UNKNOWN


_GIVES: dict[str, Gives] = {
    **dict.fromkeys(("default", "d", "safe"), _same),
    **dict.fromkeys(("list", "sort", "unique", "reverse", "select", "reject", "selectattr", "rejectattr"), _many),
    **dict.fromkeys(("first", "last", "random", "min", "max"), _one),
    **dict.fromkeys(("batch", "slice"), _portions),
    **dict.fromkeys(("items", "dictsort"), _items),
    "map": _mapped,
    "groupby": _groups,
}
"""What a filter gives; any other one gives nothing that is followed."""
