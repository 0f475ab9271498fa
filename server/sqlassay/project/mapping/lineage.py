"""What a class inherits: its bases, the classes it is made of in Python's order, and what they define."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts import inner
from sqlassay.facts.model import ClassFact, FunctionFact, VariableFact
from sqlassay.project.mapping import local, reading, registries, running
from sqlassay.project.mapping.things import UNREAD, Arguments, Made, Scope, Thing
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
    scope = reading.outer_scope(world, ref, fact.anchor)
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
    method = Ref(where.path, f"{where.name}.{inner.inside(fact.qualname).rsplit('.', 1)[-1]}")
    mark = local.mark_for(ref)
    found: Thing = world.memo.of(
        ("declared", ref, where, fact.qualname),
        lambda: running.run_function(world, method, fact, Arguments([], {}, True), receiver, 0, mark),
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


def later(world: World, ref: Ref) -> tuple[VariableFact, ...]:
    """What the class's own module, or function, assigns to attributes of it: variables whose names have a dot."""
    found: tuple[VariableFact, ...] = world.memo.cut(("later", ref), lambda: tuple(_later(world, ref)))
    return found


def _later(world: World, ref: Ref) -> Iterator[VariableFact]:
    facts = world.facts(ref.path)
    if facts is None:
        return
    prefix = f"{inner.inside(ref.name)}."
    scope = names.scope_fact_in(facts, ref)
    if scope is not None:
        yield from (each for name, each in scope.variables.items() if name.startswith(prefix))
        return
    for name in facts.dotted:
        if name.startswith(prefix):
            yield facts.variables[name]
