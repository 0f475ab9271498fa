"""By which columns a project's queries filter and sort: asked of all its functions, when somebody wants to know.

Facts do not hold what functions do, so that the first question walks every function of the project, tests aside. Each
function's answer is kept by itself: an edit walks again what it touches.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.collect import walk
from sqlassay.semantics import values as v
from sqlassay.semantics.evaluator import Evaluator
from sqlassay.semantics.events import Event, QueryMethod
from sqlassay.semantics.frame import Frame, Unit
from sqlassay.semantics.names import function_fact
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class Column(Struct, frozen=True):
    """A column of a table."""

    metadata: str
    """Whose table it is: see `TableInfo.metadata`."""
    table: str
    name: str


class Filter(Struct, frozen=True):
    """A statement over one table, where it begins, and all columns that it filters and sorts by.

    Statements that join, or of which some criterion cannot be read, are not among them.
    """

    place: Place
    columns: frozenset[Column]


_METHODS = frozenset(("where", "filter", "filter_by", "order_by"))
_JOINS = frozenset(("join", "outerjoin", "join_from", "outerjoin_from", "select_from"))


def filtered(world: World) -> dict[Column, tuple[Filter, ...]]:
    """For each column, the statements that filter or sort by it, by file; tests and migrations aside."""
    found: dict[Column, tuple[Filter, ...]] = world.memo.cut(("filtered",), lambda: _all(world), {})
    return found


def _all(world: World) -> dict[Column, tuple[Filter, ...]]:
    out: dict[Column, list[Filter]] = {}
    for path in world.paths:
        facts = world.facts(path) if not world.is_test(path) else None
        if facts is None or ("revision" in facts.variables and "upgrade" in facts.functions):
            continue
        for name in facts.functions:
            for each in _of_function(world, Ref(path, name)):
                for column in each.columns:
                    out.setdefault(column, []).append(each)
    return {column: tuple(filters) for column, filters in out.items()}


def _of_function(world: World, ref: Ref) -> tuple[Filter, ...]:
    found: tuple[Filter, ...] = world.memo.cut(("filters", ref), lambda: _walk(world, ref), ())
    return found


def _walk(world: World, ref: Ref) -> tuple[Filter, ...]:
    body = world.body(ref)
    if body is None or not any(isinstance(each, n.Attribute) and each.attr in _METHODS for each in walk(body.node)):
        return ()
    out: dict[Place, set[Column]] = {}
    unread: set[Place] = set()

    def hear(event: Event) -> None:
        if not isinstance(event, QueryMethod):
            return
        place = event.statement.place
        if event.method in _JOINS or event.statement.loose or event.starred:
            unread.add(place)
        elif event.method in _METHODS:
            found = _named(evaluator, event)
            out.setdefault(place, set()).update(found or ())
            if found is None:
                unread.add(place)

    evaluator = Evaluator(world, hear)
    unit = Unit(ref.path, body.anchor, body.node, body.base)
    cls = Ref(ref.path, ref.name.rpartition(".")[0]) if "." in ref.name else None
    evaluator.frame = Frame(unit, cls=cls)
    evaluator.function_value(body.node, ref.name, cls, function_fact(world, ref), unit)
    return tuple(Filter(place, frozenset(each)) for place, each in out.items() if each and place not in unread)


def _named(evaluator: Evaluator, event: QueryMethod) -> set[Column] | None:
    """The columns that the arguments of a call name; None where a criterion names nothing that is known."""
    found: set[Column] = set()
    entity = event.statement.entities[0] if event.statement.entities else None
    if event.method == "filter_by":
        if not isinstance(entity, v.Model):
            return None
        for name in event.keywords:
            found.update(_columns(event.world, entity.ref, name))
    frame = evaluator.frame
    quiet, frame.quiet = frame.quiet, True
    try:
        for argument in event.call.args:
            mapped = [value for value in _values(evaluator, argument) if isinstance(value, v.Mapped)]
            if not mapped and event.method != "order_by":
                return None
            for each in mapped:
                found.update(_columns(event.world, each.model, each.name))
    finally:
        frame.quiet = quiet
    return found


def _values(evaluator: Evaluator, argument: n.Expr) -> Iterator[v.Value]:
    for node in walk(argument):
        if isinstance(node, n.Attribute) and _is_plain(node):
            yield evaluator.expr(node)


def _is_plain(node: n.Attribute) -> bool:
    """`Item.title`, `models.Item.title`: nothing is called on the way."""
    owner = node.value
    while isinstance(owner, n.Attribute):
        owner = owner.value
    return isinstance(owner, n.Name)


def _columns(world: World, model: Ref, attribute: str) -> Iterator[Column]:
    """The column behind an attribute; of a reference (`Post.author == user`), those that it goes by."""
    info = world.model(model)
    if info is None:
        return
    column = info.columns.get(attribute)
    if column is not None and column.table is not None:
        yield Column(info.metadata, column.table, column.name)
    relationship = info.relationships.get(attribute)
    if relationship is not None and relationship.direction == "many-to-one":
        for pair in relationship.pairs:
            yield Column(info.metadata, *pair.local)
