"""What `owner.name` is, by what the owner is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlassay.facts.model import FunctionFact, VariableFact
from sqlassay.semantics import (
    calls,
    changes,
    coroutines,
    deeds,
    generics,
    lookups,
    names,
    plans,
    reads,
    signatures,
    typehints,
)
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.asynchronous import OF_SESSIONS
from sqlassay.semantics.canonical import SA_NAMESPACE
from sqlassay.semantics.conversions.shapes import VALIDATING
from sqlassay.semantics.models import ModelInfo, OtherInfo, Pair, RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


def of(self: Evaluator, owner: v.Value, node: n.Attribute) -> v.Value:
    """The attribute `node.attr` of a value."""
    handler = _OWNERS.get(type(owner))
    if handler is not None:
        return handler(self, owner, node)
    return v.Method(owner, node.attr)


def _unknown(_self: Evaluator, _owner: v.Value, _node: n.Attribute) -> v.Value:
    return v.UNKNOWN


def _union(self: Evaluator, owner: v.Union, node: n.Attribute) -> v.Value:
    out: v.Value | None = None
    frame = self.frame
    known = [each for each in owner.values if each != v.NONE]
    before, frame.maybe = frame.maybe, frame.maybe or len(known) > 1
    for each in known:
        # Which of them it is nobody asks of a coroutine: `x = await x if isawaitable(x) else x`.
        found = of(self, each.value if isinstance(each, v.Awaitable) else each, node)
        out = found if out is None else v.join(out, found)
    frame.maybe = before
    return out if out is not None else v.UNKNOWN


_REQUEST_DATA = {
    "flask.request": frozenset("args form json values data files cookies headers view_args query_string".split()),
    "starlette:Request": frozenset("query_params path_params cookies headers".split()),
}
"""What of a request the client decides."""


def _external(self: Evaluator, owner: v.External, node: n.Attribute) -> v.Value:
    name = owner.name
    if node.attr in _REQUEST_DATA.get(name, ()):
        return v.REQUEST
    if name.startswith(("sa:", "flask:", "exc:")):
        return v.External(f"{name}.{node.attr}")
    binding = names.member(self.world, names.Outside(name), node.attr)
    return lookups.binding_value(self, binding)


def _module(self: Evaluator, owner: v.ModuleValue, node: n.Attribute) -> v.Value:
    return lookups.binding_value(self, names.member(self.world, names.ProjectModule(owner.path), node.attr))


_FLASK: dict[str, v.Value] = {
    "session": v.Session(False, True, True, None, "flask"),
    "engine": v.Engine(False),
    "Model": v.DeclarativeBase("flask"),
}

_FLASK_LITE: dict[str, v.Value] = {
    "session": v.Session(False, True, True, None, "flask"),
    "async_session": v.Session(True, True, True, None, "flask"),
    "engine": v.Engine(False),
    "async_engine": v.Engine(True),
    "sessionmaker": v.Maker(False),
    "async_sessionmaker": v.Maker(True),
}
"""What Flask-SQLAlchemy-Lite's `db` object has: sessions of the running request."""


_COLUMN_COLLECTIONS = frozenset(["c", "columns"])
_NO_COLUMNS = frozenset("get keys values items contains_column corresponding_column as_readonly".split())
"""What a collection of columns has besides its columns."""


def _external_object(self: Evaluator, owner: v.ExternalObject, node: n.Attribute) -> v.Value:
    if owner.name in ("sa:registry", "flask:SQLAlchemy") and node.attr == "metadata":
        return v.ExternalObject("sa:MetaData")
    if owner.name == "sa:Table" and node.attr in _COLUMN_COLLECTIONS:
        return v.ExternalObject("sa:columns")
    if node.attr in _REQUEST_DATA.get(owner.name, ()):
        return v.REQUEST
    if owner.name == "sa:columns" and node.attr not in _NO_COLUMNS:
        return v.Clause()
    if owner.name == "flask:SQLAlchemy":
        known = _FLASK.get(node.attr)
        if known is not None:
            return known
        if node.attr in SA_NAMESPACE:
            return v.External(f"sa:{node.attr}")
    if owner.name == "flask_lite:SQLAlchemy" and node.attr in _FLASK_LITE:
        return _FLASK_LITE[node.attr]
    return v.Method(owner, node.attr)


