"""How two mapped classes are joined, by SQLAlchemy's own algorithm: foreign keys between their tables, what the
relationship says of them, and the direction that follows."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from sqlassay.project.mapping import reading, tables
from sqlassay.project.mapping.relating import RawRelationship, by_name
from sqlassay.project.mapping.tables import RawTable
from sqlassay.project.mapping.things import UNREAD, Attr, Bound, Const, Made, Scope, Seq, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.models import Pair
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

Column = tuple[str, str]
"""(table key, column name)"""


class Side(Struct):
    """What a class is loaded from: its tables, its own first."""

    ref: Ref
    tables: list[RawTable]

    @property
    def columns(self) -> set[Column]:
        return {(table.key, name) for table in self.tables for name in table.columns}


class Join(Struct):
    """A join as far as it is known."""

    how: str
    """As `RelationshipInfo.join`."""
    direction: str | None = None
    pairs: tuple[Pair, ...] = ()
    self_referential: bool = False


class _Condition(Struct):
    """A join condition, read: the comparisons between columns, and the columns marked `foreign` and `remote`."""

    equal: list[tuple[Column, Column]] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    foreign: set[Column] = field(default_factory=set)
    remote: set[Column] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)
    plain: set[Column] = field(default_factory=set)
    """Columns that stand in it without `remote`."""
    whole: bool = True


class _Ambiguous(Exception):
    pass


def determine(world: World, ref: Ref, raw: RawRelationship, parent: Side, target: Side) -> Join:
    """How `parent` is joined to `target` by a relationship of the class `ref`."""
    selfish = bool({id(each) for each in parent.tables} & {id(each) for each in target.tables})
    if raw.info.secondary:
        return _through(world, ref, raw, parent, target, selfish)
    given = raw.arguments.keywords
    picked, known = _columns(world, ref, raw, "foreign_keys")
    remote, remote_known = _columns(world, ref, raw, "remote_side")
    how = "foreign_keys" if picked else "foreign keys"
    if "primaryjoin" in given:
        condition = _read(world, ref, *given["primaryjoin"])
        how = "given"
    elif not known:
        return Join("unknown", self_referential=selfish)
    else:
        try:
            found = _by_keys(world, parent.tables, target.tables, picked)
        except _Ambiguous:
            return Join("ambiguous", self_referential=selfish)
        if found is None:
            sure = all(each.certain for each in (*parent.tables, *target.tables)) and raw.arguments.whole
            return Join("none" if sure else "unknown", self_referential=selfish)
        condition = _Condition(found, [each for pair in found for each in pair])
    if not known or not remote_known:
        return Join("unknown", self_referential=selfish)
    return _directed(world, how, condition, set(picked), set(remote), parent, target, selfish)


def _directed(
    world: World,
    how: str,
    condition: _Condition,
    picked: set[Column],
    remote: set[Column],
    parent: Side,
    target: Side,
    selfish: bool,
) -> Join:
    foreign = set(condition.foreign) or (picked & set(condition.columns))
    if not foreign:
        foreign = {each for pair in condition.equal if (each := _referring(world, pair, parent, target)) is not None}
    here, there = parent.columns, target.columns
    marked = condition.remote or remote or _remote(condition, foreign, parent, target)
    pairs = _pairs(condition, here, marked)
    many, one = bool(foreign & there), bool(foreign & here)
    direction: str | None = None
    if many and one:
        far = {each for each in foreign if each in marked}
        near = foreign - marked
        if far and near:
            equated = marked & (set(condition.columns) - marked)
            far, near = far - equated, near - equated
        if far and not near:
            direction = "one-to-many"
        elif near and not far:
            direction = "many-to-one"
    elif many:
        direction = "one-to-many"
    elif one:
        direction = "many-to-one"
    if direction is None and not condition.whole:
        how = "unknown"
    return Join(how, direction, pairs, selfish)


def _remote(condition: _Condition, foreign: set[Column], parent: Side, target: Side) -> set[Column]:
    """The columns that are on the far side where nothing marks them."""
    here, there = parent.columns, target.columns
    shared = {each.key for each in parent.tables} & {each.key for each in target.tables}
    if any(left[0] in shared and right[0] in shared for left, right in condition.equal):
        return foreign
    if shared:
        out: set[Column] = set()
        for pair in condition.equal:
            for near, far in (pair, pair[::-1]):
                if near in here and far in there:
                    out.add(far)
        return out
    local = {(table.key, name) for table in parent.tables[:1] for name in table.columns}
    own = {(table.key, name) for table in target.tables[:1] for name in table.columns}
    return {each for each in condition.columns if each in there and (each not in local or each in own)}


def _pairs(condition: _Condition, here: set[Column], remote: set[Column]) -> tuple[Pair, ...]:
    out = []
    for left, right in condition.equal:
        if (right in remote) != (left in remote):
            near, far = (left, right) if right in remote else (right, left)
        else:
            near, far = (left, right) if left in here else (right, left)
        out.append(Pair(near, far))
    return tuple(dict.fromkeys(out))


def _referring(world: World, pair: tuple[Column, Column], parent: Side, target: Side) -> Column | None:
    """Which of two columns has the foreign key to the other."""
    for table in (*parent.tables, *target.tables):
        for one, other in (pair, pair[::-1]):
            if one[0] == table.key and other in world.graph.targets(table, one[1]):
                return one
    return None


def _through(world: World, ref: Ref, raw: RawRelationship, parent: Side, target: Side, selfish: bool) -> Join:
    secondary = raw_secondary(world, ref, raw)
    if secondary is None:
        return Join("unknown", "many-to-many", (), selfish)
    given = raw.arguments.keywords
    picked, known = _columns(world, ref, raw, "foreign_keys")
    out: list[Pair] = []
    how = "foreign keys"
    for side, keyword, local in ((parent, "primaryjoin", True), (target, "secondaryjoin", False)):
        if keyword in given:
            condition = _read(world, ref, *given[keyword])
            how = "given"
            equal = condition.equal
        else:
            try:
                found = _by_keys(world, side.tables, [secondary], picked if known else [])
            except _Ambiguous:
                return Join("ambiguous", "many-to-many", (), selfish)
            if found is None:
                sure = known and secondary.certain and all(each.certain for each in side.tables)
                return Join("none" if sure else "unknown", "many-to-many", (), selfish)
            equal = found
        for left, right in equal:
            mine, other = (left, right) if right[0] == secondary.key else (right, left)
            out.append(Pair(mine, other) if local else Pair(other, mine))
    return Join(how, "many-to-many", tuple(dict.fromkeys(out)), selfish)


def raw_secondary(world: World, ref: Ref, raw: RawRelationship) -> RawTable | None:
    """The table that a relationship goes through."""
    from sqlassay.project.mapping import relating

    return relating.secondary_of(world, ref, raw)


# ---------------------------------------------------------------- foreign keys


def _by_keys(
    world: World, left: list[RawTable], right: list[RawTable], picked: Iterable[Column]
) -> list[tuple[Column, Column]] | None:
    """The columns that foreign keys between two sides set equal; None where there are none.

    Keys of the nearest table of `left` count first. Raises _Ambiguous where several lead to different columns.
    """
    wanted = set(picked)
    found: dict[tuple[object, ...], list[tuple[Column, Column]]] = {}
    for some in ([left[0]], left) if left else ():
        for key, pairs in _between(world, right, some, wanted):
            found.setdefault(key, []).extend(pairs)
        if some is not right:
            for key, pairs in _between(world, some, right, wanted):
                if key not in found or not (set(pairs) <= set(found[key])):
                    found.setdefault(key, []).extend(pairs)
        if found:
            break
    if len(found) > 1 and wanted:
        exact = {key: pairs for key, pairs in found.items() if {each for _, each in pairs} == wanted}
        found = exact or found
    if len(found) > 1 and len({tuple(pairs) for pairs in found.values()}) > 1:
        raise _Ambiguous
    return next(iter(found.values()), None)


def _between(
    world: World, holders: list[RawTable], referred: list[RawTable], wanted: set[Column]
) -> Iterable[tuple[tuple[object, ...], list[tuple[Column, Column]]]]:
    """The foreign keys of some tables that lead into others: by constraint, (referred column, column)."""
    there = {table.key: table for table in referred}
    for holder in holders:
        for key, parts in world.graph.keys_of(holder):
            pairs = []
            for name, goal in parts:
                mine = (holder.key, name)
                if wanted and mine not in wanted:
                    continue
                if goal is not None and goal[0] in there and goal[1] in there[goal[0]].columns:
                    pairs.append((goal, mine))
            if pairs:
                yield (holder.key, *key), pairs


# ------------------------------------------------------------------ conditions


def _columns(world: World, ref: Ref, raw: RawRelationship, name: str) -> tuple[list[Column], bool]:
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
            return tables.table_and_column(world, owner, name)
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


def _read(world: World, ref: Ref, node: n.Expr, scope: Scope) -> _Condition:
    """Read a primaryjoin or secondaryjoin."""
    out = _Condition()
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


def _walk(world: World, ref: Ref, node: n.Expr, scope: Scope, out: _Condition) -> None:
    match node:
        case n.Compare(ops=(op,), comparators=(right,)):
            left_column = _operand(world, ref, node.left, scope, out)
            right_column = _operand(world, ref, right, scope, out)
            if left_column is not None and right_column is not None and op == "==":
                out.equal.append((left_column, right_column))
        case n.BinOp(op="&" | "|"):
            _walk(world, ref, node.left, scope, out)
            _walk(world, ref, node.right, scope, out)
        case n.Call():
            for each in node.args:
                _walk(world, ref, each, scope, out)
            if isinstance(node.func, n.Attribute):
                _walk(world, ref, node.func.value, scope, out)
        case n.BoolOp(op="and"):
            # Python's `and` of two SQL expressions is the first one: an `==` of two columns is false to Python.
            _walk(world, ref, node.values[0], scope, out)
        case n.Constant() | n.Name():
            pass
        case _:
            _operand(world, ref, node, scope, out)


def _operand(world: World, ref: Ref, node: n.Expr, scope: Scope, out: _Condition) -> Column | None:
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
