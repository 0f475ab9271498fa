"""Tables: of classes, of `Table(...)` calls; their constraints and indexes, foreign keys resolved to columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from sqlassay.facts.collect import walk
from sqlassay.facts.model import FunctionFact
from sqlassay.project.mapping import bodies, classes, columns, constraints, lineage, reading, registries, specials
from sqlassay.project.mapping.columns import RawColumn
from sqlassay.project.mapping.rawtables import NO_METADATA, TABLES, Entry, RawTable, key_of
from sqlassay.project.mapping.registries import MetaDataInfo
from sqlassay.project.mapping.things import Attr, Const, Made, Map, Scope, Seq, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


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
    keywords = _own_keywords(world, ref, specials.special(world, ref, "__table_args__"))
    return Entry(key_of(name, _schema(world, keywords.get("schema"), metadata)[0]), metadata, ref)


def entry_of_call(world: World, owner: Ref, made: Made) -> Entry | None:
    """The key of the table that a call makes."""
    table = from_call(world, made, owner)
    return Entry(table.key, table.metadata, owner, made) if table is not None else None


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
            raw = constraints.table_column(world, table, thing, scope)
            table.columns[raw.info.name] = raw
        else:
            constraints.item(world, table, thing, None)
    for each in world.graph.indexes_beside(indexed(made)):
        table.indexes.append(constraints.index(world, table, each))
    return table


def indexed(made: Made) -> Ref:
    """What `Index(...)` calls beside a `Table(...)` are found under."""
    return Ref(made.scope.path, f"Table {made.identity}")


def _schema(world: World, given: tuple[n.Expr, Scope] | None, metadata: MetaDataInfo) -> tuple[str | None, bool]:
    if given is None:
        return metadata.schema, True
    found = reading.constant(world, *given)
    if found is None:
        return None, False
    return (found.value, True) if isinstance(found.value, str) else (metadata.schema, True)


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
        table.certain = table.certain and _is_whole(world, child)
        for raw in bodies.body_of(world, child).columns.values():
            table.columns.setdefault(raw.info.name, _copied_column(raw))
        _arguments(world, child, table)
    for each in world.graph.indexes_beside(ref):
        table.indexes.append(constraints.index(world, table, each))
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
        thing = specials.special(world, ref, "__table__")
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
    arguments = specials.special(world, ref, "__table_args__")
    keywords = _own_keywords(world, ref, arguments)
    schema, certain = _schema(world, keywords.get("schema"), metadata)
    last = ref.name.rsplit(".", 1)[-1]
    place = Place(ref.path, fact.anchor, fact.name_start, fact.name_start + len(last.encode()))
    table = RawTable(key_of(name, schema), name, schema, metadata, ref, place, "class")
    body = bodies.body_of(world, ref)
    table.certain = certain and not role.reflected and _is_whole(world, ref)
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


def _is_whole(world: World, ref: Ref) -> bool:
    """Whether all the columns that a class gives its table are seen: no base of it is missing."""
    known = classes.standing(world, ref).certain and lineage.line(world, ref).whole
    return known and not bodies.body_of(world, ref).dynamic


def own_table_name(world: World, ref: Ref) -> str | None:
    """The name of a class's own declared table; None where it has none, or it cannot be read."""
    role = classes.standing(world, ref)
    if not role.mapped or specials.special(world, ref, "__table__") is not None:
        return None
    found = specials.table_name(world, ref)
    return found.value if isinstance(found, Const) and isinstance(found.value, str) else None


def _own_keywords(world: World, ref: Ref, arguments: Thing | None) -> dict[str, tuple[n.Expr, Scope]]:
    """The keywords of a class's table.

    Of a method that cannot be read, the schema that it gives to the one call that puts them together
    (`return merged(cls, schema="shop")`), or that stands in the class's own parts of them (`__more_table_args =
    {"schema": "shop"}`), where they name one. The table stays uncertain.
    """
    known = _table_keywords(world, arguments)
    if known or isinstance(arguments, Map | Const) or (isinstance(arguments, Seq) and arguments.whole):
        return known
    schemas = [each for part in _parts_of_arguments(world, ref) for each in _schemas_in(part)]
    if len({each.value for each in schemas}) != 1:
        return known
    return {"schema": (schemas[0], reading.class_scope(world, ref))}


def _parts_of_arguments(world: World, ref: Ref) -> Iterator[n.Node]:
    """The code of a class that may say something of its table's arguments, where no plain `__table_args__` does."""
    fact = names.class_fact(world, ref)
    found = lineage.find(world, ref, "__table_args__")
    if fact is None or found is None or not isinstance(found[1], FunctionFact):
        return
    methods = [found[1].qualname, *(f"{ref.name}.{each}" for each in fact.methods if each.endswith("_table_args"))]
    for where, qualname in zip((found[0].path, *(ref.path for _ in methods)), methods, strict=False):
        node = world.function_node(Ref(where, qualname))
        if node is not None:
            yield node
    for attribute in fact.attributes:
        if attribute.name.endswith("_table_args") and attribute.value is not None:
            yield attribute.value


def _schemas_in(node: n.Node) -> Iterator[n.Constant]:
    """What `schema` is set to: as a keyword of a call, or in a dict."""
    for each in walk(node):
        pairs: Iterable[tuple[object, n.Expr]] = ()
        match each:
            case n.Keyword():
                pairs = ((each.name, each.value),)
            case n.DictExpr():
                keys = (key.value if isinstance(key, n.Constant) else None for key in each.keys)
                pairs = zip(keys, each.values, strict=True)
        for name, value in pairs:
            if name == "schema" and isinstance(value, n.Constant) and isinstance(value.value, str):
                yield value


def _table_keywords(world: World, arguments: Thing | None) -> dict[str, tuple[n.Expr, Scope]]:
    """The keywords among `__table_args__`: a dict, or a dict at the end of a tuple."""
    found = arguments
    if isinstance(found, Seq) and found.items:
        found = reading.read(world, *found.items[-1])
    if not isinstance(found, Map):
        return {}
    return {key.value: (node, scope) for key, node, scope in found.entries if isinstance(key, Const)}


def _arguments(world: World, ref: Ref, table: RawTable) -> None:
    arguments = specials.special(world, ref, "__table_args__")
    match arguments:
        case Seq():
            table.certain = table.certain and arguments.whole
            for node, scope in arguments.items:
                thing = reading.read(world, node, scope)
                if not isinstance(thing, Map):
                    constraints.item(world, table, thing, ref)
        case None | Map() | Const():
            pass
        case _:
            table.certain = False
