"""Reads the conditions of joins: `primaryjoin`, `foreign_keys`, `remote_side`; expressions, lambdas, strings."""

from __future__ import annotations

from msgspec import Struct, field

from sqlassay.project.mapping import reading, targets
from sqlassay.project.mapping.rawrelationships import RawRelationship
from sqlassay.project.mapping.relating import by_name
from sqlassay.project.mapping.things import UNREAD, Attr, Bound, Const, Made, Scope, Seq, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

Column = tuple[str, str]
"""(table key, column name)"""


class Condition(Struct):
    """A join condition, read: the comparisons between columns, and the columns marked `foreign` and `remote`."""

    equal: list[tuple[Column, Column]] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    foreign: set[Column] = field(default_factory=set)
    remote: set[Column] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)
    plain: set[Column] = field(default_factory=set)
    """Columns that stand in it without `remote`."""
    whole: bool = True


# ------------------------------------------------------------------ conditions


def columns_given(world: World, ref: Ref, raw: RawRelationship, name: str) -> tuple[list[Column], bool]:
    """The columns that `foreign_keys=` or `remote_side=` names, and whether all of them are known."""
    if name not in raw.arguments.keywords:
        return [], True
    node, scope = raw.arguments.keywords[name]
    thing = reading.read(world, node, scope)
    if isinstance(thing, Bound) and thing.node is not None:
        node, scope = thing.node.body, thing.scope
        thing = reading.read(world, node, scope)
    if isinstance(thing, Const) and isinstance(thing.value, str):
        parsed = expression_from(thing.value) or expression_from(f"({thing.value},)")
        if parsed is None:
            return [], False
        node, scope = parsed, _registry_scope(ref)
        if isinstance(parsed, n.Name | n.Attribute):
            found = _column(world, ref, parsed, scope)
            return ([found], True) if found is not None else ([], False)
    out: list[Column] = []
    nodes: list[tuple[n.Expr, Scope]] = [(node, scope)]
    if isinstance(thing, Seq):
        nodes = thing.items
    elif isinstance(node, n.ListExpr | n.TupleExpr | n.SetExpr):
        nodes = [(each, scope) for each in node.elts]
    for each, where in nodes:
        found = _column(world, ref, each, where)
        if found is None:
            inner = reading.read(world, each, where)
            if isinstance(inner, Const) and isinstance(inner.value, str):
                parsed = expression_from(inner.value)
                found = _column(world, ref, parsed, _registry_scope(ref)) if parsed is not None else None
        if found is None:
            return out, False
        out.append(found)
    return out, True


def _registry_scope(ref: Ref) -> Scope:
    """The scope of a string: names are the registry's."""
    return Scope(ref.path, "", None, {}, "(registry)")


def _column(world: World, ref: Ref, node: n.Expr, scope: Scope) -> Column | None:
    """The column that an expression names."""
    if scope.function == "(registry)":
        return _in_registry(world, ref, node, scope)
    thing = reading.read(world, node, scope)
    return of_thing(world, ref, thing)


def of_thing(world: World, ref: Ref, thing: Thing) -> Column | None:
    """The column that something is."""
    match thing:
        case Made(name=name) if name in ("sa:foreign", "sa:remote") and thing.call.args:
            return of_thing(world, ref, reading.read(world, thing.call.args[0], thing.scope))
        case Made():
            return world.graph.column_made_by(thing)
        case Attr(owner=names.InProject(kind="class", ref=owner), name=name) if name not in ("c", "__table__"):
            # In a mixin's `declared_attr`, or a class body, the column is the class's own.
            return world.graph.attribute_column(owner, name)
        case Attr(owner=Attr(owner=owner, name="c" | "columns"), name=name):
            return targets.table_and_column(world, owner, name)
        case _:
            return None


def _in_registry(world: World, ref: Ref, node: n.Expr, scope: Scope) -> Column | None:
    """The column that an expression in a string names: `User.id`, `user_table.c.id`, `module.User.id`."""
    if not isinstance(node, n.Attribute):
        return None
    owner = node.value
    if isinstance(owner, n.Attribute) and owner.attr in ("c", "columns"):
        inner = owner.value
        if isinstance(inner, n.Attribute) and inner.attr == "__table__":
            inner = inner.value
        dotted = names.dotted_name(inner) or ""
        found = by_name(world, ref, dotted, scope).ref
        if found is not None:
            return world.graph.attribute_column(found, node.attr)
        return _of_table(world, ref, dotted, node.attr)
    dotted = names.dotted_name(owner) or ""
    found = by_name(world, ref, dotted, scope).ref
    if found is not None:
        return world.graph.attribute_column(found, node.attr)
    return _of_table(world, ref, dotted, node.attr)


