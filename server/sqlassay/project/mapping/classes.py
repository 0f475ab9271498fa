"""How a class stands to the mapper: what it inherits, its registry, whether it is mapped, and to which table."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.facts import inner
from sqlassay.facts.model import ClassFact
from sqlassay.project.mapping import lineage, reading, registries
from sqlassay.project.mapping.registries import MetaDataInfo, RegistryInfo
from sqlassay.project.mapping.things import UNREAD, Attr, Const, Made, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


class Standing(Struct):
    """How a class stands to the mapper."""

    descends: bool = False
    """It inherits from a declarative base, or is decorated as mapped, or mapped by a call."""
    base: bool = False
    """It is a declarative base itself."""
    parent: Ref | None = None
    """The mapped class it inherits from."""
    registry: RegistryInfo | None = None
    flavour: str = "declarative"
    certain: bool = True
    """Every base is known."""
    reflected: bool = False
    """Its columns come from a database."""
    concrete: bool = False
    """It comes from ConcreteBase or AbstractConcreteBase."""
    imperative: Made | None = None
    """The call that maps it."""
    mapped: bool = False


# --------------------------------------------------------------------- standing


def standing(world: World, ref: Ref) -> Standing:
    """How a class stands to the mapper."""
    found: Standing = world.memo.of(("standing", ref), lambda: _standing(world, ref), Standing())
    return found


def _standing(world: World, ref: Ref) -> Standing:
    out = Standing()
    fact = names.class_fact(world, ref)
    if fact is None:
        out.certain = False
        return out
    for thing in lineage.base_things(world, ref):
        _base(world, ref, fact, thing, out)
    for keyword in fact.keywords:
        if keyword.name == "metaclass" and not out.descends:
            _metaclass(world, ref, fact, keyword.value, out)
    for decorator in fact.decorators:
        _decorator(world, ref, fact, decorator, out)
    call = world.graph.imperative(ref)
    if call is not None:
        out.imperative, out.descends, out.flavour = call, True, "imperative"
        if isinstance(call.owner, Made) and call.owner.name == "sa:registry":
            out.registry = registries.registry_of(world, call.owner)
    if not out.certain and not out.descends and not out.base and _declares_table(world, ref, fact):
        # A base from a package that is not here: a table's name and columns are what models have.
        out.descends = True
    if out.base:
        out.registry = _own_registry(world, ref, out.registry)
    out.mapped = _is_mapped(world, ref, fact, out)
    return out


def _base(world: World, ref: Ref, fact: ClassFact, thing: Thing, out: Standing) -> None:
    match thing:
        case names.InProject(kind="class", ref=above):
            _class_base(world, fact, above, out)
        case names.Outside(name=name):
            _library_base(world, ref, fact, name, out)
        case _:
            made = registries.base_made_by(world, thing)
            if made is None:
                out.certain = False
                return
            out.descends = True
            out.flavour = made.flavour
            out.registry = out.registry or made
            out.certain = out.certain and made.certain
            out.reflected = out.reflected or made.flavour == "automap"
            for mixed in made.mixed_in:
                out.certain = out.certain and standing(world, mixed).certain


def _class_base(world: World, fact: ClassFact, ref: Ref, out: Standing) -> None:
    above = standing(world, ref)
    out.certain = out.certain and above.certain
    out.reflected = out.reflected or above.reflected
    out.concrete = out.concrete or above.concrete
    if above.descends or above.base:
        out.descends = True
        out.flavour = above.flavour if above.flavour != "imperative" else out.flavour
        out.registry = out.registry or above.registry
        if out.parent is None:
            out.parent = ref if above.mapped else above.parent
    elif above.flavour == "sqlmodel":
        out.flavour = "sqlmodel"
        out.descends = out.descends or table_keyword(fact)
        out.registry = out.registry or above.registry


def _library_base(world: World, ref: Ref, fact: ClassFact, dotted: str, out: Standing) -> None:
    name = canonical(dotted)
    if name in lineage.BASES:
        out.base = True
    elif name == "sa:SQLModel":
        out.flavour = "sqlmodel"
        out.descends = out.descends or table_keyword(fact)
        out.registry = out.registry or registries.SQLMODEL
        for keyword in fact.keywords:
            if keyword.name == "registry":
                made = reading.read(world, keyword.value, reading.outer_scope(world, ref, fact.anchor))
                if isinstance(made, Made) and made.name == "sa:registry":
                    out.registry = registries.registry_of(world, made)
                    out.registry.flavour = "sqlmodel"
    elif name == "sa:DeferredReflection":
        out.reflected = True
    elif name in lineage._CONCRETE:
        out.concrete = True
    elif name not in lineage._NEUTRAL:
        known = registries.library_base(dotted)
        if known is None:
            out.certain = out.certain and dotted in lineage.KNOWN_MIXINS
            return
        out.descends = True
        out.flavour = known.flavour
        out.registry = out.registry or known
        out.certain = out.certain and known.certain


def table_keyword(fact: ClassFact) -> bool:
    return any(
        each.name == "table" and isinstance(each.value, n.Constant) and each.value.value is True
        for each in fact.keywords
    )


def _declares_table(world: World, ref: Ref, fact: ClassFact) -> bool:
    """Whether the class's own body names a table and gives it columns."""
    if not any(
        each.name == "__tablename__" and isinstance(each.value, n.Constant) and isinstance(each.value.value, str)
        for each in fact.attributes
    ):
        return False
    for attribute in fact.attributes:
        if isinstance(attribute.value, n.Call):
            within = inner.around(ref.name)
            binding = names.resolve_expression(world, ref.path, attribute.value.func, within=within)
            if isinstance(binding, names.Outside) and canonical(binding.name) in ("sa:Column", "sa:mapped_column"):
                return True
    return False