def _collection(_self: Evaluator, owner: v.Collection, node: n.Attribute) -> v.Value:
    # A page is gone through as its items are.
    return v.Collection(owner.element) if node.attr == "items" else v.Method(owner, node.attr)


def _clause(_self: Evaluator, owner: v.Clause, node: n.Attribute) -> v.Value:
    # A subquery has columns as a table has.
    return v.ExternalObject("sa:columns") if node.attr in _COLUMN_COLLECTIONS else v.Method(owner, node.attr)


_OF_MODELS: dict[str, v.Value] = {
    "__table__": v.ExternalObject("sa:Table"),
    "metadata": v.ExternalObject("sa:MetaData"),
}
"""What every mapped class, or base of such, has."""


_SQL_KINDS = frozenset(["column property", "synonym", "association proxy", "composite", "query expression"])
"""Attributes that are SQL when read off the class, and are made of who knows what."""


def _with_metadata(self: Evaluator, owner: v.Value, node: n.Attribute) -> v.Value:
    return v.ExternalObject("sa:MetaData") if node.attr == "metadata" else v.Method(owner, node.attr)


def _model(self: Evaluator, owner: v.Model, node: n.Attribute) -> v.Value:
    model = self.world.model(owner.ref)
    name = node.attr
    if model is not None:
        if name in model.columns or name in model.relationships:
            return v.Mapped(owner.ref, name, owner.alias, owner.at)
        if name == "query" and model.mapped and calls.has_query_property(self, model):
            statement = v.Statement(
                "query",
                (owner,),
                self.place(node),
                session=v.Session(False, True, True, None, "flask"),
                flask=True,
                spelled=self.frame.spelling(node.value),
            )
            if not self.frame.quiet:
                chain, terminal = calls.chain_of(self, node)
                self.emit(ev.ModelQuery(self.world, self.frame, node, owner.ref, chain, terminal))
            return statement
        other = model.others.get(name)
        if other is not None and other.kind in _SQL_KINDS:
            return v.Clause()
    found = names.find_attribute(self.world, owner.ref, name)
    if found is None:
        return v.Method(owner, name) if name in VALIDATING else _OF_MODELS.get(name, v.UNKNOWN)
    where, fact = found
    if isinstance(fact, FunctionFact):
        if signatures.is_property(fact):
            if signatures.is_hybrid(fact):
                self.emit(ev.HybridRead(self.world, self.frame, node, owner.ref, Ref(where.path, fact.qualname)))
            return v.Clause()
        return v.FunctionValue(Ref(where.path, fact.qualname), owner)
    return lookups.class_variable(self, where, fact)


def _entity(self: Evaluator, owner: v.Entity, node: n.Attribute) -> v.Value:
    return instance_of_model(self, owner, node.attr, node)


def instance_of_model(self: Evaluator, owner: v.Entity, name: str, node: n.Expr) -> v.Value:
    """An attribute of an instance of a mapped class, read by the code at `node`."""
    model = self.world.model(owner.model)
    if model is not None:
        relationship = model.relationships.get(name)
        if relationship is not None:
            return _read(self, owner, model, relationship, node)
        column = model.columns.get(name)
        if column is not None:
            reads.of_column(self, owner, model, name, node)
            return v.Stored(owner, name) if changes.may_change(column) else v.UNKNOWN
        other = model.others.get(name)
        if other is not None and other.kind == "association proxy":
            return _proxied(self, owner, model, other, node)
    if name == "__class__":
        return v.Model(owner.model)
    if name == "awaitable_attrs":
        return v.AwaitableAttributes(owner)
    found = names.find_attribute(self.world, owner.model, name)
    if found is None:
        return v.UNKNOWN
    where, fact = found
    if isinstance(fact, FunctionFact):
        ref = Ref(where.path, fact.qualname)
        if signatures.is_property(fact):
            return calls.follow(self, v.FunctionValue(ref, owner), (), {}, node)
        return v.FunctionValue(ref, owner)
    return v.UNKNOWN


_LONGEST = 8
"""The steps of a path that are kept."""


