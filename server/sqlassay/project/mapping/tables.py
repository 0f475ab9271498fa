"""Tables: of classes, of `Table(...)` calls; their constraints and indexes, foreign keys resolved to columns."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from sqlassay.facts.model import VariableFact
from sqlassay.project.mapping import bodies, classes, columns, reading, registries
from sqlassay.project.mapping.columns import RawColumn, RawKey, Source
from sqlassay.project.mapping.registries import MetaDataInfo
from sqlassay.project.mapping.things import Attr, Bound, Const, Made, Map, Scope, Seq, Thing, Unread
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.models import ConstraintInfo, IndexInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

TABLES = frozenset(("sa:Table", "db.Table"))
"""Calls that make a table."""

NO_METADATA = MetaDataInfo("", certain=False)


class RawConstraint(Struct):
    """A constraint before its columns' names are known to be right; `targets` of a foreign key are things."""

    info: ConstraintInfo
    targets: list[Thing] = field(default_factory=list)


class RawTable(Struct):
    """A table with what its declaration says, foreign keys not resolved."""

    key: str
    name: str
    schema: str | None
    metadata: MetaDataInfo
    owner: Ref
    place: Place
    declared: str
    columns: dict[str, RawColumn] = field(default_factory=dict)
    """By name in the database."""
    constraints: list[RawConstraint] = field(default_factory=list)
    indexes: list[IndexInfo] = field(default_factory=list)
    certain: bool = True

    def by_key(self, name: str) -> str:
        """The name of the column that is known as `name` in the table (`Column.key`), or by its attribute."""
        if name in self.columns:
            return name
        for column in self.columns.values():
            if name == column.key or name in column.info.attributes:
                return column.info.name
        return name


class Entry(Struct):
    """A table by its key, without what it holds. `made` is its `Table(...)` where no class is mapped to it."""

    key: str
    metadata: MetaDataInfo
    owner: Ref
    made: Made | None = None


def entry_of_class(world: World, ref: Ref) -> Entry | None:
    """The key of the table that a class has for itself."""
    made = table_call(world, ref)
    if made is not None:
        entry = entry_of_call(world, ref, made)
        return replace(entry, made=None) if entry is not None else None
    name = own_table_name(world, ref)
    if name is None:
        return None
    metadata = classes.metadata_of_class(world, ref) or NO_METADATA
    keywords = _table_keywords(world, classes.special(world, ref, "__table_args__"))
    return Entry(key_of(name, _schema(world, keywords.get("schema"), metadata)[0]), metadata, ref)


def entry_of_call(world: World, owner: Ref, made: Made) -> Entry | None:
    """The key of the table that a call makes."""
    table = from_call(world, made, owner)
    return Entry(table.key, table.metadata, owner, made) if table is not None else None


def key_of(name: str, schema: str | None) -> str:
    """What `MetaData.tables` knows a table by."""
    return f"{schema}.{name}" if schema else name


# ----------------------------------------------------------------- Table(...)


def from_call(world: World, made: Made, owner: Ref | None = None) -> RawTable | None:
    """The table that `Table(...)` makes; None where its name cannot be read."""
    made_for = next((each for each in made.scope.names.values() if isinstance(each, names.InProject)), None)
    found: RawTable | None = world.memo.of_given(
        ("table", made.identity, made_for), made, lambda: _from_call(world, made, owner)
    )
    return found


def _from_call(world: World, made: Made, owner: Ref | None) -> RawTable | None:
    opened = reading.made_arguments(world, made)
    rest = list(opened.positional)
    given = opened.keywords.get("name") or (rest.pop(0) if rest else None)
    name = reading.text(world, *given) if given is not None else None
    if name is None:
        return None
    metadata: MetaDataInfo | None = None
    if "metadata" in opened.keywords:
        metadata = registries.metadata_of(world, reading.read(world, *opened.keywords["metadata"]))
    elif rest:
        metadata = registries.metadata_of(world, reading.read(world, *rest[0]))
        if metadata is not None or made.name == "sa:Table":
            rest.pop(0)
    if metadata is None and made.name == "db.Table" and isinstance(made.owner, Made):
        bind = opened.keywords.get("bind_key")
        named = reading.text(world, *bind) if bind else None
        whole = registries.flask_registry(world, made.owner).metadata
        metadata = registries.flask_metadata(world, made.owner, named) if named else whole
    metadata = metadata or NO_METADATA
    schema, certain = _schema(world, opened.keywords.get("schema"), metadata)
    table = RawTable(
        key_of(name, schema),
        name,
        schema,
        metadata,
        owner or Ref(made.scope.path, made.scope.anchor),
        made.place,
        "Table",
    )
    table.certain = opened.whole and certain and "autoload_with" not in opened.keywords
    if "autoload" in opened.keywords or "extend_existing" in opened.keywords:
        table.certain = False
    for node, scope in rest:
        thing = reading.read(world, node, scope)
        if isinstance(thing, Made) and thing.name in columns.STYLES:
            raw = _table_column(world, table, thing, scope)
            table.columns[raw.info.name] = raw
        else:
            item(world, table, thing, None)
    for each in world.graph.indexes_beside(indexed(made)):
        table.indexes.append(index(world, table, each))
    return table


