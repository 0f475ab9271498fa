"""How a class stands to the mapper: what it inherits, its registry, whether it is mapped, and to which table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.model import ClassFact, FunctionFact, VariableFact
from sqlassay.project.mapping import reading, registries, running
from sqlassay.project.mapping.registries import MetaDataInfo, RegistryInfo
from sqlassay.project.mapping.things import UNREAD, Arguments, Attr, Const, Made, Scope, Thing, Unread
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

KNOWN_MIXINS = frozenset(
    (
        "flask_appbuilder.models.mixins.AuditMixin fastapi_users.db.SQLAlchemyBaseUserTable "
        "fastapi_users.db.SQLAlchemyBaseUserTableUUID fastapi_users_db_sqlalchemy.SQLAlchemyBaseUserTable "
        "fastapi_users_db_sqlalchemy.SQLAlchemyBaseUserTableUUID"
    ).split()
)
"""Mixins of libraries of which `libraries` says what they bring."""

BASES = frozenset({"sa:DeclarativeBase", "sa:DeclarativeBaseNoMeta"})
"""Subclassing one of these makes a declarative base."""

_CONCRETE = frozenset({"sa:AbstractConcreteBase", "sa:ConcreteBase"})

_NEUTRAL = (
    frozenset(
        (
            "sa:MappedAsDataclass typing.Generic typing.Protocol typing_extensions.Protocol abc.ABC pydantic.BaseModel "
            "builtins.object builtins.Exception builtins.dict builtins.list builtins.str builtins.int builtins.tuple "
            "enum.Enum sa:AsyncAttrs collections.UserDict sa:InspectionAttr "
        ).split()
    )
    | _CONCRETE
)
"""Library classes that bring a model no attributes that matter here."""


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


class Line(Struct):
    """The classes of the project that a class is made of, itself first, in Python's order."""

    refs: tuple[Ref, ...]
    whole: bool
    """Every base of all of them is known."""


# ------------------------------------------------------------------------ bases


def base_things(world: World, ref: Ref) -> tuple[Thing, ...]:
    """What the bases of a class are."""
    found: tuple[Thing, ...] = world.memo.of(("bases", ref), lambda: _base_things(world, ref), ())
    return found


def _base_things(world: World, ref: Ref) -> tuple[Thing, ...]:
    fact = names.class_fact(world, ref)
    if fact is None:
        return (UNREAD,)
    scope = Scope(ref.path, fact.anchor)
    out: list[Thing] = []
    for expression in fact.bases:
        node = expression.value if isinstance(expression, n.Subscript) else expression
        if isinstance(node, n.Starred):
            out.append(UNREAD)
            continue
        found = reading.read(world, node, scope)
        if isinstance(found, names.InProject) and found.ref == ref:
            continue
        if isinstance(found, Made) and found.name in _WITH_METACLASS:
            out.extend(reading.read(world, each, scope) for each in found.call.args[1:])
        else:
            out.append(found)
    return tuple(out)


_WITH_METACLASS = frozenset(("six.with_metaclass", "future.utils.with_metaclass", "sqlalchemy.util.with_metaclass"))


def line(world: World, ref: Ref) -> Line:
    """The classes that a class is made of."""
    found: Line = world.memo.of(("line", ref), lambda: _line(world, ref), Line((ref,), False))
    return found


def _line(world: World, ref: Ref) -> Line:
    lists: list[list[Ref]] = []
    direct: list[Ref] = []
    whole = names.class_fact(world, ref) is not None
    for thing in base_things(world, ref):
        match thing:
            case names.InProject(kind="class", ref=above):
                inner = line(world, above)
                lists.append(list(inner.refs))
                direct.append(above)
                whole = whole and inner.whole
            case names.Outside(name=name):
                known = canonical(name)
                whole = whole and (
                    known in _NEUTRAL
                    or known in BASES
                    or known in _KNOWN_WHOLE
                    or name in KNOWN_MIXINS
                    or name.startswith(registries.ADVANCED)
                )
            case _:
                made = registries.base_made_by(world, thing)
                whole = whole and made is not None and made.certain
                for mixed in made.mixed_in if made is not None else ():
                    inner = line(world, mixed)
                    lists.append(list(inner.refs))
                    direct.append(mixed)
                    whole = whole and inner.whole
    return Line((ref, *_merge([*lists, direct])), whole)


