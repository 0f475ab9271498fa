"""Constraints and indexes of tables, and the columns that they name."""

from __future__ import annotations

from sqlassay.facts.model import VariableFact
from sqlassay.project.mapping import bodies, classes, columns, reading
from sqlassay.project.mapping.columns import RawColumn, Source
from sqlassay.project.mapping.rawtables import RawConstraint, RawTable
from sqlassay.project.mapping.things import Arguments, Attr, Const, Made, Scope, Thing, Unread
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.models import ConstraintInfo, IndexInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


def table_column(world: World, table: RawTable, made: Made, scope: Scope) -> RawColumn:
    call = made.call
    fact = VariableFact("", None, call, scope.anchor, call.start, call.end)
    source = Source(table.owner, fact, scope, direct=made.scope is scope)
    raw = columns.from_call(world, source, made)
    raw.info.attribute = raw.key or raw.info.name
    raw.info.attributes = (raw.info.attribute,)
    return raw


def item(world: World, table: RawTable, thing: Thing, ref: Ref | None) -> None:
    """Something that stands in a table or in `__table_args__`, made part of the table."""
    match thing:
        case Made(name=name) if name in _CONSTRAINTS:
            table.constraints.append(_constraint(world, table, thing, _CONSTRAINTS[name]))
        case Made(name="sa:Index"):
            table.indexes.append(index(world, table, thing))
        case Made(name=name) if name.endswith("ExcludeConstraint"):
            name_ = reading.made_arguments(world, thing).keywords.get("name")
            text = reading.text(world, *name_) if name_ is not None else None
            table.constraints.append(RawConstraint(ConstraintInfo("exclude", text, (), thing.place, thing.call)))
        case Made(name=name) if name in columns.STYLES and ref is not None:
            raw = table_column(world, table, thing, thing.scope)
            table.columns[raw.info.name] = raw
        case Const():
            pass
        case Made() if not isinstance(thing.owner, Unread):
            pass
        case _:
            table.certain = False


_CONSTRAINTS = {
    "sa:UniqueConstraint": "unique",
    "sa:PrimaryKeyConstraint": "primary key",
    "sa:ForeignKeyConstraint": "foreign key",
    "sa:CheckConstraint": "check",
}


def _constraint(world: World, table: RawTable, made: Made, kind: str) -> RawConstraint:
    opened = reading.made_arguments(world, made)
    certain = opened.whole
    name: str | None = None
    given = name_given(opened, kind)
    if given is not None:
        found = reading.constant(world, *given)
        name = found.value if found is not None and isinstance(found.value, str) else None
        certain = certain and found is not None
    info = ConstraintInfo(kind, name, (), made.place, made.call, certain=certain)
    out = RawConstraint(info)
    if kind == "foreign key":
        local = opened.positional[0] if opened.positional else opened.keywords.get("columns")
        remote = opened.positional[1] if len(opened.positional) > 1 else opened.keywords.get("refcolumns")
        if local is not None and remote is not None:
            here, whole = reading.items(world, *local)
            there, also = reading.items(world, *remote)
            info.columns = tuple(each or "" for each in (column_named(world, *one) for one in here))
            out.targets = [reading.read(world, *each) for each in there]
            info.certain = info.certain and whole and also
        ondelete = opened.keywords.get("ondelete")
        info.has_ondelete = ondelete is not None or not opened.whole
        info.ondelete = reading.text(world, *ondelete) if ondelete is not None else None
        info.use_alter = "use_alter" in opened.keywords
    elif kind in ("unique", "primary key"):
        named = [column_named(world, *each) for each in opened.positional]
        info.columns = tuple(each for each in named if each is not None)
        info.certain = info.certain and None not in named
        if kind == "primary key":
            for each in info.columns:
                _make_key(table, each)
    return out


_NAME_AT = {"check": 1, "foreign key": 2}
"""Where a constraint's name stands among its arguments; the others take nothing but columns there."""


def name_given(opened: Arguments, kind: str) -> tuple[n.Expr, Scope] | None:
    """The argument that names a constraint."""
    at = _NAME_AT.get(kind, len(opened.positional))
    return opened.keywords.get("name") or (opened.positional[at] if len(opened.positional) > at else None)


def _make_key(table: RawTable, name: str) -> None:
    column = table.columns.get(table.by_key(name))
    if column is not None:
        column.info.primary_key = True
        if "nullable" not in column.info.keywords:
            column.info.nullable = False


def index(world: World, table: RawTable, made: Made) -> IndexInfo:
    """What `Index(...)` says."""
    opened = reading.made_arguments(world, made)
    rest = list(opened.positional)
    given = opened.keywords.get("name") or (rest.pop(0) if rest else None)
    found = reading.constant(world, *given) if given is not None else None
    name = found.value if found is not None and isinstance(found.value, str) else None
    unique = opened.keywords.get("unique")
    value = reading.constant(world, *unique) if unique is not None else Const(False)
    named = []
    for each in rest:
        column = column_named(world, *each)
        named.append(table.by_key(column) if column is not None else None)
    return IndexInfo(
        name,
        tuple(named),
        value is not None and bool(value.value),
        made.place,
        made.call,
        any(each.endswith("_where") for each in opened.keywords),
        opened.whole and found is not None and value is not None,
    )


def column_named(world: World, node: n.Expr, scope: Scope) -> str | None:
    """The name of the column that a constraint's argument means: a string, `User.id`, `cls.id`, `table.c.id`."""
    thing = reading.read(world, node, scope)
    match thing:
        case Const(value=str(name)):
            return name
        case Attr(owner=names.InProject(kind="class", ref=ref), name=name):
            return column_name(world, ref, name)
        case Attr(owner=Attr(name="c" | "columns"), name=name):
            return name
        case Made(name="sa:desc" | "sa:asc" | "sa:text") if thing.call.args:
            named = column_named(world, thing.call.args[0], thing.scope)
            return named if named is not None and named.isidentifier() else None
        case Made(name=name) if name in columns.STYLES:
            opened = reading.made_arguments(world, thing)
            return reading.text(world, *opened.positional[0]) if opened.positional else None
        case _:
            return None


def column_name(world: World, ref: Ref, attribute: str) -> str:
    """The name in the database of the column that an attribute of a class maps."""
    current: Ref | None = ref
    while current is not None:
        found = bodies.body_of(world, current).columns.get(attribute)
        if found is not None:
            return found.info.name
        current = classes.standing(world, current).parent
    return attribute
