"""Chains of calls on the legacy Query: which of them the transform `query-to-select` says as a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from sqlassay.facts.collect import walk
from sqlassay.semantics import values as v
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_TERMINALS = frozenset("all first one one_or_none scalar count".split())
_CRITERIA = frozenset({"filter", "where"})
_JOINS = frozenset({"join", "outerjoin"})
_PAGING = frozenset({"limit", "offset"})
_METHODS = _CRITERIA | _JOINS | _PAGING | {"filter_by", "order_by", "group_by", "having", "options", "distinct"}
_JOIN_KEYWORDS = frozenset({"onclause", "isouter", "full"})
_CONSUMERS = frozenset({"list", "set", "tuple", "sorted"})
"""Functions that iterate what they are given."""

_JOINED = frozenset({"joined", "False"})
"""Values of `lazy=` that put a relationship into the same SELECT."""


class Chain(Struct):
    """`session.query(A, B).filter(...).all()`, taken apart."""

    root: n.Call
    """The call whose arguments are the entities."""
    links: tuple[n.Call, ...]
    """The methods called on it, the terminal one not among them."""
    terminal: str
    """all, first ...; `iterate` where what stands around iterates; '' for a query that goes on elsewhere."""
    node: n.Expr
    """The chain up to its terminal."""
    end: n.Call | None
    """The terminal call."""

    @property
    def names(self) -> tuple[str, ...]:
        """The methods called on it, in order."""
        return tuple(_method(each) for each in self.links)


def _method(call: n.Call) -> str:
    return call.func.attr if isinstance(call.func, n.Attribute) else ""


def read(root: n.Call, around: Iterable[n.Node]) -> Chain:
    """The chain that starts with the call `root`; `around` are the nodes around it, nearest first."""
    links: list[n.Call] = []
    node: n.Expr = root
    parents = iter(around)
    for parent in parents:
        if not isinstance(parent, n.Attribute) or parent.value is not node:
            return Chain(root, tuple(links), "iterate" if _iterates(parent, node) else "", node, None)
        above = next(parents, None)
        if not isinstance(above, n.Call) or above.func is not parent:
            break
        node = above
        if parent.attr in _TERMINALS:
            return Chain(root, tuple(links), parent.attr, node, above)
        links.append(above)
    return Chain(root, tuple(links), "", node, None)


def _iterates(parent: n.Node, node: n.Node) -> bool:
    match parent:
        case n.For(iter=iterated) | n.Generator(iter=iterated):
            return iterated is node and not parent.is_async
        case n.Call(func=n.Name(id=name), args=(only,), keywords=()):
            return only is node and name in _CONSUMERS
        case _:
            return False


def as_statement(chain: Chain, entities: tuple[v.Value, ...]) -> int | None:
    """How many of the entities are classes, where a statement can say the chain alike; None where it cannot."""
    classes = sum(isinstance(each, v.Model) for each in entities)
    known = classes + sum(isinstance(each, v.Mapped | v.Clause) for each in entities)
    given = chain.root.args
    if not entities or chain.root.keywords or known != len(entities) or len(given) != len(entities):
        return None
    said = chain.terminal and not (chain.end is not None and (chain.end.args or chain.end.keywords))
    # Parentheses inside the chain leave a gap before what they hold.
    inside = any(each.start != chain.node.start for each in (chain.root, *chain.links))
    if not said or inside or any(each not in _METHODS for each in chain.names):
        return None
    single = classes == len(entities) == 1
    return classes if _ordered(chain.names) and _ends(chain, single) and _fits(chain, entities) else None


def _ordered(names: tuple[str, ...]) -> bool:
    """Whether the methods mean in a statement what they mean in this order on a Query."""
    paged = next((at for at, each in enumerate(names) if each in _PAGING), len(names))
    return not {"distinct", "order_by"} <= set(names) and all(each in (*_PAGING, "options") for each in names[paged:])


def _ends(chain: Chain, single: bool) -> bool:
    match chain.terminal:
        case "first":
            return "limit" not in chain.names
        case "count":
            return single and set(chain.names) <= _CRITERIA | {"filter_by"}
        case _:
            return True


def _fits(chain: Chain, entities: tuple[v.Value, ...]) -> bool:
    """Whether the arguments of each method are such as a statement takes."""
    if "filter_by" in chain.names and not _of_one_class(chain, entities):
        return False
    return all(
        _ARGUMENTS[name](call) for name, call in zip(chain.names, chain.links, strict=True) if name in _ARGUMENTS
    )


def _of_one_class(chain: Chain, entities: tuple[v.Value, ...]) -> bool:
    """Whether the chain speaks of the class that it queries and no other, so that filter_by() means that one."""
    entity = dotted_name(chain.root.args[0])
    if entity is None or len(entities) != 1 or not _JOINS.isdisjoint(chain.names):
        return False
    if isinstance(entities[0], v.Mapped):
        entity = entity.rsplit(".", 1)[0]
    attributes = (each for call in chain.links for given in call.args for each in walk(given))
    dotted = (dotted_name(each) for each in attributes if isinstance(each, n.Attribute))
    return all(each is None or _class_in(each) in ("", entity) for each in dotted)


def _class_in(dotted: str) -> str:
    """The part of a dotted name up to the first that is spelled as classes are; '' where none is."""
    parts = dotted.split(".")
    at = next((at for at, part in enumerate(parts) if part[:1].isupper()), None)
    return "" if at is None or at == len(parts) - 1 else ".".join(parts[: at + 1])


def _join(call: n.Call) -> bool:
    keywords = {each.name for each in call.keywords}
    if any(isinstance(each, n.Starred | n.Constant) for each in call.args) or not keywords <= _JOIN_KEYWORDS:
        return False
    along_two = len(call.args) == 2 and isinstance(call.args[0], n.Attribute) and call.args[0].attr.islower()
    return 1 <= len(call.args) <= 2 and not along_two


def _order(call: n.Call) -> bool:
    return not any(isinstance(each, n.Constant) and each.value is False for each in call.args)


_ARGUMENTS: dict[str, Callable[[n.Call], bool]] = {"join": _join, "outerjoin": _join, "order_by": _order}


def may_repeat(world: World, chain: Chain, entities: tuple[v.Value, ...]) -> bool:
    """Whether rows may repeat for reasons that the chain does not show: joined collections, options in variables."""
    options = (
        each for name, call in zip(chain.names, chain.links, strict=True) if name == "options" for each in call.args
    )
    return any(not isinstance(each, n.Call) for each in options) or any(
        _joins_many(world, each.ref, frozenset()) for each in entities if isinstance(each, v.Model)
    )


def _joins_many(world: World, ref: Ref, seen: frozenset[Ref]) -> bool:
    """Whether a SELECT of the class joins a collection, as far as `lazy=` of it and what it joins may say so."""
    model = world.model(ref)
    if model is None or ref in seen:
        return model is None
    for each in model.relationships.values():
        if each.lazy is None:
            return True
        if each.lazy not in _JOINED:
            continue
        if each.direction != "many-to-one" and each.uselist is not False:
            return True
        if each.target is None or _joins_many(world, each.target, seen | {ref}):
            return True
    return False