_KNOWN_WHOLE = frozenset(("sa:SQLModel", "flask:Model", "flask:AppBuilderModel", "sa:DeferredReflection"))


def _merge(lists: list[list[Ref]]) -> list[Ref]:
    """Python's linearisation; where there is none (the program would not run), depth first."""
    rest = [each for each in lists if each]
    out: list[Ref] = []
    while rest:
        for each in rest:
            head = each[0]
            if not any(head in other[1:] for other in rest):
                break
        else:
            return list(dict.fromkeys(out + [ref for each in rest for ref in each]))
        out.append(head)
        rest = [left for each in rest if (left := [ref for ref in each if ref != head])]
    return out


def find(world: World, ref: Ref, name: str, *, own: bool = False) -> tuple[Ref, VariableFact | FunctionFact] | None:
    """Where a class, or one that it is made of, defines `name` in its body: the class, and the fact."""
    for each in (ref,) if own else line(world, ref).refs:
        fact = names.class_fact(world, each)
        if fact is None:
            continue
        if name in fact.methods:
            method = names.function_fact(world, Ref(each.path, f"{each.name}.{name}"))
            if method is not None:
                return each, method
        for attribute in fact.attributes:
            if attribute.name == name and (attribute.value is not None or attribute.annotation is None):
                return each, attribute
    return None


def class_value(world: World, ref: Ref, name: str, *, own: bool = False) -> tuple[n.Expr, Scope] | Thing | None:
    """What a class attribute is for the class `ref`: an expression where it is assigned, or what its method gives."""
    found = find(world, ref, name, own=own)
    if found is None:
        return None
    where, fact = found
    if isinstance(fact, VariableFact):
        return (fact.value, reading.class_scope(world, where)) if fact.value is not None else None
    return declared(world, ref, where, fact)


def declared(world: World, ref: Ref, where: Ref, fact: FunctionFact) -> Thing:
    """What a method that works as an attribute (`declared_attr`, a class method) gives for the class `ref`."""
    receiver = names.InProject("class", ref)
    key = ("declared", ref, where, fact.qualname)
    found: Thing = world.memo.of(
        key,
        lambda: running.run_function(world, Ref(where.path, fact.qualname), fact, Arguments([], {}, True), receiver, 0),
        UNREAD,
    )
    return found


def value_of(world: World, ref: Ref, name: str, *, own: bool = False) -> Thing | None:
    """What a class attribute stands for; None where no class of the line defines it."""
    found = class_value(world, ref, name, own=own)
    return reading.read(world, *found) if isinstance(found, tuple) else found


def flag(fact: ClassFact, name: str) -> bool:
    """Whether the class's own body sets `name = True`."""
    return any(
        each.name == name and isinstance(each.value, n.Constant) and each.value.value is True
        for each in fact.attributes
    )


def library_root(world: World, ref: Ref) -> str:
    """The library class that a class comes from, canonically; '' where there is none."""
    found: str = world.memo.of(("root", ref), lambda: _library_root(world, ref), "")
    return found


def _library_root(world: World, ref: Ref) -> str:
    for each in line(world, ref).refs:
        for thing in base_things(world, each):
            if isinstance(thing, names.Outside):
                name = canonical(thing.name)
                if name not in _NEUTRAL:
                    return name
    return ""


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
    for thing in base_things(world, ref):
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
            _library_base(world, fact, name, out)
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
        out.descends = out.descends or _table_keyword(fact)
        out.registry = out.registry or above.registry


