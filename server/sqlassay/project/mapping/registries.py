"""Registries and MetaData: which of them a class or table belongs to, and what they say for all of theirs."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sqlassay.facts import inner
from sqlassay.facts.model import ModuleFacts
from sqlassay.project.mapping import reading
from sqlassay.project.mapping.things import Attr, Const, Made, Map, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


class MetaDataInfo(Struct):
    """A MetaData. `key` tells it from others."""

    key: str
    schema: str | None = None
    naming: dict[str, str] | None = None
    certain: bool = True
    """The schema and the naming convention are known."""
    reflected: bool = False
    """Tables come into it from a database."""


class RegistryInfo(Struct):
    """A registry. `key` tells it from others; `types` are the entries of its `type_annotation_map`."""

    key: str
    metadata: MetaDataInfo
    flavour: str = "declarative"
    types: tuple[tuple[n.Expr, n.Expr, Scope], ...] = ()
    """(key, value, where) as written."""
    types_certain: bool = True
    mixed_in: tuple[Ref, ...] = ()
    """Classes that the base it makes inherits from (`cls=`)."""
    certain: bool = True


_FACTORIES = frozenset(
    ("sa:declarative_base", ".generate_base", "sa:automap_base", "sqlalchemy.ext.automap.automap_base")
)
"""Calling one of these makes a declarative base."""

SQLMODEL = RegistryInfo("sqlmodel", MetaDataInfo("sqlmodel"), "sqlmodel")


def metadata_of(world: World, thing: Thing) -> MetaDataInfo | None:
    """The MetaData that an expression stands for; None where it is none that can be read."""
    match thing:
        case Made(name="sa:MetaData"):
            return _metadata(world, thing)
        case Attr(owner=Attr(owner=Made(name="flask:SQLAlchemy") as made, name="metadatas"), name=bind):
            return flask_metadata(world, made, bind)
        case Attr(owner=Made(name="sa:registry") as made, name="metadata"):
            return registry_of(world, made).metadata
        case Attr(owner=Made(name="flask:SQLAlchemy") as made, name="metadata"):
            return flask_registry(world, made).metadata
        case Attr(owner=names.InProject(kind="class", ref=ref), name="metadata"):
            return world.graph.metadata_of_class(ref)
        case Attr(owner=owner, name="metadata"):
            base = base_made_by(world, owner)
            return base.metadata if base is not None else None
        case names.Outside(name=name) if name in ("sqlmodel.SQLModel.metadata", "sqlmodel.main.SQLModel.metadata"):
            return SQLMODEL.metadata
        case names.Outside(name=name) if name.startswith(("flask_appbuilder.", "advanced_alchemy.")):
            return MetaDataInfo(name.rsplit(".", 1)[0], certain=False)
        case _:
            return None


def _metadata(world: World, made: Made) -> MetaDataInfo:
    opened = reading.made_arguments(world, made)
    info = MetaDataInfo(made.identity, certain=opened.whole)
    schema = opened.keywords.get("schema") or (opened.positional[0] if opened.positional else None)
    if schema is not None:
        found = reading.constant(world, *schema)
        if found is not None and isinstance(found.value, str | None):
            info.schema = found.value
        else:
            info.certain = False
    if "naming_convention" in opened.keywords:
        given = reading.read(world, *opened.keywords["naming_convention"])
        if isinstance(given, Map):
            info.naming = {}
            info.certain = info.certain and given.whole
            for key, node, scope in given.entries:
                value = reading.constant(world, node, scope)
                if isinstance(key, Const) and isinstance(key.value, str):
                    info.naming[key.value] = str(value.value) if value is not None else ""
        elif given != Const(None):
            info.certain = False
    return info


def registry_of(world: World, made: Made) -> RegistryInfo:
    """What `registry(...)` made."""
    opened = reading.made_arguments(world, made)
    given = opened.keywords.get("metadata")
    metadata = world.graph.metadata_given(made.identity)
    if metadata is None and given is not None:
        metadata = metadata_of(world, reading.read(world, *given))
    if metadata is None:
        metadata = MetaDataInfo(made.identity, certain=given is None)
    return RegistryInfo(made.identity, metadata, certain=opened.whole, **_types(world, opened.keywords))


def given_later(world: World, facts: ModuleFacts) -> tuple[tuple[str, MetaDataInfo], ...]:
    """The MetaData that a file gives to registries: `mapper_registry.metadata = metadata`, wherever it says so."""
    found = [(each, Scope(facts.path, each.anchor)) for name, each in facts.variables.items() if _is_of(name)]
    for qualname, fact in facts.classes.items():
        given = [each for each in fact.attributes if _is_of(each.name)]
        found.extend((each, reading.class_scope(world, Ref(facts.path, qualname))) for each in given)
    out: list[tuple[str, MetaDataInfo]] = []
    for variable, scope in found:
        owner = reading.read(world, n.Name(variable.start, variable.start, variable.name.partition(".")[0]), scope)
        if isinstance(owner, Made) and owner.name == "sa:registry" and variable.value is not None:
            metadata = metadata_of(world, _read_in_body(world, variable.value, scope))
            out.append((owner.identity, metadata or MetaDataInfo(owner.identity, certain=False)))
    return tuple(out)


def _is_of(name: str) -> bool:
    return name.endswith(".metadata") and name.count(".") == 1


def _read_in_body(world: World, node: n.Expr, scope: Scope) -> Thing:
    """What an expression stands for; a name of a class body as what it is assigned, which is no attribute there yet."""
    fact = names.class_fact(world, scope.owner) if scope.owner is not None else None
    for each in fact.attributes if fact is not None else ():
        if isinstance(node, n.Name) and each.name == node.id and each.value is not None and each.end <= node.start:
            return reading.read(world, each.value, scope)
    return reading.read(world, node, scope)


def _types(world: World, keywords: dict[str, tuple[n.Expr, Scope]]) -> dict[str, Any]:
    given = keywords.get("type_annotation_map")
    return type_map(world, *given) if given is not None else {}


def type_map(world: World, node: n.Expr, scope: Scope) -> dict[str, Any]:
    """The fields of a RegistryInfo that a `type_annotation_map` gives."""
    found = reading.read(world, node, scope)
    if not isinstance(found, Map):
        return {"types_certain": False}
    return {"types": tuple(pairs(world, node, scope)), "types_certain": found.whole}


def pairs(world: World, node: n.Expr, scope: Scope) -> list[tuple[n.Expr, n.Expr, Scope]]:
    """A dict's keys and values as written, through the names that it is held by."""
    if isinstance(node, n.DictExpr):
        out: list[tuple[n.Expr, n.Expr, Scope]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                out.extend(pairs(world, value, scope))
            else:
                out.append((key, value, scope))
        return out
    if isinstance(node, n.Name | n.Attribute):
        binding = names.resolve_expression(world, scope.path, node, within=scope.function)
        if isinstance(binding, names.InProject) and binding.kind == "variable":
            fact = names.variable_fact(world, binding.ref)
            if fact is not None and fact.value is not None:
                return pairs(world, fact.value, reading.outer_scope(world, binding.ref, fact.anchor))
    return []


def base_made_by(world: World, thing: Thing) -> RegistryInfo | None:
    """The registry behind an expression that stands for a declarative base; None where it is none."""
    match thing:
        case Made(name=name) if name in _FACTORIES:
            found: RegistryInfo = world.memo.of_given(("base", thing.identity), thing, lambda: _base(world, thing))
            return found
        case Made(name="db.make_declarative_base", owner=Made() as db):
            return flask_registry(world, db)
        case Attr(owner=Made(name="flask:SQLAlchemy") as db, name="Model"):
            return flask_registry(world, db)
        case names.Outside(name=name) if canonical(name) in LIBRARY_BASES:
            return library_base(name)
        case _:
            return None


def _base(world: World, made: Made) -> RegistryInfo:
    opened = reading.made_arguments(world, made)
    parent = made.owner
    if made.name == ".generate_base" and isinstance(parent, Made) and parent.name == "sa:registry":
        info = registry_of(world, parent)
    else:
        info = RegistryInfo(made.identity, MetaDataInfo(made.identity), **_types(world, opened.keywords))
        given = opened.keywords.get("metadata")
        if given is not None:
            found = metadata_of(world, reading.read(world, *given))
            info.metadata = found if found is not None else MetaDataInfo(made.identity, certain=False)
    if made.name.endswith("automap_base"):
        info.flavour = "automap"
        info.certain = False
        if opened.positional:
            above = base_made_by(world, reading.read(world, *opened.positional[0]))
            if above is not None:
                info.metadata = above.metadata
    info.certain = info.certain and opened.whole
    if "cls" in opened.keywords:
        info.mixed_in = _classes(world, *opened.keywords["cls"])
    return info


def _classes(world: World, node: n.Expr, scope: Scope) -> tuple[Ref, ...]:
    if isinstance(node, n.Name):
        # `Base = declarative_base(cls=Base)`: the class of before.
        before = Ref(scope.path, f"{scope.function}{inner.LOCALS}{node.id}" if scope.function else node.id)
        if names.class_fact(world, before) is not None:
            return (before,)
    found, _ = reading.items(world, node, scope)
    out = []
    for each in found:
        thing = reading.read(world, *each)
        if isinstance(thing, names.InProject) and thing.kind == "class":
            out.append(thing.ref)
    return tuple(out)


def flask_registry(world: World, db: Made) -> RegistryInfo:
    """The registry behind `db.Model`."""
    found: RegistryInfo = world.memo.of_given(("flask", db.identity), db, lambda: _flask(world, db))
    return found


def _flask(world: World, db: Made) -> RegistryInfo:
    opened = reading.made_arguments(world, db)
    info = RegistryInfo(db.identity, flask_metadata(world, db, None), "flask", certain=opened.whole)
    for keyword in ("model_class", "declarative_base"):
        if keyword in opened.keywords:
            info.mixed_in = _classes(world, *opened.keywords[keyword])
            for ref in info.mixed_in:
                above = world.graph.registry_of_class(ref)
                if above is not None:
                    info.metadata, info.types, info.types_certain = above.metadata, above.types, above.types_certain
    return info


def flask_metadata(world: World, db: Made, bind: str | None) -> MetaDataInfo:
    """The MetaData of a Flask-SQLAlchemy object, or of one of its bind keys."""
    opened = reading.made_arguments(world, db)
    given = opened.keywords.get("metadata")
    found = metadata_of(world, reading.read(world, *given)) if given is not None else None
    if found is None:
        binding = names.resolve_expression(world, db.scope.path, db.call.func)
        # With an older Flask-SQLAlchemy, that of AppBuilder has AppBuilder's own MetaData.
        own = isinstance(binding, names.Outside) and binding.name.split(".")[0] in OPEN
        found = MetaDataInfo(db.identity, certain=given is None and opened.whole and not own)
    if bind:
        return MetaDataInfo(f"{found.key}#{bind}", None, found.naming, found.certain)
    return found


LIBRARY_BASES: dict[str, tuple[str, str]] = {
    "flask:AppBuilderModel": ("flask_appbuilder", "flask"),
    "flask:Model": ("flask_sqlalchemy", "flask"),
}
"""Bases that some library made: whose registry they are in, and the flavour of what they map."""

OPEN = frozenset(("flask_appbuilder",))
"""Registries of libraries that map classes of their own (`ab_user` and the like): their tables are not seen."""

ADVANCED = ("advanced_alchemy.base.", "litestar.contrib.sqlalchemy.base.", "litestar.plugins.sqlalchemy.base.")
"""The modules of Advanced Alchemy's bases."""


def library_base(name: str) -> RegistryInfo | None:
    """The registry of a base that a library made."""
    known = LIBRARY_BASES.get(canonical(name))
    if known is not None:
        return RegistryInfo(known[0], MetaDataInfo(known[0]), known[1])
    if name.startswith(ADVANCED):
        return RegistryInfo("advanced_alchemy", MetaDataInfo("advanced_alchemy", certain=False))
    return None