def _metaclass(world: World, ref: Ref, fact: ClassFact, node: n.Expr, out: Standing) -> None:
    """`class Base(metaclass=DeclarativeMeta)`: a declarative base where it is abstract."""
    thing = reading.read(world, node, reading.outer_scope(world, ref, fact.anchor))
    name = canonical(thing.name) if isinstance(thing, names.Outside) else ""
    if isinstance(thing, names.InProject) and thing.kind == "class":
        name = lineage.library_root(world, thing.ref)
    if name == "sa:DeclarativeMeta":
        out.base = True


def _decorator(world: World, ref: Ref, fact: ClassFact, decorator: n.Expr, out: Standing) -> None:
    scope = reading.outer_scope(world, ref, fact.anchor)
    node = decorator.func if isinstance(decorator, n.Call) else decorator
    thing = reading.read(world, node, scope)
    match thing:
        case names.Outside(name=name) if canonical(name) == "sa:as_declarative":
            out.base = True
            if isinstance(decorator, n.Call):
                made = Made("sa:declarative_base", decorator, scope)
                out.registry = registries.base_made_by(world, made)
        case names.Outside(name=name) if canonical(name) in ("sa:mapped_as_dataclass", "sa:mapped"):
            out.descends = True
            given = reading.read(world, decorator.args[0], scope) if isinstance(decorator, n.Call) else UNREAD
            if isinstance(given, Made) and given.name == "sa:registry":
                out.registry = registries.registry_of(world, given)
        case Attr(owner=owner, name="mapped" | "mapped_as_dataclass"):
            out.descends = True
            if isinstance(owner, Made) and owner.name == "sa:registry":
                out.registry = registries.registry_of(world, owner)
        case Attr(owner=owner, name="as_declarative_base"):
            out.base = True
            if isinstance(owner, Made) and owner.name == "sa:registry":
                out.registry = registries.registry_of(world, owner)
        case _:
            pass


def _own_registry(world: World, ref: Ref, given: RegistryInfo | None) -> RegistryInfo:
    """The registry of a class that is a declarative base."""
    info = given
    own = lineage.value_of(world, ref, "registry")
    if info is None and isinstance(own, Made) and own.name == "sa:registry":
        info = registries.registry_of(world, own)
    if info is None:
        key = f"{ref.path}:{ref.name}"
        info = RegistryInfo(key, MetaDataInfo(key), certain=own is None)
    types = lineage.class_value(world, ref, "type_annotation_map")
    if isinstance(types, tuple):
        found = registries.type_map(world, *types)
        info.types, info.types_certain = found.get("types", ()), found.get("types_certain", True)
    metadata = lineage.value_of(world, ref, "metadata")
    if metadata is not None:
        known = registries.metadata_of(world, metadata)
        info.metadata = known if known is not None else MetaDataInfo(info.metadata.key, certain=False)
    return info


def _is_mapped(world: World, ref: Ref, fact: ClassFact, out: Standing) -> bool:
    if out.imperative is not None:
        return True
    if not out.descends or out.base or lineage.flag(fact, "__abstract__"):
        return False
    if out.parent is not None or out.flavour == "sqlmodel":
        return out.flavour != "sqlmodel" or table_keyword(fact) or out.parent is not None
    if out.flavour == "flask":
        return not _lacks_columns(world, ref)
    if out.registry is not None and out.registry.key == "advanced_alchemy":
        return True
    if any(names_concrete(thing) for thing in lineage.base_things(world, ref)):
        return True
    return any(lineage.find(world, ref, each) is not None for each in ("__tablename__", "__table__"))


def names_concrete(thing: Thing) -> bool:
    """Whether a base is AbstractConcreteBase, which is mapped to a union of tables."""
    return isinstance(thing, names.Outside) and canonical(thing.name) == "sa:AbstractConcreteBase"


def _lacks_columns(world: World, ref: Ref) -> bool:
    """A Flask model without any column and table: SQLAlchemy refuses it, so it is not what it seems."""
    for each in lineage.line(world, ref).refs:
        fact = names.class_fact(world, each)
        if fact is not None and (fact.methods or any(one.value is not None for one in fact.attributes)):
            return False
    return True


# ------------------------------------------------------------------ what is asked


def registry_of_class(world: World, ref: Ref) -> RegistryInfo | None:
    """The registry that a class, or base, belongs to."""
    return standing(world, ref).registry


def metadata_of_class(world: World, ref: Ref) -> MetaDataInfo | None:
    """The MetaData that the table of a class goes to."""
    found: MetaDataInfo | None = world.memo.of(("metadata", ref), lambda: _metadata_of_class(world, ref))
    return found


def _metadata_of_class(world: World, ref: Ref) -> MetaDataInfo | None:
    role = standing(world, ref)
    registry = role.registry
    own = lineage.value_of(world, ref, "metadata")
    if own is not None and not (isinstance(own, Attr) and own.name == "metadata" and _same_class(own, ref)):
        found = registries.metadata_of(world, own)
        if found is not None:
            return found
        if not isinstance(own, Attr):
            return MetaDataInfo(registry.metadata.key if registry else "", certain=False)
    if role.flavour == "flask":
        bind = lineage.value_of(world, ref, "__bind_key__")
        if isinstance(bind, Const) and isinstance(bind.value, str) and registry is not None:
            base = registry.metadata
            return MetaDataInfo(f"{base.key}#{bind.value}", base.schema, base.naming, base.certain)
    return registry.metadata if registry is not None else None


def _same_class(thing: Attr, ref: Ref) -> bool:
    return isinstance(thing.owner, names.InProject) and thing.owner.ref == ref
