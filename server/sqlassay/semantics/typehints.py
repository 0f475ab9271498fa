"""What an annotation promises: `Session`, `Annotated[AsyncSession, Depends(get_db)]`, `list[Order]`, `SessionDep`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlassay.semantics import names
from sqlassay.semantics import values as v
from sqlassay.semantics.asynchronous import OF_ASYNC_SESSION
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from
from sqlassay.syntax.place import Place

_NOWHERE = Place("", "", 0, 0)
_NOTHING: Mapping[Ref, v.Value] = {}
_OPEN = v.TypeVariable(Ref("", ""))

_COLLECTIONS = frozenset(
    (
        "list List set Set frozenset FrozenSet Sequence MutableSequence Collection Iterable Iterator deque "
        "AsyncIterable AsyncIterator Generator AsyncGenerator ScalarResult Page InstrumentedList AbstractSet KeysView "
        "ValuesView WriteOnlyMapped DynamicMapped"
    ).split()
)
_LAZY = frozenset(["Iterator", "AsyncIterator", "Generator", "AsyncGenerator", "ScalarResult"])
_TRANSPARENT = frozenset(
    (
        "Optional Annotated Final ClassVar Required NotRequired ReadOnly Awaitable Coroutine Mapped ContextManager "
        "AbstractContextManager AsyncContextManager AbstractAsyncContextManager"
    ).split()
)
_DICTS = frozenset(["dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"])

_DEPTH = 8


def value_of(
    world: World,
    path: str,
    node: n.Expr | None,
    source: str,
    depth: int = 0,
    given: Mapping[Ref, v.Value] = _NOTHING,
) -> v.Value:
    """What an object annotated so is; `source` is how the code comes by it (parameter, attribute, returned ...).

    `given` says what stands for type variables.
    """
    if node is None or depth > _DEPTH:
        return v.UNKNOWN
    match node:
        case n.Constant(kind="none"):
            return v.NONE
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return value_of(world, path, inner, source, depth + 1, given)
        case n.BinOp(op="|"):
            left = value_of(world, path, node.left, source, depth + 1, given)
            return v.join(left, value_of(world, path, node.right, source, depth + 1, given))
        case n.Subscript():
            return _subscript(world, path, node, source, depth, given)
        case n.Name() | n.Attribute():
            return _named(world, path, node, source, depth, given)
        case _:
            return v.UNKNOWN


def last_name(node: n.Expr) -> str:
    """`ClassVar` of `typing.ClassVar[int]`: the last name of an annotation or base, '' where it has none."""
    if isinstance(node, n.Subscript):
        return last_name(node.value)
    return names.last_name(node)


def is_text(node: n.Expr | None) -> bool:
    """Whether an annotation is `str`, perhaps with None beside it."""
    match node:
        case n.Name(id="str"):
            return True
        case n.BinOp(op="|"):
            return is_text(node.left) or is_text(node.right)
        case n.Subscript():
            items = node.index.elts if isinstance(node.index, n.TupleExpr) else (node.index,)
            return names.last_name(node.value) in ("Optional", "Union", "Annotated") and any(
                is_text(each) for each in items
            )
        case _:
            return False


def _subscript(
    world: World, path: str, node: n.Subscript, source: str, depth: int, given: Mapping[Ref, v.Value]
) -> v.Value:
    name = names.last_name(node.value)
    items = node.index.elts if isinstance(node.index, n.TupleExpr) else (node.index,)

    def item(index: int) -> v.Value:
        return value_of(world, path, items[index], source, depth + 1, given) if items else v.UNKNOWN

    if name == "Annotated":
        found = item(0)
        if isinstance(found, v.Unknown):
            for each in items[1:]:
                provided = dependency(world, path, each, depth)
                if not isinstance(provided, v.Unknown):
                    return provided
        return found
    if name == "Optional":
        return v.join(item(0), v.NONE)
    if name == "Union":
        found = item(0)
        for index in range(1, len(items)):
            found = v.join(found, item(index))
        return found
    if name == "Literal":
        found = item(0)
        for each in items:
            literal = v.Const(each.value) if isinstance(each, n.Constant) else v.UNKNOWN
            found = literal if each is items[0] else v.join(found, literal)
        return found
    if name == "Coroutine":
        return item(len(items) - 1)
    if name in _TRANSPARENT:
        return item(0)
    if name in _COLLECTIONS:
        return v.Collection(item(0), name in _LAZY)
    if name in ("tuple", "Tuple"):
        if len(items) == 2 and isinstance(items[1], n.Constant) and items[1].kind == "ellipsis":
            return v.Collection(item(0))
        return v.TupleValue(tuple(item(index) for index in range(len(items))))
    if name in _DICTS and len(items) == 2:
        return v.DictValue(item(0), item(1))
    if name in ("type", "Type"):
        found = item(0)
        if isinstance(found, v.Entity):
            return v.Model(found.model)
        return v.ClassValue(found.ref) if isinstance(found, v.Instance) else v.UNKNOWN
    return value_of(world, path, node.value, source, depth + 1, given)


def dependency(world: World, path: str, node: n.Expr, depth: int = 0) -> v.Value:
    """What `Depends(get_db)` injects: what get_db yields or returns, by its annotation (bodies: `calls.provided`)."""
    if not (
        isinstance(node, n.Call) and names.last_name(node.func) in ("Depends", "Security", "Provide") and node.args
    ):
        return v.UNKNOWN
    binding = names.resolve_expression(world, path, node.args[0])
    if isinstance(binding, names.InProject) and binding.kind == "function":
        fact = names.function_fact(world, binding.ref)
        if fact is not None:
            found = value_of(world, binding.ref.path, fact.returns, "parameter", depth + 1)
            if isinstance(found, v.Collection) and fact.is_generator:
                return found.element
            return found
    return v.UNKNOWN


def _named(world: World, path: str, node: n.Expr, source: str, depth: int, given: Mapping[Ref, v.Value]) -> v.Value:
    binding = names.resolve_expression(world, path, node)
    match binding:
        case None if isinstance(node, n.Name) and node.id in _NUMBERS:
            return v.PLAIN
        case names.Outside(name=name):
            return external_instance(canonical(name), source)
        case names.InProject(kind="class", ref=ref):
            return class_instance(world, ref, source)
        case names.InProject(kind="variable", ref=ref) if not isinstance(given.get(ref, _OPEN), v.TypeVariable):
            return given[ref]
        case names.InProject(kind="variable", ref=ref):
            fact = names.variable_fact(world, ref)
            if fact is None or fact.value is None:
                return v.UNKNOWN
            if isinstance(fact.value, n.Call):
                return _called_alias(world, ref, fact.value, source, depth)
            return value_of(world, ref.path, fact.value, source, depth + 1)
        case _:
            # `db.Session`, `db.Model`: the attribute of a Flask-SQLAlchemy object.
            if isinstance(node, n.Attribute) and node.attr in ("Session", "session"):
                owner = names.resolve_expression(world, path, node.value)
                if isinstance(owner, names.InProject) and owner.kind == "variable":
                    return v.Session(False, False, True, None, source)
            return v.UNKNOWN


def _called_alias(world: World, ref: Ref, call: n.Call, source: str, depth: int) -> v.Value:
    """`UserId = NewType("UserId", int)` and the like say nothing; `T = TypeVar("T", bound=Model)` says its bound."""
    if names.last_name(call.func) == "TypeVar":
        for keyword in call.keywords:
            if keyword.name == "bound":
                return value_of(world, ref.path, keyword.value, source, depth + 1)
    return v.UNKNOWN


_INSTANCES: dict[str, v.Value] = {
    "sa:Engine": v.Engine(False),
    "sa:AsyncEngine": v.Engine(True),
    "sa:Connection": v.Connection(False),
    "sa:AsyncConnection": v.Connection(True),
    "sa:sessionmaker": v.Maker(False),
    "sa:async_sessionmaker": v.Maker(True),
    "sa:Query": v.Statement("query", (), _NOWHERE, loose=True),
    "sa:Select": v.Statement("select", (), _NOWHERE, loose=True),
    "sa:Result": v.Result(None, "rows"),
    "sa:ScalarResult": v.Result(None, "scalars"),
    "sa:AsyncResult": v.Result(None, "rows", True),
    "sa:AsyncScalarResult": v.Result(None, "scalars", True),
}

_SESSIONS: dict[str, tuple[bool, bool]] = {
    "sa:Session": (False, False),
    "sa:AsyncSession": (True, False),
    "sa:scoped_session": (False, True),
    "sa:async_scoped_session": (True, True),
    "sa:SQLAlchemySession": (False, False),
}
"""Session classes: (is_async, scoped)."""


_NUMBERS = frozenset(["int", "float", "bool", "complex"])

_PLAIN = frozenset(
    (
        "uuid.UUID datetime.date datetime.datetime datetime.time datetime.timedelta decimal.Decimal pydantic.UUID4 "
        "pydantic.PositiveInt pydantic.NonNegativeInt pydantic.StrictInt ipaddress.IPv4Address"
    ).split()
)
"""Classes whose objects are numbers, dates and the like: as text they hold nothing that means something else."""


def external_instance(name: str, source: str) -> v.Value:
    """An object of a library's class, by its canonical name."""
    if name in _PLAIN:
        return v.PLAIN
    session = _SESSIONS.get(name)
    if session is not None:
        return v.Session(session[0], session[1], True, None, source)
    if name.startswith(("sa:ColumnElement", "sa:BinaryExpression", "sa:ClauseElement", "sa:BooleanClauseList")):
        return v.Clause()
    known = _INSTANCES.get(name)
    if known is not None:
        return known
    return v.ExternalObject(name) if ":" in name else v.UNKNOWN


