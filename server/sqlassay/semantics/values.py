"""The values SQLAlchemy code deals in: a small lattice with `UNKNOWN` at its top.

A value is immutable and hashable. `join` brings together what two branches made; where they disagree the result is a
small `Union`, and past its bound UNKNOWN: rules stay silent on what they do not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import is_
from typing import TypeGuard

from msgspec import Struct, structs

from sqlassay.semantics import shapes
from sqlassay.semantics.shapes import Shape, Source
from sqlassay.semantics.world import Ref
from sqlassay.syntax.place import Place


class Value(Struct, frozen=True):
    """Anything an expression can be."""


class Unknown(Value, frozen=True):
    """No idea: says nothing, proves nothing."""


UNKNOWN = Unknown()


# ------------------------------------------------------------- plain Python


class Const(Value, frozen=True):
    """A literal, or a name that can only be that literal."""

    value: str | int | float | bool | None


NONE = Const(None)


class Scalar(Value, frozen=True):
    """A plain value of which only its origin is known, as a Hole has it."""

    origin: str
    """constant (one of some literals), number (or a date, a UUID: harmless as text) or request (a client sent it)"""


LITERAL = Scalar("constant")
PLAIN = Scalar("number")
REQUEST = Scalar("request")


class Hole(Struct, frozen=True):
    """A part of a string that is not a literal: `origin` is constant, number, parameter, request or unknown."""

    origin: str
    code: str
    """The identifier behind it where it is a plain name or attribute, for the message and a bind's name."""
    place: Place


class Text(Value, frozen=True):
    """A string with holes in it: f-string, concatenation, %, format or join. Literal parts are one more than holes."""

    literals: tuple[str, ...]
    holes: tuple[Hole, ...]


class Param(Value, frozen=True):
    """A parameter nobody annotated; `function` says whose."""

    function: str
    name: str


class External(Value, frozen=True):
    """A class, function or module of a library, by its dotted name (canonical for SQLAlchemy's: `api.canonical`)."""

    name: str


class ExternalObject(Value, frozen=True):
    """What calling an external class gave: `name` is the class."""

    name: str


class ModuleValue(Value, frozen=True):
    """A file of the project, as a module."""

    path: str


class FunctionValue(Value, frozen=True):
    """A function of the project, with the object it is bound to."""

    ref: Ref
    bound: Value | None = None


class Method(Value, frozen=True):
    """A method of a SQLAlchemy object or builtin container, not called yet: the tables of `library` know it by name."""

    receiver: Value
    name: str


class Getter(Value, frozen=True):
    """`operator.attrgetter("posts")` and its like: reads something off what it is called with."""

    kind: str
    """attribute, item or method"""
    names: tuple[str, ...]


class LocalFunction(Value, frozen=True):
    """A function defined inside the one being walked: `key` finds its node and closure in the evaluator."""

    key: int


class ClassValue(Value, frozen=True):
    """A class of the project that is not mapped."""

    ref: Ref


class Instance(Value, frozen=True):
    """An object of a class of the project that is not mapped."""

    ref: Ref


class TypeVariable(Value, frozen=True):
    """A type variable that a class leaves open."""

    ref: Ref


class Parametrized(Value, frozen=True):
    """A generic class with its types: `Repository[User]`."""

    args: tuple[Value, ...]


class Run(Struct, frozen=True):
    """A call whose coroutine does something with sessions once somebody awaits it: of SQLAlchemy, or of the project."""

    place: Place
    method: str = ""
    """The method of SQLAlchemy's; empty for a coroutine of the project."""
    owner: str = ""
    """The dotted name of what the method is called on, where it is one."""
    session: bool = False
    """Whether that is a session, which one coroutine at a time may use."""
    callee: Value | None = None
    """The function of the project, with what it is given: `names` are the dotted names of arguments, '' for others."""
    args: tuple[Value, ...] = ()
    names: tuple[str, ...] = ()
    keywords: tuple[tuple[str, Value, str], ...] = ()


class Awaitable(Value, frozen=True):
    """What awaiting gives `value`. `runs` is what it then does, where the call stands in the code being walked."""

    value: Value
    runs: tuple[Run, ...] = ()
    state: str = ""
    """'' for a bare coroutine, wrapped for what gather and its like make of some, task for one that runs already"""


class Manager(Value, frozen=True):
    """A context manager that gives `value` on entering."""

    value: Value
    is_async: bool | None = None
    """Whether only `async with` enters it (True), or only `with` (False): for SQLAlchemy's own."""
    awaitable: bool = False
    """Awaiting it enters it too."""
    commits: Value | None = None
    """The session whose transaction is committed on leaving."""


