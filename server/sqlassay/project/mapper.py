"""The mapper graph: which classes are mapped, with which columns and relationships, as SQLAlchemy would configure them.

Read off facts on demand, one class at a time, and kept in the world's memo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from sqlassay.facts.collect import own_statements
from sqlassay.facts.model import ClassFact, VariableFact
from sqlassay.project import declarations
from sqlassay.semantics import calls, names
from sqlassay.semantics import values as v
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.evaluator import Evaluator
from sqlassay.semantics.models import ColumnInfo, ModelInfo, OtherInfo, RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class Graph(World, Protocol):
    """The world, with what only the project floor knows."""

    @property
    def evaluator(self) -> Evaluator:
        """A quiet evaluator, for the bases that are values (`Base = declarative_base()`)."""

    def classes_named(self, name: str) -> tuple[Ref, ...]:
        """Every class of the project with this (last) name."""

    def backrefs(self, target: Ref) -> tuple[RelationshipInfo, ...]:
        """Relationships that a `backref=` elsewhere puts on a class."""


BASES = frozenset({"sa:DeclarativeBase", "sa:DeclarativeBaseNoMeta"})
"""Subclassing one of these makes a declarative base."""

MAPPING_BASES: dict[str, str] = {
    "flask:AppBuilderModel": "flask",
    "flask:Model": "flask",
}
"""Subclassing one of these (a base some library made) maps the class: its flavour."""

_MAPPING_MODULES = ("advanced_alchemy.base.", "litestar.contrib.sqlalchemy.base.", "litestar.plugins.sqlalchemy.base.")

_NEUTRAL = frozenset(
    [
        "sa:MappedAsDataclass",
        "sa:AsyncAttrs",
        "typing.Generic",
        "typing.Protocol",
        "abc.ABC",
        "sa:SQLModel",
        "pydantic.BaseModel",
    ]
)


class Role:
    """How a class stands to the mapper."""

    __slots__ = ("base", "certain", "descends", "flavour", "mapped_parent")

    def __init__(self) -> None:
        self.descends = False
        """It inherits from a declarative base (or is decorated as mapped)."""
        self.base = False
        """It is a declarative base itself."""
        self.mapped_parent = False
        self.flavour = "declarative"
        self.certain = True


def role_of(world: Graph, ref: Ref) -> Role:
    """The role of a class, from its bases and decorators."""
    found: Role = world.memo.of(("role", ref), lambda: _role(world, ref), Role())
    return found


def _role(world: Graph, ref: Ref) -> Role:
    role = Role()
    fact = names.class_fact(world, ref)
    if fact is None:
        role.certain = False
        return role
    for expression in fact.bases:
        _base(world, ref, fact, expression, role)
    if not role.certain and not role.descends and not role.base and _declares_table(world, ref, fact):
        # A base from a package that is not here: a table's name and columns are what models have.
        role.descends = True
    for decorator in fact.decorators:
        _decorator(world, ref, decorator, role)
    return role


def _base(world: Graph, ref: Ref, fact: ClassFact, expression: n.Expr, role: Role) -> None:
    node = expression.value if isinstance(expression, n.Subscript) else expression
    binding = names.resolve_expression(world, ref.path, node)
    if isinstance(binding, names.Outside):
        _library_base(canonical(binding.name), fact, role)
        return
    if isinstance(binding, names.InProject) and binding.kind == "class":
        if binding.ref == ref:
            return
        above = role_of(world, binding.ref)
        role.certain = role.certain and above.certain
        if above.descends or above.base:
            role.descends = True
            role.flavour = above.flavour
            base = names.class_fact(world, binding.ref)
            parent = base is not None and not above.base and _is_mapped(world, binding.ref, base, above)
            role.mapped_parent = role.mapped_parent or parent
        elif above.flavour == "sqlmodel":
            role.flavour = "sqlmodel"
            role.descends = role.descends or _table_keyword(fact)
        return
    if isinstance(node, n.Name) and binding is None:
        # A builtin, or a name that a loop or a broken line binds.
        role.certain = role.certain and node.id in ("object", "Exception")
        return
    value = calls.in_module(world.evaluator, ref.path, fact.anchor, node, lambda ev, each: ev.expr(each))
    known = v.first(value, v.DeclarativeBase)
    if isinstance(known, v.DeclarativeBase):
        role.descends = True
        role.flavour = known.flavour
        role.certain = role.certain and known.flavour != "automap"
    elif isinstance(value, v.Model):
        role.descends = True
        role.certain = False
    else:
        role.certain = False


def _library_base(name: str, fact: ClassFact, role: Role) -> None:
    if name in BASES:
        role.base = True
    elif name == "sa:SQLModel":
        role.flavour = "sqlmodel"
        role.descends = _table_keyword(fact)
    elif name in MAPPING_BASES:
        role.descends = True
        role.flavour = MAPPING_BASES[name]
    elif name.startswith(_MAPPING_MODULES):
        role.descends = True
        role.certain = False
    elif name not in _NEUTRAL:
        role.certain = False


def _declares_table(world: Graph, ref: Ref, fact: ClassFact) -> bool:
    """Whether the class's own body names a table and gives it columns."""
    if not isinstance(_own_value(fact, "__tablename__"), n.Constant):
        return False
    for attribute in fact.attributes:
        if isinstance(attribute.value, n.Call):
            binding = names.resolve_expression(world, ref.path, attribute.value.func)
            if isinstance(binding, names.Outside) and canonical(binding.name) in ("sa:Column", "sa:mapped_column"):
                return True
    return False


