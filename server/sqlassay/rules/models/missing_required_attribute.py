from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import maps_dataclass
from sqlassay.semantics import names
from sqlassay.semantics.events import SessionCall
from sqlassay.semantics.models import ColumnInfo, ModelInfo
from sqlassay.semantics.values import Entity
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_HARMLESS = frozenset("add add_all refresh flush expunge print append str repr len info debug warning".split())
"""Functions and methods that set no attribute of what they are given."""


@rule("ALC347", "missing-required-attribute", severity=Severity.WARNING)
class MissingRequiredAttribute(Rule):
    """An instance is added without a value for a NOT NULL column that has no default: the flush raises.

    ## Why
    The constructor of a model takes any part of its attributes, and type checkers see no required arguments. A column
    that was given nothing is inserted as NULL: the flush (or the next query, which flushes first) raises
    `IntegrityError`, far from the line that forgot it, and all of the transaction is lost.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        email: Mapped[str]


    def register(session: Session, name: str) -> None:
        session.add(User(name=name))
        session.commit()
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        email: Mapped[str]


    def register(session: Session, name: str, email: str) -> None:
        session.add(User(name=name, email=email))
        session.commit()
    ```

    ## Fix safety
    There is no automatic fix: which value is right nobody can say but you. Where all rows begin with the same one, give
    the column a default.

    ## What it cannot see
    Defaults that only the database has, and that the model does not tell of (`server_default=FetchedValue()` does).
    Nothing is said of foreign keys (a relationship may set them), of classes with a constructor of their own, of
    dataclasses, of models whose module listens to events, of columns that a method of the model sets, and of instances
    that are given to other functions before or after they are added.

    ## References
    - [Inserting rows using the ORM unit of work](https://docs.sqlalchemy.org/en/20/tutorial/orm_data_manipulation.html#inserting-rows-using-the-orm-unit-of-work-pattern)
    """

    def session_call(self, call: SessionCall) -> Iterator[Hit]:
        """`session.add(...)` or `add_all([...])` of what the same function made."""
        if call.connection or call.method not in ("add", "add_all") or call.frame.broken:
            return
        for node in _added(call):
            made = _constructed(call, node)
            if made is None:
                continue
            model, construction, names_set = made
            for column in _required(call.world, model):
                if column.attribute not in names_set:
                    yield _hit(call, model, construction, column)


def _hit(call: SessionCall, model: ModelInfo, construction: n.Call, column: ColumnInfo) -> Hit:
    name = f"{model.ref.name.rsplit('.', 1)[-1]}.{column.attribute}"
    return Hit(
        call.at(construction),
        f"`{name}` is NOT NULL, has no default and is given no value: the flush raises `IntegrityError`. Give it one, "
        "or the column a default.",
        related=(Note(column.place, "The column."),),
    )


def _added(call: SessionCall) -> Iterator[n.Expr]:
    """The expressions of what is added, one by one."""
    for each in call.call.args[:1]:
        match each:
            case n.ListExpr(elts=elts) | n.TupleExpr(elts=elts) if call.method == "add_all":
                yield from elts
            case n.Comprehension(element=element) if call.method == "add_all":
                yield element
            case _ if call.method == "add":
                yield each
            case _:
                pass


def _constructed(call: SessionCall, node: n.Expr) -> tuple[ModelInfo, n.Call, frozenset[str]] | None:
    """The model, the call of its class, and the attributes that are set; None where that is not plain to see."""
    if isinstance(node, n.Name):
        found = _local(call, node.id)
        if found is None:
            return None
        construction, later = found
    elif isinstance(node, n.Call):
        construction, later = node, frozenset[str]()
    else:
        return None
    if any(each.name is None for each in construction.keywords) or construction.args:
        return None
    model = _model(call, node, construction)
    given = {each.name for each in construction.keywords if each.name is not None}
    if model is None or not given <= {*model.columns, *model.relationships}:
        return None
    return model, construction, frozenset(given | later)