class Collection(Value, frozen=True):
    """Many of one kind: list, set, tuple of unknown length, generator, iterator. `lazy` where iterating makes them."""

    element: Value
    lazy: bool = False


class TupleValue(Value, frozen=True):
    """A tuple or list whose items are known one by one."""

    items: tuple[Value, ...]
    is_list: bool = False


class DictValue(Value, frozen=True):
    """A dict: what all its keys and values are; `entries` where it is a literal with constant keys."""

    key: Value
    value: Value
    entries: tuple[tuple[str, Value], ...] = ()
    empty: bool = False
    """Nothing is in it yet."""


class Union(Value, frozen=True):
    """One of a few."""

    values: tuple[Value, ...]


# ------------------------------------------------------------------ SQLAlchemy


class Engine(Value, frozen=True):
    is_async: bool
    dialect: str | None = None


class Connection(Value, frozen=True):
    """`origin` is where it was opened; `managed` when a `with` closes it."""

    is_async: bool
    origin: Place | None = None


class Session(Value, frozen=True):
    """A session. `certain` is False where only the code's shape says so (`db.query(Model)` on a parameter `db`), or
    where its class executes in a way of its own.
    """

    is_async: bool
    scoped: bool = False
    certain: bool = True
    origin: Place | None = None
    """Where this function opened it; None for one that was given."""
    source: str = ""
    """parameter, attribute, module, opened, returned, flask: how the code came by it; shape where only what it is given
    says that it is one."""
    expires: bool | None = None
    """Whether a commit expires its instances (`expire_on_commit`); None where its maker is not known."""
    cls: Ref | None = None
    """Its class, where that is one of the project."""
    made: Place | None = None
    """The call, of its maker or its class, that leaves `expire_on_commit` at its default."""


class Maker(Value, frozen=True):
    """A sessionmaker, async_sessionmaker or scoped_session: calling it gives a session."""

    is_async: bool
    scoped: bool = False
    expires: bool | None = None
    made: Place | None = None
    """Both as a Session has them."""


class Model(Value, frozen=True):
    """A mapped class (or an alias of one)."""

    ref: Ref
    alias: bool = False
    at: Place | None = None
    """The call that made the alias."""

    @property
    def source(self) -> Source:
        """What rows of it come from."""
        return Source(self.ref, self.at)


class Option(Value, frozen=True):
    """A loader option: a strategy for the relationship at the end of a path of (class, attribute)."""

    strategy: str
    path: tuple[tuple[Ref, str], ...]
    wildcard: bool = False
    children: tuple[Option, ...] = ()
    """The options before it in its chain, and those given to its `options(...)`."""
    columns: tuple[tuple[Ref, str], ...] = ()
    """What `load_only`, `defer` and `undefer` name."""
    raises: bool = False
    """`raiseload=True`: reading what it leaves out raises."""
    root: Source | None = None
    """What its path begins at; None where that cannot be read."""
    narrowed: Source | None = None
    """What `of_type(...)` takes the end of its path for."""
    place: Place | None = None
    """The call that made it, with what it is chained on."""
    function: Place | None = None
    """What that calls: `selectinload`, `orm.selectinload`, `selectinload(A.b).joinedload`."""
    behind: Place | None = None
    """What `function` is an attribute of."""
    keywords: frozenset[str] = frozenset()
    """Names of the keyword arguments of that call."""


class Pin(Struct, frozen=True):
    """`User.name == name` in criteria: the column, and the names that its value is made of."""

    model: Ref
    attribute: str
    names: frozenset[str]


class Statement(Value, frozen=True):
    """A SQL statement being built.

    `loose` where some part is unknown (options from a variable nobody can read): claims about what it does not do
    must stay silent.
    """

    kind: str
    """select, insert, update, delete, query, union, text"""
    entities: tuple[Value, ...]
    place: Place
    options: tuple[Option, ...] = ()
    traits: frozenset[str] = frozenset()
    """Names of the methods called on it: where, join, limit, distinct ...; and those of `UNREAD`, `LIMIT_ONE`."""
    loose: bool = False
    session: Value | None = None
    """The session (or connection) that runs it, once it is known: for a Query from its beginning."""
    flask: bool = False
    pinned: frozenset[Pin] = frozenset()
    """Columns (and references) that its criteria set to one value: all rows have it alike."""
    reads: frozenset[str] = frozenset()
    """Names that its criteria read otherwise, where they stand in a loop."""
    spelled: str = ""
    """How the code at `place` spells the first entity; empty where the name means another class in another call.

    (But for `cls` of a classmethod, which may be a class that inherits from the method's.)
    """
    shape: Shape = shapes.PLAIN
    ran: Place | None = None
    """The call that executed it and gave a result, where no `await` is around."""