def _table_keyword(fact: ClassFact) -> bool:
    return any(
        each.name == "table" and isinstance(each.value, n.Constant) and each.value.value is True
        for each in fact.keywords
    )


def _decorator(world: Graph, ref: Ref, decorator: n.Expr, role: Role) -> None:
    node = decorator.func if isinstance(decorator, n.Call) else decorator
    binding = names.resolve_expression(world, ref.path, node)
    if isinstance(binding, names.Outside):
        name = canonical(binding.name)
        if name == "sa:as_declarative":
            role.base = True
        elif name == "sa:declarative_mixin":
            return
        return
    match node:
        case n.Attribute(attr="mapped" | "mapped_as_dataclass"):
            role.descends = True
        case n.Attribute(attr="as_declarative_base"):
            role.base = True
        case _:
            pass


def _is_mapped(world: Graph, ref: Ref, fact: ClassFact, role: Role) -> bool:
    if not role.descends or _flag(fact, "__abstract__"):
        return False
    if role.mapped_parent or role.flavour in ("sqlmodel", "flask"):
        return True
    return any(names.find_attribute(world, ref, each) is not None for each in ("__tablename__", "__table__"))


def _flag(fact: ClassFact, name: str) -> bool:
    return any(
        each.name == name and isinstance(each.value, n.Constant) and each.value.value is True
        for each in fact.attributes
    )


# --------------------------------------------------------------------- models


def model_of(world: Graph, ref: Ref) -> ModelInfo | None:
    """What is known of a class; None where it has nothing to do with the mapper."""
    found: ModelInfo | None = world.memo.of(("model", ref), lambda: _model(world, ref))
    return found