def class_instance(world: World, ref: Ref, source: str) -> v.Value:
    """An object of a class of the project: an entity if the class is mapped, a session if it derives from Session."""
    model = world.model(ref)
    if model is not None and (model.mapped or model.is_base):
        return v.Entity(ref, v.Load("parameter"))
    session = session_class(world, ref)
    if session is not None:
        return v.Session(session[0], session[1], not executes_itself(world, ref), None, source, None, ref)
    return v.Instance(ref)


_BASES: dict[tuple[str, str], v.Value] = {
    ("SQLAlchemyAsyncRepository", "session"): v.Session(True, False, True, None, "attribute"),
    ("SQLAlchemyAsyncSlugRepository", "session"): v.Session(True, False, True, None, "attribute"),
    ("SQLAlchemyAsyncQueryRepository", "session"): v.Session(True, False, True, None, "attribute"),
    ("SQLAlchemySyncRepository", "session"): v.Session(False, False, True, None, "attribute"),
    ("SQLAlchemySyncSlugRepository", "session"): v.Session(False, False, True, None, "attribute"),
    ("SQLAlchemySyncQueryRepository", "session"): v.Session(False, False, True, None, "attribute"),
}
"""What classes of Advanced Alchemy give to those that derive from them, by class and attribute."""

_OF_BASES = frozenset(name for _, name in _BASES)


