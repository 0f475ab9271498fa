"""Times with and without a zone: of columns, and of the values they are given."""

from __future__ import annotations

from sqlassay.facts.collect import own_statements
from sqlassay.fixes.ops import AddImport, AddKeyword, Fix, Replace
from sqlassay.rules.models.annotations import annotated_kind, mapped_inner
from sqlassay.rules.models.columns import within
from sqlassay.rules.models.sql_types import type_of
from sqlassay.semantics import names
from sqlassay.semantics.models import ColumnInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_ZONED = frozenset(("DateTime", "TIMESTAMP"))
_CLOCKS = {"datetime.datetime.now": 0, "datetime.datetime.fromtimestamp": 1}
"""Functions that give an aware time where they are told the zone, and which argument that is."""

_NAIVE_SQLMODEL = "<0.0.45"
"""Since then SQLModel keeps a `datetime` in a type of its own, which gives it back with UTC."""

_MAX_CALLS = 3


def is_naive(world: World, column: ColumnInfo) -> bool:
    """Whether a column certainly holds a date and time without a zone."""
    known = column.sql_type
    if known is None or not known.certain or known.decorator is not None or known.name not in _ZONED:
        return False
    if known.origin == "foreign key" or column.has_star:
        return False
    if column.type is not None:
        # `MyStamp = DateTime(timezone=True)` is read where it stands.
        found = type_of(world, column)
        if found is None or found.decorated or found.name not in _ZONED:
            return False
        call = found.call
        return call is None or not (call.args or any(each.name in ("timezone", None) for each in call.keywords))
    path = column.owner.path
    if column.annotation is None or annotated_kind(world, path, column.annotation) != "datetime":
        return False
    if mapped_inner(world, path, column.annotation) is None and not world.allows(_NAIVE_SQLMODEL, "sqlmodel"):
        return False
    return not known.args and not any(name == "timezone" for name, _ in known.keywords)


def with_zone(column: ColumnInfo) -> Fix | None:
    """The fix that gives the column a type with a zone, where its type is a plain one."""
    title = "Use `DateTime(timezone=True)`"
    match column.type:
        case n.Name(id=name) | n.Attribute(attr=name) if name in _ZONED:
            place = within(column.place, column.type)
            return Fix(title, False, (Replace(place, "{0}(timezone=True)", (place,)),))
        case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)) if name in _ZONED:
            return Fix(title, False, (AddKeyword(within(column.place, column.type), "timezone", "True"),))
        case None if column.style == "mapped" and column.call is not None:
            add = AddKeyword(column.call, "type_", "DateTime(timezone=True)")
            return Fix(title, False, (add, AddImport(column.call, "sqlalchemy", "DateTime")))
        case _:
            return None


def gives_aware(world: World, path: str, node: n.Expr, calls: int = 0) -> bool:
    """Whether what a column is given as a default is an aware time, or a function that certainly gives one."""
    match node:
        case n.Lambda(body=body):
            return is_aware(world, path, body, calls)
        case n.Call(func=func, args=args):
            if names.resolve_expression(world, path, func) != names.Outside("functools.partial"):
                return is_aware(world, path, node, calls)
            if not args:
                return False
            inner, *rest = args
            made = n.Call(node.start, node.end, inner, tuple(rest), node.keywords)
            return is_aware(world, path, made, calls)
        case n.Name() | n.Attribute():
            binding = names.resolve_expression(world, path, node)
            known = isinstance(binding, names.InProject) and binding.kind == "function"
            return known and isinstance(binding, names.InProject) and _returns_aware(world, binding.ref, calls)
        case _:
            return False


def is_aware(world: World, path: str, node: n.Expr, calls: int = 0) -> bool:
    """Whether the value of an expression is certainly an aware time."""
    match node:
        case n.BinOp(op="+" | "-", left=left):
            return is_aware(world, path, left, calls)
        case n.Call(func=n.Attribute(value=owner, attr="replace"), keywords=keywords):
            given = next((each.value for each in keywords if each.name == "tzinfo"), None)
            if given is None:
                return is_aware(world, path, owner, calls)
            return not _is_none(given) and _is_time(world, path, owner)
        case n.Call(func=n.Attribute(value=owner, attr="astimezone")):
            return _is_time(world, path, owner)
        case n.Call(func=func, args=args, keywords=keywords):
            binding = names.resolve_expression(world, path, func)
            if isinstance(binding, names.Outside) and binding.name in _CLOCKS:
                at = _CLOCKS[binding.name]
                zone = args[at] if len(args) > at else next((e.value for e in keywords if e.name == "tz"), None)
                return zone is not None and not _is_none(zone) and not isinstance(zone, n.Starred)
            if isinstance(binding, names.InProject) and binding.kind == "function":
                return _returns_aware(world, binding.ref, calls)
            return False
        case _:
            return False


def _is_time(world: World, path: str, node: n.Expr) -> bool:
    """Whether an expression is a call of `datetime` itself: its result is a time, aware or not."""
    if not isinstance(node, n.Call):
        return False
    binding = names.resolve_expression(world, path, node.func)
    return isinstance(binding, names.Outside) and binding.name.startswith("datetime.datetime")


def _returns_aware(world: World, ref: Ref, calls: int) -> bool:
    fact = names.function_fact(world, ref)
    node = world.function_node(ref) if calls < _MAX_CALLS else None
    if fact is None or node is None or fact.decorators or fact.is_async or fact.is_generator:
        return False
    returns = [each.value for each in own_statements(node.body) if isinstance(each, n.Return)]
    return bool(returns) and all(each is not None and is_aware(world, ref.path, each, calls + 1) for each in returns)


def _is_none(node: n.Expr) -> bool:
    return isinstance(node, n.Constant) and node.kind == "none"