def indexed(made: Made) -> Ref:
    """What `Index(...)` calls beside a `Table(...)` are found under."""
    return Ref(made.scope.path, f"Table {made.identity}")


def _table_column(world: World, table: RawTable, made: Made, scope: Scope) -> RawColumn:
    call = made.call
    fact = VariableFact("", None, call, scope.anchor, call.start, call.end)
    source = Source(table.owner, fact, scope, direct=made.scope is scope)
    raw = columns.from_call(world, source, made)
    raw.info.attribute = raw.key or raw.info.name
    raw.info.attributes = (raw.info.attribute,)
    return raw


def _schema(world: World, given: tuple[n.Expr, Scope] | None, metadata: MetaDataInfo) -> tuple[str | None, bool]:
    if given is None:
        return metadata.schema, True
    found = reading.constant(world, *given)
    if found is None:
        return None, False
    return (found.value, True) if isinstance(found.value, str) else (metadata.schema, True)


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
            raw = _table_column(world, table, thing, thing.scope)
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
    if "name" in opened.keywords:
        found = reading.constant(world, *opened.keywords["name"])
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


# ----------------------------------------------------------------- of a class


def own_table(world: World, ref: Ref) -> RawTable | None:
    """The table that a class has for itself, with the columns of the classes that share it; None where it has none."""
    found: RawTable | None = world.memo.of(("own table", ref), lambda: _own_table(world, ref))
    return found


def _own_table(world: World, ref: Ref) -> RawTable | None:
    role = classes.standing(world, ref)
    if not role.mapped:
        return None
    made = table_call(world, ref)
    if made is not None:
        held = from_call(world, made, ref)
        table = _copied(held) if held is not None else None
    else:
        table = _declared_table(world, ref, role)
    if table is None:
        return None
    for child in world.graph.sharing(ref):
        for raw in bodies.body_of(world, child).columns.values():
            table.columns.setdefault(raw.info.name, _copied_column(raw))
        _arguments(world, child, table)
    for each in world.graph.indexes_beside(ref):
        table.indexes.append(index(world, table, each))
    return table


def _copied(table: RawTable) -> RawTable:
    """A table that can be added to: what was read is shared between those who ask for it."""
    columns_ = {name: _copied_column(raw) for name, raw in table.columns.items()}
    return replace(table, columns=columns_, constraints=list(table.constraints), indexes=list(table.indexes))


def _copied_column(raw: RawColumn) -> RawColumn:
    return replace(raw, info=replace(raw.info))


def table_call(world: World, ref: Ref) -> Made | None:
    """The `Table(...)` that a class is mapped to: its `__table__`, or that of its `map_imperatively`."""
    role = classes.standing(world, ref)
    thing: Thing | None = None
    if role.imperative is not None:
        opened = reading.made_arguments(world, role.imperative)
        given = opened.keywords.get("local_table") or (opened.positional[1] if len(opened.positional) > 1 else None)
        thing = reading.read(world, *given) if given is not None else None
    else:
        thing = classes.special(world, ref, "__table__")
    if isinstance(thing, Attr) and thing.name == "__table__" and isinstance(thing.owner, names.InProject):
        if thing.owner.ref != ref:
            return table_call(world, thing.owner.ref)
        fact = names.class_fact(world, ref)
        own = next((each.value for each in fact.attributes if each.name == "__table__"), None) if fact else None
        thing = reading.read(world, own, reading.class_scope(world, ref)) if own is not None else None
    return thing if isinstance(thing, Made) and thing.name in TABLES else None