def _parent(self: Evaluator, owner: v.Entity) -> v.Entity:
    """The instance that `owner` was reached from: the same for all that it has, and it varies as it did before."""
    load = owner.load
    ref, _ = load.path[-1]
    rest = load.path[:-1]
    above = self.world.model(rest[-1][0]) if rest else None
    step = above.relationships.get(rest[-1][1]) if above is not None else None
    back = _back(self.world, rest[-1][0], step) if step is not None and step.direction == "one-to-many" else ""
    over = next((each.iterated for each in self.frame.loops if each.key == load.loop), v.UNKNOWN)
    loop = next((each.load.loop for each in v.entities_in(over) if each.load.path == load.path), 0)
    return v.Entity(ref, v.Load(load.kind, load.statement, rest, loop), back)


def _back(world: World, ref: Ref, relationship: RelationshipInfo) -> str:
    """The reference that leads back from what a relationship of a class leads to; '' where there is none."""
    if relationship.direction == "many-to-many":
        return ""
    return relationship.other_side or _way_back(world, ref, relationship)


def _way_back(world: World, ref: Ref, relationship: RelationshipInfo) -> str:
    """The reference of the target that goes by the same columns to the class's primary key, whether or not the two know
    of each other; '' where there is none."""
    key = ("way back", ref, relationship.name)
    found: str = world.memo.cut(key, lambda: _mirrored(world, ref, relationship.name), "")
    return found


def _mirrored(world: World, ref: Ref, name: str) -> str:
    model = world.model(ref)
    relationship = model.relationships.get(name) if model is not None else None
    if model is None or relationship is None:
        return ""
    target = world.model(relationship.target) if relationship.target is not None else None
    key = {model.columns[each].name for each in model.primary_key}
    if target is None or not relationship.pairs or {each.local[1] for each in relationship.pairs} != key:
        return ""
    mirrored = {Pair(each.remote, each.local) for each in relationship.pairs}
    for each in target.relationships.values():
        if each.direction == "many-to-one" and each.target == ref and mirrored == set(each.pairs):
            return each.name
    return ""


def _read(self: Evaluator, owner: v.Entity, model: ModelInfo, relationship: RelationshipInfo, node: n.Expr) -> v.Value:
    """An instance's relationship is read: say so, and give what is on the other side with its way there."""
    reads.of_relationship(self, owner, relationship, node)
    if plans.is_left_out(self.world, owner, relationship):
        return v.UNKNOWN
    return beyond(self, owner, relationship, node)


def beyond(self: Evaluator, owner: v.Entity, relationship: RelationshipInfo, node: n.Expr) -> v.Value:
    """What is on the other side of an instance's relationship, with its way there; `node` reads it."""
    if relationship.target is None:
        return v.UNKNOWN
    load = owner.load
    leads_back = relationship.direction == "many-to-one" and relationship.name == owner.parent_link
    if leads_back and 0 < len(load.path) < _LONGEST:
        return _parent(self, owner)
    path = (*load.path, (owner.model, relationship.name)) if len(load.path) < _LONGEST else load.path
    there = v.Load(load.kind, load.statement, path, load.loop)
    many = relationship.uselist if relationship.uselist is not None else relationship.direction != "many-to-one"
    if relationship.direction is None and relationship.uselist is None:
        return v.UNKNOWN
    if relationship.lazy in ("dynamic", "write_only"):
        back = _back(self.world, owner.model, relationship)
        return v.Statement(
            "query",
            (v.Model(relationship.target),),
            self.place(node),
            traits=frozenset([v.DYNAMIC]),
            loose=True,
            pinned=frozenset([v.Pin(relationship.target, back, frozenset())] if back else ()),
        )
    if many:
        return v.Collection(v.Entity(relationship.target, there, _back(self.world, owner.model, relationship)))
    return v.Entity(relationship.target, there)


def _proxied(self: Evaluator, owner: v.Entity, model: ModelInfo, proxy: OtherInfo, node: n.Expr) -> v.Value:
    """`user.keywords` of `association_proxy("links", "keyword")`: both are read."""
    first, second = _proxy_names(proxy)
    relationship = model.relationships.get(first)
    if relationship is None:
        return v.UNKNOWN
    value = _read(self, owner, model, relationship, node)
    one = v.first(value, v.Entity)
    if isinstance(one, v.Entity):
        return instance_of_model(self, one, second, node)
    if not isinstance(value, v.Collection) or not isinstance(value.element, v.Entity):
        return v.UNKNOWN
    key = next(self.keys)
    self.frame.loops.append(ev.Loop(key, node, "call", value, frozenset(), self.place(node)))
    element = instance_of_model(self, v.varying(value.element, key), second, node)
    self.frame.loops.pop()
    return v.Collection(v.vary(element, 0))