UNREAD = "where?"
"""The trait of a statement some of whose criteria cannot be read: it may find one row alone."""

DYNAMIC = "dynamic"
"""The trait of a query that a dynamic relationship gives: what orders or narrows it may stand in the model, but no
loader options do."""

LIMIT_ONE = "limit 1"
"""The trait of a statement that was limited to one row, beside `limit`."""


class Load(Struct, frozen=True):
    """How an instance came to be: the statement that selected it, and the way from that statement's entity to it."""

    kind: str
    """query, get (fetched alone), parameter, new or unknown"""
    statement: Statement | None = None
    path: tuple[tuple[Ref, str], ...] = ()
    loop: int = 0
    """The loop that this instance varies with (`events.Loop.key`), 0 for a single one."""
    state: frozenset[str] = frozenset()
    """What certainly befell it since, as `states` keeps it: expired, dirty ..."""
    session: Value | None = None
    """The session that it was added to, where it is a new one."""
    origin: Place | None = None
    """Where a new one was made."""


class Entity(Value, frozen=True):
    """An instance of a mapped class."""

    model: Ref
    load: Load
    parent_link: str = ""
    """The many-to-one on this model that leads back to the instance it was reached from: reading it runs nothing."""


class AwaitableAttributes(Value, frozen=True):
    """`instance.awaitable_attrs`: reading an attribute off it gives what awaiting loads."""

    entity: Entity


class Stored(Value, frozen=True):
    """The object that a column's attribute holds (`item.data`), or one inside it: what may be changed in place."""

    entity: Entity
    attribute: str
    depth: int = 0
    """0 for what the attribute holds, 1 for what is in that, and so on."""


class Mapped(Value, frozen=True):
    """An attribute of a mapped class as used in queries: `User.name`, `User.posts`."""

    model: Ref
    name: str
    alias: bool = False
    at: Place | None = None
    """The call that made the alias."""
    narrowed: Model | None = None
    """What `of_type(...)` takes a relationship's target for."""

    @property
    def source(self) -> Source:
        """What rows with it come from."""
        return Source(self.model, self.at)


class Clause(Value, frozen=True):
    """Any other SQL expression. `boolean` where it is a condition; `pinned` are the columns it sets to one value.

    `columns`, `links` and `whole` are those of `shapes.Criterion`.
    """

    boolean: bool = False
    pinned: frozenset[Pin] = frozenset()
    columns: frozenset[Mapped] = frozenset()
    links: frozenset[frozenset[Source]] = frozenset()
    whole: bool = False


class TextClause(Value, frozen=True):
    """`text(...)`: its argument, and where."""

    argument: Value
    place: Place


class Result(Value, frozen=True):
    """What executing gave. `shape`: rows, scalars or mappings."""

    statement: Statement | None
    shape: str
    is_async: bool = False
    row: Value = UNKNOWN
    """What one row is."""
    handled: frozenset[str] = frozenset()
    """How its rows come otherwise than as they are: unique, yield_per, execution_options (which may say anything)."""
    certain: bool = False
    """It came from a session or connection of asyncio's without doubt: `is_async` says whether it holds its rows."""


class DeclarativeBase(Value, frozen=True):
    """What declarative_base() and its like return: subclassing it maps."""

    flavour: str = "declarative"


# ------------------------------------------------------------------------ join

UNION_BOUND = 4


def members(value: Value) -> tuple[Value, ...]:
    """The values that a value may be; itself alone unless it is a Union."""
    return value.values if isinstance(value, Union) else (value,)


def join(left: Value, right: Value) -> Value:
    """The value of a name that two branches leave behind. None beside one thing is that thing: `x = None` first."""
    if left == right:
        return left
    if type(left) is Unknown or type(right) is Unknown:
        return UNKNOWN
    if left is LITERAL and type(right) is Const and type(right.value) is str:
        return LITERAL  # the keys of a large dict
    parts: list[Value] = []
    for each in (*members(left), *members(right)):
        if isinstance(each, Unknown):
            return UNKNOWN
        _add(parts, each)
    if len(parts) > UNION_BOUND and all(_is_literal(each) for each in parts):
        return LITERAL
    return union(parts)


def _is_literal(value: Value) -> bool:
    return value == LITERAL or (isinstance(value, Const) and isinstance(value.value, str))


def union(values: Iterable[Value]) -> Value:
    """A value that is one of `values` (already distinct)."""
    parts = tuple(values)
    if not parts or len(parts) > UNION_BOUND:
        return UNKNOWN
    return parts[0] if len(parts) == 1 else Union(parts)