def _of_table(world: World, ref: Ref, key: str, name: str) -> Column | None:
    from sqlassay.project.mapping import relating

    table = relating.table_named(world, ref, Const(key))
    return (table.key, table.by_key(name)) if table is not None else None


def condition_of(world: World, ref: Ref, node: n.Expr, scope: Scope) -> Condition:
    """Read a primaryjoin or secondaryjoin."""
    out = Condition()
    thing = reading.read(world, node, scope) if not isinstance(node, n.Compare | n.BoolOp | n.BinOp) else UNREAD
    if isinstance(thing, Bound) and thing.node is not None:
        node, scope = thing.node.body, thing.scope
    elif isinstance(thing, Made) and thing.call is not node:
        node, scope = thing.call, thing.scope
    else:
        text = thing.value if isinstance(thing, Const) else _patched(world, node, scope)
        if isinstance(text, str):
            parsed = expression_from(text)
            if parsed is None:
                out.whole = False
                return out
            node, scope = parsed, _registry_scope(ref)
    _walk(world, ref, node, scope, out)
    return out


def _patched(world: World, node: n.Expr, scope: Scope) -> str | None:
    """A string with something unknown in it, which stands as a name; None where it is no string."""
    match node:
        case n.FString():
            parts = []
            for part in node.parts:
                if isinstance(part, n.Constant):
                    parts.append(str(part.value))
                else:
                    known = reading.constant(world, part.value, scope)
                    parts.append(str(known.value) if known is not None else "_")
            return "".join(parts)
        case n.BinOp(op="+"):
            left, right = _patched(world, node.left, scope), _patched(world, node.right, scope)
            return left + right if left is not None and right is not None else None
        case n.Constant(kind="str"):
            return str(node.value)
        case _:
            return None


def _walk(world: World, ref: Ref, node: n.Expr, scope: Scope, out: Condition) -> None:
    match node:
        case n.Compare(ops=(op,), comparators=(right,)):
            left_column = _operand(world, ref, node.left, scope, out)
            right_column = _operand(world, ref, right, scope, out)
            if left_column is not None and right_column is not None and op == "==":
                out.equal.append((left_column, right_column))
        case n.BinOp(op="&" | "|"):
            _walk(world, ref, node.left, scope, out)
            _walk(world, ref, node.right, scope, out)
        case n.Call() if _mark(world, node.func, scope):
            _operand(world, ref, node, scope, out)
        case n.Call():
            for each in node.args:
                _walk(world, ref, each, scope, out)
            if isinstance(node.func, n.Attribute):
                _walk(world, ref, node.func.value, scope, out)
        case n.BoolOp(op="and"):
            # Python's `and` of two SQL expressions is the first one: an `==` of two columns is false to Python.
            _walk(world, ref, node.values[0], scope, out)
        case n.Constant():
            pass
        case n.Name():
            # A column of the class body, beside names of other things.
            if _column(world, ref, node, scope) is not None:
                _operand(world, ref, node, scope, out)
        case _:
            _operand(world, ref, node, scope, out)


def _operand(world: World, ref: Ref, node: n.Expr, scope: Scope, out: Condition) -> Column | None:
    """One side of a comparison: its column, with the marks that stand around it."""
    marks: set[str] = set()
    while isinstance(node, n.Call) and len(node.args) == 1:
        mark = _mark(world, node.func, scope)
        if not mark:
            break
        marks.add(mark)
        node = node.args[0]
    if isinstance(node, n.Constant):
        return None
    if isinstance(node, n.Call):
        for each in node.args:
            _operand(world, ref, each, scope, out)
        if isinstance(node.func, n.Attribute):
            _operand(world, ref, node.func.value, scope, out)
        return None
    found = _column(world, ref, node, scope)
    if found is None:
        out.whole = out.whole and not isinstance(node, n.Attribute | n.Name)
        return None
    out.columns.append(found)
    if "foreign" in marks:
        out.foreign.add(found)
    if "remote" in marks:
        out.remote.add(found)
    else:
        out.plain.add(found)
    return found


def _mark(world: World, func: n.Expr, scope: Scope) -> str:
    if scope.function == "(registry)":
        dotted = names.dotted_name(func) or ""
        last = dotted.rsplit(".", 1)[-1]
        return last if last in ("foreign", "remote") else ""
    thing = reading.read(world, func, scope)
    if isinstance(thing, names.Outside):
        return {"sa:foreign": "foreign", "sa:remote": "remote"}.get(canonical(thing.name), "")
    return ""