def _library_base(world: World, fact: ClassFact, dotted: str, out: Standing) -> None:
    name = canonical(dotted)
    if name in BASES:
        out.base = True
    elif name == "sa:SQLModel":
        out.flavour = "sqlmodel"
        out.descends = out.descends or _table_keyword(fact)
        out.registry = out.registry or registries.SQLMODEL
        for keyword in fact.keywords:
            if keyword.name == "registry":
                made = reading.read(world, keyword.value, Scope("", fact.anchor))
                if isinstance(made, Made) and made.name == "sa:registry":
                    out.registry = registries.registry_of(world, made)
                    out.registry.flavour = "sqlmodel"
    elif name == "sa:DeferredReflection":
        out.reflected = True
    elif name in _CONCRETE:
        out.concrete = True
    elif name not in _NEUTRAL:
        known = registries.library_base(dotted)
        if known is None:
            out.certain = out.certain and dotted in KNOWN_MIXINS
            return
        out.descends = True
        out.flavour = known.flavour
        out.registry = out.registry or known
        out.certain = out.certain and known.certain


def _table_keyword(fact: ClassFact) -> bool:
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
            binding = names.resolve_expression(world, ref.path, attribute.value.func)
            if isinstance(binding, names.Outside) and canonical(binding.name) in ("sa:Column", "sa:mapped_column"):
                return True
    return False


def _metaclass(world: World, ref: Ref, fact: ClassFact, node: n.Expr, out: Standing) -> None:
    """`class Base(metaclass=DeclarativeMeta)`: a declarative base where it is abstract."""
    thing = reading.read(world, node, Scope(ref.path, fact.anchor))
    name = canonical(thing.name) if isinstance(thing, names.Outside) else ""
    if isinstance(thing, names.InProject) and thing.kind == "class":
        name = library_root(world, thing.ref)
    if name == "sa:DeclarativeMeta":
        out.base = True


def _decorator(world: World, ref: Ref, fact: ClassFact, decorator: n.Expr, out: Standing) -> None:
    scope = Scope(ref.path, fact.anchor)
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
    own = value_of(world, ref, "registry")
    if info is None and isinstance(own, Made) and own.name == "sa:registry":
        info = registries.registry_of(world, own)
    if info is None:
        key = f"{ref.path}:{ref.name}"
        info = RegistryInfo(key, MetaDataInfo(key), certain=own is None)
    types = class_value(world, ref, "type_annotation_map")
    if isinstance(types, tuple):
        found = registries.type_map(world, *types)
        info.types, info.types_certain = found.get("types", ()), found.get("types_certain", True)
    metadata = value_of(world, ref, "metadata")
    if metadata is not None:
        known = registries.metadata_of(world, metadata)
        info.metadata = known if known is not None else MetaDataInfo(info.metadata.key, certain=False)
    return info


def _is_mapped(world: World, ref: Ref, fact: ClassFact, out: Standing) -> bool:
    if out.imperative is not None:
        return True
    if not out.descends or out.base or flag(fact, "__abstract__"):
        return False
    if out.parent is not None or out.flavour == "sqlmodel":
        return out.flavour != "sqlmodel" or _table_keyword(fact) or out.parent is not None
    if out.flavour == "flask":
        return not _lacks_columns(world, ref)
    if out.registry is not None and out.registry.key == "advanced_alchemy":
        return True
    if any(names_concrete(thing) for thing in base_things(world, ref)):
        return True
    return any(find(world, ref, each) is not None for each in ("__tablename__", "__table__"))


def names_concrete(thing: Thing) -> bool:
    """Whether a base is AbstractConcreteBase, which is mapped to a union of tables."""
    return isinstance(thing, names.Outside) and canonical(thing.name) == "sa:AbstractConcreteBase"