def _declared_table(world: World, ref: Ref, role: classes.Standing) -> RawTable | None:
    name = own_table_name(world, ref)
    if name is None:
        return None
    fact = names.class_fact(world, ref)
    assert fact is not None
    metadata = classes.metadata_of_class(world, ref) or NO_METADATA
    arguments = classes.special(world, ref, "__table_args__")
    keywords = _table_keywords(world, arguments)
    schema, certain = _schema(world, keywords.get("schema"), metadata)
    last = ref.name.rsplit(".", 1)[-1]
    place = Place(ref.path, fact.anchor, fact.name_start, fact.name_start + len(last.encode()))
    table = RawTable(key_of(name, schema), name, schema, metadata, ref, place, "class")
    body = bodies.body_of(world, ref)
    table.certain = certain and not body.dynamic and not role.reflected
    for raw in body.columns.values():
        known = table.columns.get(raw.info.name)
        if known is not None and known.identity == raw.identity:
            known.info.attributes = (*known.info.attributes, raw.info.attribute)
        else:
            table.columns[raw.info.name] = _copied_column(raw)
    _arguments(world, ref, table)
    if keywords.get("autoload_with") or keywords.get("autoload"):
        table.certain = False
    return table


def own_table_name(world: World, ref: Ref) -> str | None:
    """The name of a class's own declared table; None where it has none, or it cannot be read."""
    role = classes.standing(world, ref)
    if not role.mapped or classes.special(world, ref, "__table__") is not None:
        return None
    found = classes.table_name(world, ref)
    return found.value if isinstance(found, Const) and isinstance(found.value, str) else None


def _table_keywords(world: World, arguments: Thing | None) -> dict[str, tuple[n.Expr, Scope]]:
    """The keywords among `__table_args__`: a dict, or a dict at the end of a tuple."""
    found = arguments
    if isinstance(found, Seq) and found.items:
        found = reading.read(world, *found.items[-1])
    if not isinstance(found, Map):
        return {}
    return {key.value: (node, scope) for key, node, scope in found.entries if isinstance(key, Const)}


def _arguments(world: World, ref: Ref, table: RawTable) -> None:
    arguments = classes.special(world, ref, "__table_args__")
    match arguments:
        case Seq():
            table.certain = table.certain and arguments.whole
            for node, scope in arguments.items:
                thing = reading.read(world, node, scope)
                if not isinstance(thing, Map):
                    item(world, table, thing, ref)
        case None | Map() | Const():
            pass
        case _:
            table.certain = False


# ------------------------------------------------------------------ foreign keys


def key_target(world: World, table: RawTable, key: RawKey, column: str) -> tuple[str, str] | None:
    """The (table key, column name) that a foreign key of a column points to; None where that cannot be read."""
    return target_of(world, table.metadata, key.target, column)


def target_of(world: World, metadata: MetaDataInfo, target: Thing, column: str) -> tuple[str, str] | None:
    """The (table key, column name) that a foreign key's argument means."""
    if isinstance(target, Bound) and target.node is not None:
        target = reading.read(world, target.node.body, target.scope)
    match target:
        case Const(value=str(text)):
            return _parsed(text, metadata, column)
        case Made(name=name) if name in columns.STYLES:
            return world.graph.column_made_by(target)
        case Attr():
            named = columns.named_by(target)
            if named is None:
                return None
            owner, attribute = named
            return table_and_column(world, owner, attribute)
        case _:
            return None


def _parsed(text: str, metadata: MetaDataInfo, column: str) -> tuple[str, str]:
    parts = text.split(".")
    if len(parts) == 1:
        return key_of(parts[0], metadata.schema), column
    table, name = ".".join(parts[:-1]), parts[-1]
    if len(parts) == 2:
        return key_of(table, metadata.schema), name
    return table, name


def table_and_column(world: World, owner: Thing, attribute: str) -> tuple[str, str] | None:
    """The (table key, column name) behind an attribute of a class, or a column of a table."""
    match owner:
        case names.InProject(kind="class", ref=ref):
            return world.graph.attribute_column(ref, attribute)
        case Attr(owner=names.InProject(kind="class", ref=ref), name="__table__"):
            table = world.graph.raw_table(ref)
            return (table.key, table.by_key(attribute)) if table is not None else None
        case Made(name=name) if name in TABLES:
            table = from_call(world, owner)
            return (table.key, table.by_key(attribute)) if table is not None else None
        case _:
            return None