def of_library_base(world: World, ref: Ref, name: str) -> v.Value:
    """An attribute that a class of the project has from a base in a library."""
    if name not in _OF_BASES:
        return v.UNKNOWN
    found: v.Value = world.memo.of(("library base", ref, name), lambda: _of_library_base(world, ref, name), v.UNKNOWN)
    return found


def _of_library_base(world: World, ref: Ref, name: str) -> v.Value:
    for each in names.mro(world, ref)[0]:
        fact = names.class_fact(world, each)
        for base in fact.bases if fact is not None else ():
            inner = base.value if isinstance(base, n.Subscript) else base
            binding = names.resolve_expression(world, each.path, inner)
            if isinstance(binding, names.Outside) and binding.name.startswith(("advanced_alchemy.", "litestar.")):
                found = _BASES.get((binding.name.rpartition(".")[2], name))
                if found is not None:
                    return found
    return v.UNKNOWN


def session_class(world: World, ref: Ref) -> tuple[bool, bool] | None:
    """(is_async, scoped) where a project class derives from a session class of SQLAlchemy."""
    found: tuple[bool, bool] | None = world.memo.of(("session class", ref), lambda: _session_class(world, ref))
    return found


def _session_class(world: World, ref: Ref) -> tuple[bool, bool] | None:
    for each in names.mro(world, ref)[0]:
        fact = names.class_fact(world, each)
        for base in fact.bases if fact is not None else ():
            inner = base.value if isinstance(base, n.Subscript) else base
            binding = names.resolve_expression(world, each.path, inner)
            if isinstance(binding, names.Outside):
                found = _SESSIONS.get(canonical(binding.name))
                if found is not None:
                    return found
    return None


def executes_itself(world: World, ref: Ref) -> bool:
    """Whether a session class of the project executes in a way of its own, or awaits what a session does not."""
    for name in (*_EXECUTE, *(OF_ASYNC_SESSION if is_async_session(world, ref) else ())):
        found = names.find_attribute(world, ref, name)
        if found is not None and (name in _EXECUTE or not getattr(found[1], "is_async", False)):
            return True
    return False


_EXECUTE = ("execute", "scalar", "scalars", "exec")


def is_async_session(world: World, ref: Ref) -> bool:
    """Whether a class of the project derives from AsyncSession."""
    found = session_class(world, ref)
    return found is not None and found[0]