def _proxy_names(proxy: OtherInfo) -> tuple[str, str]:
    """The relationship that an association proxy goes by, and the attribute that it reads there."""
    if not isinstance(proxy.node, n.Call):
        return "", ""
    given = {each.name: each.value for each in proxy.node.keywords}
    given.update(zip(("target_collection", "attr"), proxy.node.args, strict=False))
    found = [given.get(name) for name in ("target_collection", "attr")]
    first, second = (str(each.value) if isinstance(each, n.Constant) else "" for each in found)
    return first, second


def _loading(self: Evaluator, owner: v.AwaitableAttributes, node: n.Attribute) -> v.Value:
    """`await user.awaitable_attrs.posts` loads what is not there, and it stays."""
    deeds.reloaded(self.world, self.frame, owner.entity, node.attr)
    model = self.world.model(owner.entity.model)
    relationship = model.relationships.get(node.attr) if model is not None else None
    if relationship is None:
        return v.UNKNOWN
    return v.Awaitable(beyond(self, owner.entity, relationship, node))


def _instance(self: Evaluator, owner: v.Instance, node: n.Attribute) -> v.Value:
    if node.attr in _OF_MEMBERS and names.is_enum(self.world, owner.ref):
        return v.LITERAL
    return instance_attribute(self, owner, node.attr)


_OF_MEMBERS = frozenset(["name", "value"])
"""What a member of an enumeration has."""


def _constant(_self: Evaluator, owner: v.Const, node: n.Attribute) -> v.Value:
    # A member of an enumeration is known by its value.
    known = {"value": owner, "name": v.LITERAL}
    return known.get(node.attr) or v.Method(owner, node.attr)


def instance_attribute(self: Evaluator, owner: v.Instance, name: str) -> v.Value:
    """An attribute of an object of a project class: method, property, class variable, or what a method assigned."""
    found = names.find_attribute(self.world, owner.ref, name)
    if found is not None:
        where, fact = found
        if isinstance(fact, FunctionFact):
            ref = Ref(where.path, fact.qualname)
            if signatures.is_property(fact):
                return _as_attribute(calls.follow(self, v.FunctionValue(ref, owner), (), {}))
            return v.FunctionValue(ref, owner)
        given = generics.of_owner(self.world, owner)
        if given and fact.value is None:
            promised = typehints.value_of(self.world, where.path, fact.annotation, "attribute", given=given)
            if not isinstance(promised, v.Unknown):
                return promised
        value = lookups.class_variable(self, where, fact)
        if isinstance(value, v.Model | v.ClassValue | v.Maker | v.Engine):
            return value
        made = lookups.subclass_attribute(self, owner.ref, name) if value in (v.NONE, v.UNKNOWN) else v.UNKNOWN
        if not isinstance(made, v.Unknown):
            return made
        declared = typehints.value_of(self.world, where.path, fact.annotation, "attribute", given=given)
        if not isinstance(declared, v.Unknown):
            return declared
        assigned = lookups.self_attribute(self, owner, name)
        if not isinstance(assigned, v.Unknown):
            return assigned
        return v.UNKNOWN if isinstance(value, v.Const | v.Text) and _is_field(self, where, fact) else value
    value = lookups.self_attribute(self, owner, name)
    if isinstance(value, v.Unknown):
        value = typehints.of_library_base(self.world, owner.ref, name)
    return _of_subclasses(self, owner, name) if isinstance(value, v.Unknown) else value


def _of_subclasses(self: Evaluator, owner: v.Instance, name: str) -> v.Value:
    """An attribute that a mixin uses and only the classes made with it have, where it is the same for all of them."""
    world = self.world

    def find() -> v.Value:
        found = [instance_attribute(self, v.Instance(each), name) for each in world.subclasses(owner.ref)]
        alike = {each.ref if isinstance(each, v.FunctionValue) else each for each in found}
        return found[0] if len(alike) == 1 else v.UNKNOWN

    value: v.Value = world.memo.of(("of subclasses", owner.ref, name), find, v.UNKNOWN)
    return value


