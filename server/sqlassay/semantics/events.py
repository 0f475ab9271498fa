"""What the evaluator says as it walks: one small record an event; rules listen by method name.

An event carries nodes of the tree, so it lives only as long as the walk; a rule makes Hits of it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from sqlassay.facts.model import ClassFact, FunctionFact, ModuleFacts
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo
from sqlassay.semantics.values import Entity, Load, Option, Result, Run, Session, Statement, Stored, Value
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.frame import Frame


class Loop(Struct):
    """A loop around an event: for, while or comprehension. `key` is unique in one walk."""

    key: int
    node: n.Node
    kind: str
    """for, while, comprehension, or call: a function that map, filter or sorted calls for each element"""
    iterated: Value
    """What it runs over (UNKNOWN for a while)."""
    targets: frozenset[str]
    """The names it binds."""
    place: Place
    """The iterated expression (a while's test)."""
    left: list[dict[str, Value]] = field(default_factory=list)
    """What names are worth where `break` or `continue` leaves its body."""


class Event(Struct):
    """Base of all events: where we are."""

    world: World
    frame: Frame

    def at(self, node: n.Node) -> Place:
        """A node of the walked tree as a Place."""
        return self.frame.unit.place(node)

    def call_at(self, place: Place) -> n.Call | None:
        """The call at a place of the walked tree; None where it is elsewhere."""
        return self.frame.unit.call_at(place)

    def enclosing(self, node: n.Node) -> tuple[n.Node, ...]:
        """The nodes around `node` in its top-level statement, nearest first."""
        return self.frame.enclosing(node)

    @property
    def loops(self) -> tuple[Loop, ...]:
        """Loops around the event inside the function, outermost first."""
        return tuple(self.frame.loops)

    @property
    def path(self) -> str:
        return self.frame.path

    @property
    def in_migration(self) -> bool:
        """Whether the file is a revision of Alembic's: code that runs once."""
        facts = self.world.facts(self.path)
        return facts is not None and "upgrade" in facts.functions and "revision" in facts.variables


class CallEvent(Event):
    """A call with its evaluated arguments; the base of events about calls."""

    call: n.Call
    args: tuple[Value, ...]
    keywords: Mapping[str, Value]
    starred: bool
    """`*args` or `**kwargs` stand in the call: what is not seen may still be there."""

    def keyword_node(self, name: str) -> n.Expr | None:
        """The expression of a keyword argument."""
        return next((each.value for each in self.call.keywords if each.name == name), None)


class EngineCreated(CallEvent):
    """`create_engine(...)`, `create_async_engine(...)`. `url` is the evaluated URL."""

    is_async: bool
    url: Value
    url_node: n.Expr | None
    function: str
    """create_engine, create_async_engine, engine_from_config or URL.create"""


class SessionMakerCreated(CallEvent):
    """`sessionmaker(...)`, `async_sessionmaker(...)`, or an AsyncSession constructed directly."""

    is_async: bool
    function: str


class DeclarativeBaseCreated(CallEvent):
    """`declarative_base(...)`."""


class TablesCreated(CallEvent):
    """`metadata.create_all(...)`, Flask-SQLAlchemy's `db.create_all()`, or `run_sync(metadata.create_all)`."""


class ColumnMade(CallEvent):
    """`Column(...)`, `mapped_column(...)` or SQLModel's `Field(...)`: in a class, a Table or anywhere else."""

    function: str
    """Column, mapped_column or Field"""


class InstanceMade(CallEvent):
    """A mapped class is called: `Order(number=1)`."""

    model: Ref


class SessionCall(CallEvent):
    """A method called on a session (or a connection: `connection` is True)."""

    session: Value
    method: str
    connection: bool
    awaited: bool
    statement: Value
    """The first argument, where the method executes one."""


class MethodAwaited(CallEvent):
    """A method of something of SQLAlchemy's is called and what it gives is awaited at once."""

    receiver: Value
    method: str
    """'' where the receiver itself is called: a session maker."""


class CoroutineLost(Event):
    """A coroutine of SQLAlchemy's that nobody awaits: it is taken for what awaiting it would give, or let go."""

    run: Run
    node: n.Node
    """What betrays it."""
    how: str
    """attribute, iterated, item, truth, argument (of a builtin), compared or unused"""


class SessionShared(Event):
    """One AsyncSession is used by two coroutines that run at once, or by one that is made in each round of a loop."""

    node: n.Node
    """The call that sets them going, or what is awaited while a task runs."""
    session: str
    first: Place
    second: Place
    how: str
    """gather (or its like), task (one beside another) or waiting (the function itself beside a task)"""


class ContextEntered(Event):
    """`with value` or `async with value`, where the value is a session, connection, or SQLAlchemy's own manager."""

    node: n.With
    item: n.WithItem
    value: Value


class ResultIterated(Event):
    """A loop runs over what executing gave. `node` is the loop, `iterated` its expression."""

    node: n.Node
    iterated: n.Expr
    result: Result
    is_async: bool
    """Whether the loop is an `async for`."""


class FunctionCalled(CallEvent):
    """A function of SQLAlchemy's is called, one of those in `library.SAID`."""

    function: str


class MetadataCall(CallEvent):
    """`create_all`, `drop_all` or `reflect` of a MetaData. `bind` is what it is told to work on."""

    method: str
    bind: Value


class QueryStarted(CallEvent):
    """`session.query(...)`. `chain` is the whole chain of calls on it, `terminal` its last method or ''."""

    session: Value
    statement: Statement
    chain: n.Expr
    terminal: str


class ModelQuery(Event):
    """`Model.query` (Flask-SQLAlchemy or a query property). `chain` and `terminal` as in QueryStarted."""

    node: n.Attribute
    model: Ref
    chain: n.Expr
    terminal: str


class QueryMethod(CallEvent):
    """A method called on a Query or statement under construction: get, all, options; `__iter__` in a loop's head."""

    statement: Statement
    method: str


class RowsFetched(Event):
    """Rows are taken of a Query or of a result whose statement is known: `.all()`, `.first()`, `list(...)`, a loop."""

    node: n.Expr
    """What gives the rows: the call, the slice of a query, or what a loop runs over."""
    source: n.Expr
    """The query or the result."""
    statement: Statement
    method: str
    """The name of the method or builtin; `slice` for `query[:10]`, `__iter__` for a loop or comprehension."""
    result: Result | None
    """None for a Query, and where `session.scalar(...)` gives the value at once."""


class LoaderOptionMade(CallEvent):
    """`selectinload(User.posts)` and its like, called or chained; `option.options(...)`."""

    strategy: str
    """The function; options for the method."""
    owner: Option | None
    """What it is chained on."""


class Ran(Struct):
    """A statement that code runs which is walked for its caller's sake."""

    statement: Statement
    method: str
    keywords: Mapping[str, Value]


class StatementRun(Event):
    """A statement is executed as it is now: by a session (not a connection), or by a method that ends a Query."""

    node: n.Node
    """The call, or what a loop runs over; the call of a function of the project that runs what it is given."""
    statement: Statement
    method: str
    """The method that runs it: execute, scalars, get, all, first ...; `__iter__` where iterating does."""
    keywords: Mapping[str, Value]
    """Of the call."""


class AttributeAssigned(Event):
    """An attribute of an instance is a target of an assignment: `order.number = 1`."""

    node: n.Attribute
    entity: Entity


class RelationshipRead(Event):
    """An attribute that is a relationship is read off an instance."""

    node: n.Expr
    entity: Entity
    relationship: RelationshipInfo
    outcome: str | None
    """What it comes to, as `plans.on_read` says: runs, here, raises; None: unknown."""
    load: Load
    again: bool
    """It was read before in this function, off the same rows."""
    maybe: bool = False
    """What it is read off may be another thing."""


class ColumnRead(Event):
    """A column's attribute is read off an instance that does not hold it: that runs a SELECT, or raises."""

    node: n.Expr
    entity: Entity
    column: ColumnInfo
    outcome: str
    """runs or raises"""
    why: str
    """deferred (the query or the model leaves it out), expired (all of the instance is), or updated (the database
    makes the column's value in an UPDATE, which was sent)"""
    again: bool
    maybe: bool = False


class ColumnReadInCall(Event):
    """A call reads a column's attribute off an instance it was given that does not hold it."""

    node: n.Expr
    entity: Entity
    column: ColumnInfo
    outcome: str
    why: str
    read: Place
    around: tuple[Loop, ...]
    again: bool
    always: bool = True
    """Every such call comes by the read, whatever the instance is like."""


class HybridRead(Event):
    """A hybrid property is read off a class (or an alias of it), for SQL; one with an expression of its own is not."""

    node: n.Attribute
    model: Ref
    hybrid: Ref
    """The method, in the class that defines it."""


class Read(Struct):
    """A read that runs a query, or raises, in code that is walked for its caller's sake."""

    node: n.Expr
    place: Place
    entity: Entity
    attribute: RelationshipInfo | ColumnInfo
    outcome: str
    why: str
    """Of a column, as ColumnRead has it; empty of a relationship."""
    loops: tuple[Loop, ...]
    certain: bool
    """Every call with such an instance comes by it."""
    by: str = ""
    """What reads it where no code names it, as RelationshipConverted has it."""
    always: bool = True
    """Every call comes by it, whatever the instance is like."""


class RelationshipReadInCall(Event):
    """A call reads a relationship off an instance it was given, on every way through what it calls."""

    node: n.Expr
    """The call, or the read of the property."""
    entity: Entity
    relationship: RelationshipInfo
    outcome: str
    """runs or raises"""
    load: Load
    read: Place
    """Where the relationship is read."""
    around: tuple[Loop, ...]
    """Loops around the read, outermost first: the caller's, and those inside what it calls."""
    again: bool
    always: bool = True
    """Every such call comes by the read, whatever the instance is like."""


class RelationshipConverted(Event):
    """A conversion reads a relationship that the code does not name: a schema's field, a template; runs a query."""

    node: n.Expr
    """The call that converts, or comes to it; what is returned, where the caller does it."""
    entity: Entity
    relationship: RelationshipInfo
    load: Load
    read: Place
    """The field of the schema, or the line of the template."""
    around: tuple[Loop, ...]
    """Loops around the read, outermost first: the code's, and the conversion's own (of kind call)."""
    by: str
    """pydantic, fastapi, marshmallow, dataclass or jinja"""
    certain: bool
    """Whenever the node is evaluated, and there is a row, it comes to this."""


class SqlText(CallEvent):
    """A string that becomes SQL. `sink` names the call that takes it; `text` is what it was evaluated to."""

    sink: str
    text: Value
    argument: n.Expr
    raw: bool
    """True where the sink wraps it itself (text, DDL); False for a plain string given to execute."""
    session: Value


class BooleanOperator(Event):
    """Python asks a SQL expression whether it is true: `and`, `or`, `not`, `x if clause else y`, `any(clauses)`, `all`.

    `clause` names the call whose argument it is, '' outside one.
    """

    node: n.BoolOp | n.UnaryOp | n.IfExp | n.Call
    operands: tuple[Value, ...]
    """All of an `and` or `or`, one of which at least is SQL; else the one that is asked."""
    clause: str


class Comparison(Event):
    """A comparison with a mapped attribute or SQL expression on one side."""

    node: n.Compare
    left: Value
    right: Value
    op: str
    clause: str


class Imported(Event):
    """An import statement, anywhere in the file."""

    node: n.Import | n.ImportFrom


class ModelDeclared(Event):
    """A class of the mapper's world, at its own class statement."""

    model: ModelInfo
    fact: ClassFact
    node: n.ClassDef


class ClassDeclared(Event):
    """A class that facts know, at its own class statement: of the mapper's world or of any other."""

    ref: Ref
    fact: ClassFact
    node: n.ClassDef


class ModuleVariable(Event):
    """A module-level name given a value."""

    name: str
    value: Value
    node: n.Assign | n.AnnAssign
    facts: ModuleFacts


class SettingGiven(Event):
    """A setting that holds a database URL is given a value: in a module, a class body or `app.config[...]`."""

    name: str
    value: Value
    value_node: n.Expr


class Opening(Struct):
    """A session that a function opened itself."""

    session: Session
    call: n.Call
    name: str
    """The local it was bound to, '' where none."""
    managed: bool = False
    """A `with` (or closing(), enter_context) ends it."""
    borrowed: bool = False
    """It works on a connection that it was given: closing it gives back nothing."""
    escaped: str = ""
    """How it left the function's hands: returned, yielded, stored, passed, captured; '' while it did not."""
    closed: bool = False
    closed_in_finally: bool = False


WRITES = frozenset(
    "add add_all delete merge flush commit bulk_save_objects bulk_insert_mappings bulk_update_mappings".split()
)
"""Methods of a session that change rows, or send changes to the database."""


class SessionUse(Struct):
    """One thing done with a session, in the order of the walk."""

    session: Value
    method: str
    node: n.Node
    order: int
    tries: tuple[tuple[int, str], ...]
    """The try statements around it: (key, body | handler | orelse | finally), outermost first."""
    guards: tuple[str, ...]
    """The `with` blocks around it that end a transaction themselves: begin, begin_nested, session."""
    loops: tuple[int, ...]
    statement: str = ""
    """What kind of statement it runs (select, insert, update, delete, text); empty where it runs none that is known."""

    @property
    def writes(self) -> bool:
        """Whether rows change, now or at the next flush."""
        return self.method in WRITES or self.statement in ("insert", "update", "delete")


class Change(Struct):
    """What a column's attribute of an instance holds is changed in place: `item.data["k"] = v`, `.append(...)`."""

    node: n.Node
    """The subscript, the call of the method, or the augmented assignment."""
    place: Place
    stored: Stored
    how: str
    """item, del, augmented, or the name of the method"""
    order: int
    """The order count, as SessionUse has it."""
    loops: tuple[int, ...]
    said: bool = False
    """The function tells SQLAlchemy of it: `flag_modified(...)`, or the attribute is given another object."""


class ViewWritten(Struct):
    """A viewonly relationship is written to, and no flush sends anything of it: `order.open_lines.append(line)`."""

    node: n.Node
    """The call of a collection's method, the attribute that is assigned, or the keyword of `Order(open_lines=...)`."""
    place: Place
    model: Ref
    relationship: RelationshipInfo
    how: str
    """assigned, made, or the name of the method"""
    order: int
    """The order count, as SessionUse has it."""


class HandlerInfo(Struct):
    """An `except` of the function, with the try it belongs to."""

    try_key: int
    node: n.Handler
    try_node: n.Try
    names: tuple[str, ...]
    """Canonical names of what it catches ('' where unknown; 'BaseException' for a bare except)."""
    order: int
    """The order count when the try statement ended."""
    start_order: int
    """The order count when the try statement began."""
    loops: tuple[int, ...]
    tries: tuple[tuple[int, str], ...]


class FunctionEnd(Event):
    """A function was walked whole: what it did with sessions."""

    node: n.FunctionDef
    fact: FunctionFact | None
    openings: tuple[Opening, ...]
    uses: tuple[SessionUse, ...]
    handlers: tuple[HandlerInfo, ...]
    changes: tuple[Change, ...]
    """What it changes in place of what columns hold, in order."""
    views: tuple[ViewWritten, ...]
    """What it writes to viewonly relationships, in order."""
    returned: tuple[tuple[Value, n.Return], ...]
    yielded: tuple[tuple[Value, n.Yield], ...]
    is_dependency: bool
    """Somebody hands it to FastAPI's Depends."""
    broken: bool
    """Something in it does not parse: what is missing may be there."""
    falls_off: bool
    """Control may come out at its end, and it returns None; False where a `with` or a `match` leaves that open."""


class MigrationOperation(CallEvent):
    """`op.add_column(...)` and its like. `batch` is True on the object that batch_alter_table gives."""

    operation: str
    batch: bool
    function: str
    """upgrade, downgrade or another function's name"""


class MigrationDeclared(Event):
    """A revision file: its upgrade and downgrade."""

    facts: ModuleFacts
    upgrade: n.FunctionDef
    downgrade: n.FunctionDef | None
    operations: tuple[MigrationOperation, ...]
    """What the upgrade does itself, in order; not what functions do that it calls."""
    remarks: tuple[str, ...]
    """The comments in the downgrade, without their `#`."""


EVENTS: dict[type[Event], str] = {
    EngineCreated: "engine_created",
    SessionMakerCreated: "session_maker_created",
    DeclarativeBaseCreated: "declarative_base_created",
    TablesCreated: "tables_created",
    ColumnMade: "column_made",
    InstanceMade: "instance_made",
    SessionCall: "session_call",
    MethodAwaited: "method_awaited",
    CoroutineLost: "coroutine_lost",
    SessionShared: "session_shared",
    ContextEntered: "context_entered",
    ResultIterated: "result_iterated",
    FunctionCalled: "function_called",
    MetadataCall: "metadata_call",
    QueryStarted: "query_started",
    ModelQuery: "model_query",
    QueryMethod: "query_method",
    RowsFetched: "rows_fetched",
    LoaderOptionMade: "loader_option_made",
    StatementRun: "statement_run",
    HybridRead: "hybrid_read",
    AttributeAssigned: "attribute_assigned",
    RelationshipRead: "relationship_read",
    RelationshipReadInCall: "relationship_read_in_call",
    ColumnRead: "column_read",
    ColumnReadInCall: "column_read_in_call",
    RelationshipConverted: "relationship_converted",
    SqlText: "sql_text",
    BooleanOperator: "boolean_operator",
    Comparison: "comparison",
    Imported: "imported",
    ModelDeclared: "model_declared",
    ClassDeclared: "class_declared",
    ModuleVariable: "module_variable",
    SettingGiven: "setting_given",
    FunctionEnd: "function_end",
    MigrationOperation: "migration_operation",
    MigrationDeclared: "migration_declared",
}
"""Event class to the name of the method that a rule listens with."""