def _lacks_columns(world: World, ref: Ref) -> bool:
    """A Flask model without any column and table: SQLAlchemy refuses it, so it is not what it seems."""
    for each in line(world, ref).refs:
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
    own = value_of(world, ref, "metadata")
    if own is not None and not (isinstance(own, Attr) and own.name == "metadata" and _same_class(own, ref)):
        found = registries.metadata_of(world, own)
        if found is not None:
            return found
        if not isinstance(own, Attr):
            return MetaDataInfo(registry.metadata.key if registry else "", certain=False)
    if role.flavour == "flask":
        bind = value_of(world, ref, "__bind_key__")
        if isinstance(bind, Const) and isinstance(bind.value, str) and registry is not None:
            base = registry.metadata
            return MetaDataInfo(f"{base.key}#{bind.value}", base.schema, base.naming, base.certain)
    return registry.metadata if registry is not None else None


def _same_class(thing: Attr, ref: Ref) -> bool:
    return isinstance(thing.owner, names.InProject) and thing.owner.ref == ref


def table_name(world: World, ref: Ref) -> Thing:
    """The name of a class's own table: a string, None where it has none of its own, or UNREAD."""
    found: Thing = world.memo.of(("tablename", ref), lambda: _table_name(world, ref), UNREAD)
    return found


def _table_name(world: World, ref: Ref) -> Thing:
    role = standing(world, ref)
    found = special(world, ref, "__tablename__")
    if found is None:
        return _default_name(world, ref, role)
    if isinstance(found, Const) and isinstance(found.value, str | None):
        return found
    return UNREAD


def special(world: World, ref: Ref, name: str) -> Thing | None:
    """`__tablename__`, `__table_args__` or `__mapper_args__` of a class; None where it has none.

    Those of the mapped class above, and of its mixins, do not count, but for methods, which are called for each class.
    """
    for each in _special_line(world, ref, name):
        found = find(world, each, name, own=True)
        if found is None:
            continue
        where, fact = found
        if isinstance(fact, VariableFact):
            if fact.value is None:
                continue
            return reading.read(world, fact.value, reading.class_scope(world, where))
        return declared(world, ref, where, fact)
    return None


def _special_line(world: World, ref: Ref, name: str) -> Iterator[Ref]:
    parent = standing(world, ref).parent
    above = set(line(world, parent).refs) if parent is not None else set()
    for each in line(world, ref).refs:
        if each not in above:
            yield each
            continue
        found = find(world, each, name, own=True)
        if found is not None:
            if isinstance(found[1], FunctionFact) and name != "__table__":
                yield each
            return


_CAMEL = re.compile(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))")


def _default_name(world: World, ref: Ref, role: Standing) -> Thing:
    """The name that a library makes for a class that names no table."""
    last = ref.name.rsplit(".", 1)[-1]
    if role.flavour == "sqlmodel" and not _single(world, ref, role):
        return Const(last.lower())
    snake = _CAMEL.sub(r"_\1", last).lower().lstrip("_")
    if role.registry is not None and role.registry.key == "advanced_alchemy":
        return Const(snake)
    flask = role.flavour == "flask" and role.registry is not None and role.registry.key != "flask_appbuilder"
    if flask and (role.parent is None or _has_own_key(world, ref)):
        return Const(snake)
    return Const(None)


def _single(world: World, ref: Ref, role: Standing) -> bool:
    fact = names.class_fact(world, ref)
    return role.parent is not None and fact is not None and not _table_keyword(fact)


def _has_own_key(world: World, ref: Ref) -> bool:
    """Whether a class's own body has a primary key: Flask-SQLAlchemy gives it a table then."""
    fact = names.class_fact(world, ref)
    for each in fact.attributes if fact is not None else ():
        if isinstance(each.value, n.Call) and any(
            keyword.name == "primary_key" and isinstance(keyword.value, n.Constant) and keyword.value.value is True
            for keyword in each.value.keywords
        ):
            return True
    return False


def unread(thing: Thing | None) -> bool:
    """Whether nobody can say what something is."""
    return thing is None or isinstance(thing, Unread)