def _model(call: SessionCall, node: n.Expr, construction: n.Call) -> ModelInfo | None:
    """The class that is called, where SQLAlchemy's constructor makes its instances."""
    binding = names.resolve_expression(call.world, call.path, construction.func)
    value = call.args[0] if call.args else None
    if isinstance(binding, names.InProject) and binding.kind == "class":
        ref = binding.ref
    elif (
        isinstance(value, Entity)
        and value.load.kind == "new"
        and names.last_name(construction.func) == value.model.plain
    ):
        ref = value.model
    else:
        return None
    model = call.world.model(ref)
    return model if model is not None and model.mapped and model.certain and _is_plain(call.world, model) else None


def _local(call: SessionCall, name: str) -> tuple[n.Call, frozenset[str]] | None:
    """What a local was assigned, once, and the attributes set on it; None where more is done with it."""
    function = call.frame.function
    if function is None:
        return None
    parents = call.frame.unit.parents()
    made: n.Call | None = None
    later: set[str] = set()
    for each in walk(function):
        if not isinstance(each, n.Name) or each.id != name:
            continue
        parent = parents.get(id(each))
        above = parents.get(id(parent)) if parent is not None else None
        match parent:
            case n.Assign(targets=(n.Name(),), value=n.Call() as value) if made is None and parent.targets[0] is each:
                made = value
            case n.Attribute(attr=attr):
                if isinstance(above, n.Call) and above.func is parent:
                    return None
                if isinstance(above, n.Assign | n.AnnAssign | n.AugAssign | n.TupleExpr):
                    later.add(attr)
            case n.Call() if names.last_name(parent.func) in _HARMLESS:
                pass
            case n.ListExpr() | n.TupleExpr() if isinstance(above, n.Call) and names.last_name(above.func) in _HARMLESS:
                pass
            case n.Return() | n.Formatted():
                pass
            case _:
                return None
    return (made, frozenset(later)) if made is not None else None


def _is_plain(world: World, model: ModelInfo) -> bool:
    """Whether nothing but the constructor's arguments sets attributes of a new instance."""
    if model.flavour == "imperative" or maps_dataclass(world, model.ref):
        return False
    for ref in (model.ref, *model.bases):
        fact = names.class_fact(world, ref)
        if fact is None or fact.dynamic or not {"__init__", "__new__", "__init_subclass__"}.isdisjoint(fact.methods):
            return False
        if _listens(world, ref.path):
            return False
    return True


def _listens(world: World, path: str) -> bool:
    """Whether a module listens to events of SQLAlchemy: some handler may set what is missing."""
    facts = world.facts(path)
    if facts is None:
        return True
    decorators = (each for function in facts.functions.values() for each in function.decorators)
    calls = (each.call for each in facts.calls)
    return any(
        isinstance(each, n.Call) and names.last_name(each.func) in ("listens_for", "listen")
        for each in (*decorators, *calls)
    )


def _required(world: World, model: ModelInfo) -> Iterator[ColumnInfo]:
    """The columns without which a row cannot be inserted."""
    joined = {each.local for relationship in model.relationships.values() for each in relationship.pairs}
    named = {model.polymorphic_on, *_mapper_names(model)}
    for column in model.columns.values():
        if column.nullable is not False or column.primary_key or not column.certain or column.foreign_keys:
            continue
        if column.default is not None or column.server_default is not None or column.generated is not None:
            continue
        if {"default", "default_factory", "insert_default", "server_default"} & column.keywords.keys():
            continue
        if column.table is None or (column.table, column.name) in joined or column.attribute in named:
            continue
        if len(column.attributes) <= 1 and not _set_by_method(world, model, column.attribute):
            yield column


def _mapper_names(model: ModelInfo) -> Iterator[str]:
    """Names in `__mapper_args__`: a version counter and the like are set by the mapper."""
    for value in model.mapper_args.values():
        for each in walk(value):
            match each:
                case n.Name(id=name) | n.Attribute(attr=name) | n.Constant(value=str(name)):
                    yield name
                case _:
                    pass


def _set_by_method(world: World, model: ModelInfo, attribute: str) -> bool:
    facts = (names.class_fact(world, each) for each in (model.ref, *model.bases))
    return any(each.name == attribute for fact in facts if fact is not None for each in fact.self_attributes)