def _add(parts: list[Value], value: Value) -> None:
    if value in parts:
        return
    if isinstance(value, Statement):
        # `if flag: stmt = stmt.options(...)`: one statement that may carry the options.
        for i, other in enumerate(parts):
            if isinstance(other, Statement) and other.place == value.place and other.kind == value.kind:
                parts[i] = _join_statements(other, value)
                return
    for i, other in enumerate(parts):
        together = _together(other, value)
        if together is not None:
            parts[i] = together
            return
    parts.append(value)


def _together(left: Value, right: Value) -> Value | None:
    """Two containers of one kind as one, an empty one adding nothing; two clauses as one; None for any other pair."""
    if type(left) not in _JOINED or type(right) not in _JOINED:
        return None
    if type(left) is Const and type(right) is Const:
        return None
    match left, right:
        case Collection(), Collection():
            return Collection(join(left.element, right.element), left.lazy or right.lazy)
        case (Collection() as many, TupleValue(items=())) | (TupleValue(items=()), Collection() as many):
            return many
        case (Scalar(origin="constant"), Const(value=str())) | (Const(value=str()), Scalar(origin="constant")):
            return LITERAL
        case (Const() | Text(), Text()) if _goes_on(left, right):
            return right
        case (Text(), Const() | Text()) if _goes_on(right, left):
            return left
        case TupleValue(), TupleValue() if len(left.items) == len(right.items) > 0:
            pairs = zip(left.items, right.items, strict=True)
            return TupleValue(tuple(join(one, other) for one, other in pairs), left.is_list and right.is_list)
        case Entity(), Entity():
            return _one_instance(left, right)
        case Awaitable(), Awaitable() if left.state == right.state:
            more = tuple(each for each in right.runs if each not in left.runs)
            return Awaitable(join(left.value, right.value), left.runs + more, left.state)
        case Clause(), Clause() if left.pinned == right.pinned:
            # Those that pin different columns stay two: a statement with either may be for one row.
            return Clause(
                left.boolean and right.boolean,
                left.pinned,
                left.columns | right.columns,
                left.links | right.links,
                left.whole and right.whole,
            )
        case DictValue(), DictValue():
            if left.empty or right.empty:
                return right if left.empty else left
            return DictValue(join(left.key, right.key), join(left.value, right.value))
        case _:
            return None


EITHER = frozenset(["open", "touched"])
"""Marks of `semantics.states` that stay where either of two ways set them."""


def _one_instance(left: Entity, right: Entity) -> Entity | None:
    """One instance to which different things happened on two ways: what is certain is what happened on both."""
    ours, theirs = left.load, right.load
    if ours.state == theirs.state or ours.statement != theirs.statement or ours.origin != theirs.origin:
        return None
    if (left.model, ours.kind, ours.path) != (right.model, theirs.kind, theirs.path):
        return None
    session = ours.session if ours.session == theirs.session else None
    state = (ours.state & theirs.state) | (EITHER & (ours.state | theirs.state))
    load = Load(ours.kind, ours.statement, ours.path, ours.loop, state, session, ours.origin)
    return Entity(left.model, load, left.parent_link)


_JOINED = frozenset([Collection, TupleValue, DictValue, Scalar, Const, Text, Clause, Awaitable, Entity])
"""Kinds that have something in common with another value. Most pairs do not, and need not be looked at."""


def _join_statements(left: Statement, right: Statement) -> Statement:
    more = tuple(each for each in right.options if each not in left.options)
    options = left.options + more
    apart = frozenset((*more, *(each for each in left.options if each not in right.options)))
    return Statement(
        left.kind,
        left.entities if left.entities == right.entities else (),
        left.place,
        options,
        left.traits | right.traits,
        left.loose or right.loose or left.entities != right.entities,
        left.session if left.session == right.session else None,
        left.flask,
        left.pinned | right.pinned,
        left.reads | right.reads,
        left.spelled,
        shapes.joined(left.shape, right.shape, left.traits ^ right.traits, apart),
    )


def is_sql(value: Value) -> bool:
    """Whether a value is certainly a SQL expression, whichever it is of a few."""
    return all(isinstance(each, Mapped | Clause) for each in members(value))


def _goes_on(start: Value, text: Text) -> bool:
    """Whether `text` is `start` with more added to it: what a loop or a branch does to a string."""
    if isinstance(start, Const):
        return isinstance(start.value, str) and text.literals[0].startswith(start.value)
    if not isinstance(start, Text) or text.holes[: len(start.holes)] != start.holes:
        return False
    last = len(start.literals) - 1
    return text.literals[:last] == start.literals[:last] and text.literals[last].startswith(start.literals[last])