def _is_field(self: Evaluator, where: Ref, fact: VariableFact) -> bool:
    """Whether the value in a class body is only a default: of a data class, or of settings that the environment has."""
    if fact.annotation is not None:
        return typehints.last_name(fact.annotation) not in ("ClassVar", "Final")
    owner = names.class_fact(self.world, where)
    return owner is not None and any(typehints.last_name(base) in ("BaseSettings", "BaseModel") for base in owner.bases)


def _as_attribute(value: v.Value) -> v.Value:
    if isinstance(value, v.Session):
        return v.moved(value, "attribute")
    return value


def _class(self: Evaluator, owner: v.ClassValue, node: n.Attribute) -> v.Value:
    if node.attr == "__orig_bases__":
        return generics.original_bases(self.world, owner.ref)
    found = names.find_attribute(self.world, owner.ref, node.attr)
    if found is None:
        return v.Method(owner, node.attr) if node.attr in VALIDATING else v.UNKNOWN
    where, fact = found
    if isinstance(fact, FunctionFact):
        return v.FunctionValue(Ref(where.path, fact.qualname), owner)
    value = lookups.class_variable(self, where, fact)
    if value in (v.NONE, v.UNKNOWN):
        made = lookups.subclass_attribute(self, owner.ref, node.attr)
        value = value if made == v.UNKNOWN else made
    return v.Instance(owner.ref) if value == v.UNKNOWN and names.is_enum(self.world, owner.ref) else value


def _row(self: Evaluator, owner: v.TupleValue, node: n.Attribute) -> v.Value:
    # `row.User`: a row of entities is read by the class's name.
    for each in owner.items:
        if isinstance(each, v.Entity) and each.model.name.rsplit(".", 1)[-1] == node.attr:
            return each
    return v.Method(owner, node.attr)


def _session(self: Evaluator, owner: v.Session, node: n.Attribute) -> v.Value:
    name = node.attr
    if name in ("sync_session", "registry") and not owner.scoped:
        return v.Session(False, False, owner.certain, None, owner.source) if name == "sync_session" else v.UNKNOWN
    if owner.cls is not None and name not in OF_SESSIONS:
        found = names.find_attribute(self.world, owner.cls, name)
        if found is not None and isinstance(found[1], FunctionFact):
            method = v.FunctionValue(Ref(found[0].path, found[1].qualname), owner)
            return _as_attribute(calls.follow(self, method, (), {})) if signatures.is_property(found[1]) else method
        if found is not None:
            return v.UNKNOWN
    return v.Method(owner, name)


def _sync_twin(kind: type[v.Engine] | type[v.Connection], name: str) -> Callable[..., v.Value]:
    def twin(_self: Evaluator, owner: v.Value, node: n.Attribute) -> v.Value:
        return kind(False) if node.attr == name else v.Method(owner, node.attr)

    return twin


def _awaitable(self: Evaluator, owner: v.Awaitable, node: n.Attribute) -> v.Value:
    """A coroutine has nothing of what awaiting it gives; code that thinks so is read as if it had awaited it."""
    if not coroutines.bare(owner) or coroutines.has(node.attr):
        return v.Method(owner, node.attr)
    coroutines.misused(self, owner, node, "attribute")
    return of(self, owner.value, node)


_OWNERS: dict[type[v.Value], Callable[..., v.Value]] = {
    v.Unknown: _unknown,
    v.Union: _union,
    v.External: _external,
    v.ModuleValue: _module,
    v.ExternalObject: _external_object,
    v.Model: _model,
    v.Clause: _clause,
    v.Collection: _collection,
    v.DeclarativeBase: _with_metadata,
    v.Const: _constant,
    v.Entity: _entity,
    v.AwaitableAttributes: _loading,
    v.Instance: _instance,
    v.ClassValue: _class,
    v.TupleValue: _row,
    v.Session: _session,
    v.Engine: _sync_twin(v.Engine, "sync_engine"),
    v.Connection: _sync_twin(v.Connection, "sync_connection"),
    v.Awaitable: _awaitable,
}