def _model(world: Graph, ref: Ref) -> ModelInfo | None:
    fact = names.class_fact(world, ref)
    if fact is None:
        return None
    role = role_of(world, ref)
    line, whole = names.mro(world, ref)
    mapped = _is_mapped(world, ref, fact, role)
    columns: dict[str, ColumnInfo] = {}
    relationships: dict[str, RelationshipInfo] = {}
    others: dict[str, OtherInfo] = {}
    dynamic = False
    in_mapper = role.descends or role.base
    for each in reversed(line):
        below = names.class_fact(world, each)
        if below is None:
            continue
        dynamic = dynamic or below.dynamic
        for name, found in declared(world, each, below, role.flavour):
            columns.pop(name, None)
            relationships.pop(name, None)
            others.pop(name, None)
            if isinstance(found, ColumnInfo):
                columns[name] = found
            elif isinstance(found, RelationshipInfo):
                relationships[name] = found
            else:
                others[name] = OtherInfo(name, "value", each, None)
    if not in_mapper and not columns and not relationships:
        return None
    model = ModelInfo(
        ref,
        table_name(world, ref, fact, role, mapped),
        mapped,
        role.base,
        role.certain and whole and not dynamic,
        role.flavour,
        columns,
        relationships,
        others,
        _own_value(fact, "__table_args__"),
        line[1:],
        Place(ref.path, fact.anchor, fact.name_start, fact.name_start + len(fact.qualname.rsplit(".", 1)[-1].encode())),
    )
    # Known before its relationships are looked into: two models name each other.
    world.memo.entries[("model", ref)] = (model, frozenset())
    if mapped:
        for name, relationship in relationships.items():
            relationships[name] = declarations.directed(world, model, relationship)
        for backref in world.backrefs(ref):
            if backref.name not in columns:
                relationships.setdefault(backref.name, declarations.directed(world, model, backref))
    return model


def declared(
    world: Graph, ref: Ref, fact: ClassFact, flavour: str
) -> Iterator[tuple[str, ColumnInfo | RelationshipInfo | None]]:
    """What one class body declares, by attribute name: a column, a relationship, or something else (None)."""
    for attribute in fact.attributes:
        yield attribute.name, declarations.attribute(world, ref, attribute, flavour)
    for name in fact.methods:
        yield name, _declared_attr(world, ref, fact, name, flavour)
    for each in fact.self_attributes:
        if not any(attribute.name == each.name for attribute in fact.attributes):
            yield each.name, None


def _declared_attr(
    world: Graph, ref: Ref, fact: ClassFact, name: str, flavour: str
) -> ColumnInfo | RelationshipInfo | None:
    """A `@declared_attr` method: what its (only) return says."""
    method = names.function_fact(world, Ref(ref.path, f"{fact.qualname}.{name}"))
    if method is None or not any(
        _last(each) in ("declared_attr", "cascading", "directive") for each in method.decorators
    ):
        return None
    node = world.function_node(Ref(ref.path, method.qualname))
    if node is None:
        return None
    returns = [each for each in own_statements(node.body) if isinstance(each, n.Return)]
    if len(returns) != 1 or returns[0].value is None:
        return None
    value = returns[0].value
    made = VariableFact(name, None, value, fact.anchor, node.start, node.end)
    return declarations.attribute(world, ref, made, flavour)


def _last(node: n.Expr) -> str:
    match node:
        case n.Name(id=name) | n.Attribute(attr=name):
            return name
        case n.Call():
            return _last(node.func)
        case _:
            return ""


def _own_value(fact: ClassFact, name: str) -> n.Expr | None:
    return next((each.value for each in fact.attributes if each.name == name), None)


def table_name(world: Graph, ref: Ref, fact: ClassFact, role: Role, mapped: bool) -> str | None:
    """The table's name where the code says it plainly."""
    if not mapped:
        return None
    found = names.find_attribute(world, ref, "__tablename__")
    variable = found[1] if found is not None else None
    if found is not None and isinstance(variable, VariableFact) and variable.value is not None:
        where, value = found[0], variable.value
        if isinstance(value, n.Constant):
            return value.value if isinstance(value.value, str) else None
        worth = calls.in_module(world.evaluator, where.path, variable.anchor, value, lambda ev, each: ev.expr(each))
        return worth.value if isinstance(worth, v.Const) and isinstance(worth.value, str) else None
    last = fact.qualname.rsplit(".", 1)[-1]
    if role.flavour == "flask" and found is None:
        return re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", last).lower()
    if role.flavour == "sqlmodel" and found is None:
        return last.lower()
    return None
