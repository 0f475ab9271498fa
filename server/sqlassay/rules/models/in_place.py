"""What a function changes in place of what columns hold, and whether it means the database to have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from sqlassay.facts.collect import own_expressions, walk
from sqlassay.rules.models.tracking import tracking
from sqlassay.semantics.events import Change, FunctionEnd
from sqlassay.semantics.models import ColumnInfo, ModelInfo
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_STORED = frozenset(("query", "get"))
"""How instances came that are in the database for certain."""


class Untold(Struct):
    """A change in place that nothing in its function tells SQLAlchemy of."""

    change: Change
    model: ModelInfo
    column: ColumnInfo
    sees: str
    """What the column's type sees of changes in place, as `tracking` says."""
    sent: Place | None
    """A commit or flush that comes after it; None where the function has none."""
    sure: bool
    """The instance is stored, and the change is meant to be."""

    @property
    def spelled(self) -> str:
        """The attribute as the code has it (`item.data`), else with the class's name."""
        node = attribute_node(self.change)
        name = dotted_name(node) if node is not None else None
        return name or f"{self.model.ref.name.rsplit('.', 1)[-1]}.{self.change.stored.attribute}"


def untold(end: FunctionEnd) -> Iterator[Untold]:
    """The changes in place of a function that SQLAlchemy is not told of, where its code says that they are to stay."""
    outer = end.frame.parent
    if not end.changes or end.broken or (outer is not None and outer.function is not None) or _writes_itself(end):
        return
    for each in end.changes:
        load = each.stored.entity.load
        model = end.world.model(each.stored.entity.model)
        column = model.columns.get(each.stored.attribute) if model is not None else None
        if each.said or model is None or column is None:
            continue
        sent = _sent(end, each)
        stored = load.kind in _STORED
        if load.kind == "self":
            if _is_young(end) or attribute_node(each) is None:
                continue
        elif not (stored or load.kind == "parameter") or not _is_meant(end, each, sent):
            continue
        sees = tracking(end.world, model, column)
        if sees is not None:
            yield Untold(each, model, column, sees, sent, stored and sent is not None)


def _writes_itself(end: FunctionEnd) -> bool:
    """Whether the function sends the values in a statement of its own, or hands the instance on to be merged."""
    return any(
        use.statement in ("update", "insert", "text") or use.method == "merge" or use.method.startswith("bulk_")
        for use in end.uses
    )


def _is_meant(end: FunctionEnd, change: Change, sent: Place | None) -> bool:
    """Whether the database is to have the change: it is made to the attribute itself, or to a local that is nothing
    but a name for it, before a commit."""
    return attribute_node(change) is not None or (sent is not None and not _goes_elsewhere(end, change))


def _goes_elsewhere(end: FunctionEnd, change: Change) -> bool:
    """Whether the local that is changed is also given to something, returned or stored elsewhere."""
    root = _root(change.node)
    parents = end.frame.unit.parents()
    return any(
        isinstance(each, n.Name) and each.id == root and not _stays(each, parents, change) for each in walk(end.node)
    )


def _root(node: n.Node) -> str:
    """The local that a change begins with: `data["list"].append(1)` with `data`."""
    while isinstance(node, n.Subscript | n.Attribute | n.Call):
        node = node.func if isinstance(node, n.Call) else node.value
    return node.id if isinstance(node, n.Name) else ""


def _stays(node: n.Name, parents: Mapping[int, n.Node], change: Change) -> bool:
    parent = parents.get(id(node))
    match parent:
        case n.Subscript(value=owner) | n.Attribute(value=owner):
            return owner is node
        case n.TupleExpr():
            above = parents.get(id(parent))
            return isinstance(above, n.For) and above.target is parent
        case n.For():
            return True
        case n.Assign(targets=targets):
            return all(
                each is node or (isinstance(each, n.Attribute) and each.attr == change.stored.attribute)
                for each in targets
            )
        case n.Compare() | n.If() | n.UnaryOp():
            return True
        case _:
            return False


def attribute_node(change: Change) -> n.Expr | None:
    """The attribute in the change itself (`item.data["k"] = v`); None where a local stands for what it holds."""
    match change.node:
        case n.AugAssign(target=node) | n.Subscript(value=node) | n.Call(func=n.Attribute(value=node)):
            return next(
                (each for each in walk(node) if isinstance(each, n.Attribute) and each.attr == change.stored.attribute),
                None,
            )
        case _:
            return None


def _sent(end: FunctionEnd, change: Change) -> Place | None:
    """Where the session is told, after the change, to send what it has."""
    for use in end.uses:
        after = use.order > change.order or not set(use.loops).isdisjoint(change.loops)
        if after and use.method in ("commit", "flush"):
            return end.at(use.node)
    return None


def _is_young(end: FunctionEnd) -> bool:
    """Whether the method may be run for an instance that is not in the database yet: `__init__`, or called by it."""
    cls = end.frame.cls
    if cls is None or end.node.name.startswith("__"):
        return True
    model = end.world.model(cls)
    owners = (cls, *model.bases) if model is not None else (cls,)
    inits = (end.world.function_node(Ref(each.path, f"{each.name}.__init__")) for each in owners)
    return any(
        isinstance(each, n.Attribute) and each.attr == end.node.name
        for init in inits
        if init is not None
        for each in own_expressions(init.body)
    )
