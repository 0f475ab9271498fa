"""Which columns of a table lead an index: by their own arguments, `__table_args__`, or an `Index(...)` beside it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import own_statements
from sqlassay.facts.model import VariableFact
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_INDEXED = frozenset(("Index", "UniqueConstraint", "PrimaryKeyConstraint"))
_NOT_INDEXED = frozenset(("ForeignKeyConstraint", "CheckConstraint", "ExcludeConstraint"))


def leading_columns(declared: ModelDeclared) -> frozenset[str] | None:
    """Columns (by attribute or by name) with which some index or key of the table begins; None where nobody can say."""
    world, model = declared.world, declared.model
    found = {each.attribute for each in model.columns.values() if each.index or each.unique}
    key = next((each.attribute for each in model.columns.values() if each.primary_key), None)
    if key is not None:
        found.add(key)
    listed = _table_arguments(world, model)
    if listed is None:
        return None
    for each in (*listed, *_beside(world, model)):
        leading = _leading(each)
        if leading is None:
            return None
        found.update(leading)
    return frozenset(found)


def constraint_key(world: World, model: ModelInfo) -> frozenset[str]:
    """Columns (by attribute or by name) that a PrimaryKeyConstraint in `__table_args__` names, where it can be read."""
    calls = (each for each in _table_arguments(world, model) or () if isinstance(each, n.Call))
    columns = (each for call in calls if _last(call.func) == "PrimaryKeyConstraint" for each in call.args)
    return frozenset(name for each in columns if (name := _column(each)) is not None)


def _table_arguments(world: World, model: ModelInfo) -> tuple[n.Expr, ...] | None:
    """The items of `__table_args__`, the class's own or one it inherits; None where they cannot all be read."""
    found = names.find_attribute(world, model.ref, "__table_args__")
    if found is None:
        return () if "__table_args__" not in model.others else None
    value: n.Expr | None
    if isinstance(found[1], VariableFact):
        value = found[1].value
    else:
        node = world.function_node(Ref(found[0].path, found[1].qualname))
        returns = [each.value for each in own_statements(node.body) if isinstance(each, n.Return)] if node else []
        value = returns[0] if len(returns) == 1 else None
    match value:
        case n.DictExpr():
            return ()
        case n.TupleExpr(elts=elts) | n.ListExpr(elts=elts):
            return tuple(each for each in elts if not isinstance(each, n.DictExpr))
        case _:
            return None


def _beside(world: World, model: ModelInfo) -> Iterator[n.Expr]:
    """`Index("name", Model.column)` at the level of the model's module."""
    facts = world.facts(model.ref.path)
    if facts is None:
        return
    calls = (each.call for each in facts.calls if not each.function)
    for each in (*calls, *(variable.value for variable in facts.variables.values())):
        if isinstance(each, n.Call) and _last(each.func) == "Index" and _names_model(each, model):
            yield each


def _names_model(call: n.Call, model: ModelInfo) -> bool:
    own = model.ref.name.rsplit(".", 1)[-1]
    return any(isinstance(each, n.Name) and each.id == own for each in _roots(call))


def _roots(call: n.Call) -> Iterator[n.Expr]:
    for each in call.args:
        while isinstance(each, n.Attribute | n.Call):
            each = each.value if isinstance(each, n.Attribute) else each.func
        yield each


def _leading(node: n.Expr) -> tuple[str, ...] | None:
    """The first column of an index or a key; none for what makes no index; None where it is something unknown."""
    while isinstance(node, n.Call) and isinstance(node.func, n.Attribute) and node.func.attr == "ddl_if":
        node = node.func.value
    if not isinstance(node, n.Call):
        return None
    kind = _last(node.func)
    if kind in _NOT_INDEXED:
        return ()
    if kind not in _INDEXED or any(isinstance(each, n.Starred) for each in node.args[:2]):
        return None
    columns = node.args[1:] if kind == "Index" else node.args
    first = _column(columns[0]) if columns else None
    return (first,) if first is not None else ()


def _column(node: n.Expr) -> str | None:
    """The column that an item of an index names: `"x"`, `x`, `Model.x`, `Model.x.desc()`, `desc("x")`, `text("x")`."""
    match node:
        case n.Constant(value=str(name)):
            return name
        case n.Name(id=name):
            return name
        case n.Call(func=n.Attribute(value=inner), args=()):
            return _column(inner)
        case n.Call(func=n.Name(id="desc" | "asc" | "text"), args=(inner,)):
            return _column(inner)
        case n.Attribute(attr=name):
            return name
        case _:
            return None


def _last(node: n.Expr) -> str:
    return node.attr if isinstance(node, n.Attribute) else (node.id if isinstance(node, n.Name) else "")