HOLDERS = frozenset([Entity, TupleValue, Union, Collection, DictValue])
"""The kinds of values in which there may be instances."""

CARRIERS = HOLDERS | {Session, Awaitable, Manager, Method}
"""Those in which there may be anything that others can change: sessions and coroutines too."""


def with_entities(value: Value, change: Callable[[Entity], Entity]) -> Value:
    """A value with something else in the place of each instance in it; itself where `change` gave them all back."""
    if type(value) not in HOLDERS:
        return value
    match value:
        case Entity():
            return change(value)
        case TupleValue(items=items):
            others = _with_entities(items, change)
            return value if others is items else TupleValue(others, value.is_list)
        case Union(values=items):
            others = _with_entities(items, change)
            return value if others is items else Union(others)
        case Collection(element=inner):
            other = with_entities(inner, change)
            return value if other is inner else Collection(other, value.lazy)
        case DictValue(value=inner, entries=entries):
            other = with_entities(inner, change)
            items = tuple(each for _, each in entries)
            others = _with_entities(items, change)
            if other is inner and others is items:
                return value
            named = tuple((name, each) for (name, _), each in zip(entries, others, strict=True))
            return DictValue(value.key, other, named, value.empty)
        case _:
            return value


def _with_entities(items: tuple[Value, ...], change: Callable[[Entity], Entity]) -> tuple[Value, ...]:
    """Each of several values as `with_entities` has it; the very same tuple where none is another."""
    others = tuple([with_entities(each, change) for each in items])
    return items if all(map(is_, others, items)) else others


def moved(session: Session, source: str) -> Session:
    """A session that the code came by in another way than by opening it."""
    return structs.replace(session, origin=None, source=source)


def entities_in(value: Value) -> Sequence[Entity]:
    """The instances in a value."""
    if type(value) not in HOLDERS:
        return ()
    found: list[Entity] = []
    _gather(value, found)
    return found


def entities_of(values: Iterable[Value]) -> Sequence[Entity]:
    """The instances in several values."""
    found: list[Entity] = []
    for value in values:
        if type(value) in HOLDERS:
            _gather(value, found)
    return found


def _gather(value: Value, found: list[Entity]) -> None:
    match value:
        case Entity():
            found.append(value)
        case TupleValue(items=items) | Union(values=items):
            for each in items:
                if type(each) in HOLDERS:
                    _gather(each, found)
        case Collection(element=inner):
            _gather(inner, found)
        case DictValue(value=inner, entries=entries):
            _gather(inner, found)
            for _, each in entries:
                _gather(each, found)
        case _:
            pass


def is_new(value: Value) -> TypeGuard[Entity]:
    """Whether a value is an instance that the code made."""
    return isinstance(value, Entity) and value.load.kind == "new"


def varying(entity: Entity, key: int) -> Entity:
    """An instance that varies with a loop (0: with none)."""
    load = entity.load
    moved = Load(load.kind, load.statement, load.path, key, load.state, load.session, load.origin)
    return Entity(entity.model, moved, entity.parent_link)


def single(value: Value) -> Value:
    """A row that was fetched alone: whatever holds many of these, holds the rows of as many queries."""
    return with_entities(
        value, lambda each: Entity(each.model, Load("get", each.load.statement, each.load.path), each.parent_link)
    )


def vary(value: Value, key: int) -> Value:
    """Mark the instances in a value as varying with a loop (0: with none)."""
    return with_entities(value, lambda each: varying(each, key))


def first(value: Value, kind: type[Value]) -> Value | None:
    """The one member of `value` of that kind, where None is its only companion; else nothing."""
    found = [each for each in members(value) if each != NONE]
    return found[0] if len(found) == 1 and isinstance(found[0], kind) else None


def sessions(value: Value) -> Iterator[Session]:
    """The sessions that a value may be."""
    for each in members(value):
        if isinstance(each, Session):
            yield each


def held(value: Value) -> Iterator[Entity]:
    """The kinds of instances of which a container holds many."""
    match value:
        case Collection(element=inner) | DictValue(value=inner):
            yield from (each for each in members(inner) if isinstance(each, Entity))
            yield from held(inner)
        case Union(values=items) | TupleValue(items=items):
            for each in items:
                yield from held(each)
        case _:
            pass


def fetched_alone(value: Value) -> Iterator[Entity]:
    """The instance that a value is, where a query for it alone brought it."""
    return (
        each for each in members(value) if isinstance(each, Entity) and each.load.kind == "get" and not each.load.path
    )
