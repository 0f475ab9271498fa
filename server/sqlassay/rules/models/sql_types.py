"""What kind of value a column holds, by its SQL type or by its annotation."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.facts.model import VariableFact
from sqlassay.rules.models.annotations import annotated_kind
from sqlassay.semantics import names
from sqlassay.semantics import values as v
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.events import ColumnMade
from sqlassay.semantics.models import ColumnInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_KIND_OF_TYPE: dict[str, str] = {
    **dict.fromkeys("DateTime DATETIME DATETIME2 DATETIMEOFFSET SMALLDATETIME TIMESTAMP".split(), "datetime"),
    **dict.fromkeys("Date DATE".split(), "date"),
    **dict.fromkeys("Time TIME".split(), "time"),
    **dict.fromkeys("Interval INTERVAL".split(), "interval"),
    **dict.fromkeys("String VARCHAR VARCHAR2 CHAR NVARCHAR NVARCHAR2 NCHAR Unicode".split(), "text"),
    **dict.fromkeys("Text TEXT UnicodeText CLOB NCLOB CITEXT TINYTEXT MEDIUMTEXT LONGTEXT NTEXT".split(), "text"),
    **dict.fromkeys("Integer INTEGER INT BigInteger BIGINT SmallInteger SMALLINT MEDIUMINT TINYINT".split(), "int"),
    **dict.fromkeys("Float FLOAT Double DOUBLE DOUBLE_PRECISION REAL".split(), "float"),
    **dict.fromkeys("Numeric NUMERIC DECIMAL".split(), "decimal"),
    **dict.fromkeys("Boolean BOOLEAN BOOL".split(), "bool"),
    **dict.fromkeys("Uuid UUID UNIQUEIDENTIFIER".split(), "uuid"),
    **dict.fromkeys("JSON JSONB".split(), "json"),
    **dict.fromkeys("LargeBinary BLOB BINARY VARBINARY BYTEA TINYBLOB MEDIUMBLOB LONGBLOB".split(), "bytes"),
    "ARRAY": "array",
    "Enum": "enum",
    "PickleType": "pickle",
}

_ITEMS = frozenset(("ForeignKey", "CheckConstraint", "Identity", "Computed", "Sequence", "FetchedValue"))
_DEPTH = 6


class SqlType(Struct, frozen=True):
    """A SQL type as a column has it."""

    name: str
    """Its name in SQLAlchemy: `DateTime`, `VARCHAR`."""
    node: n.Expr
    """Where it is written: for a type of the project, its `impl`."""
    decorated: bool
    """It is the `impl` of a TypeDecorator, which may make other values of it."""

    @property
    def kind(self) -> str | None:
        """What it holds: text, datetime, uuid ...; None for a type that no table here knows."""
        return _KIND_OF_TYPE.get(self.name)

    @property
    def call(self) -> n.Call | None:
        """The call that gives its arguments; None for a bare `String`."""
        return self.node if isinstance(self.node, n.Call) else None


def sql_type(world: World, path: str, node: n.Expr | None, depth: int = 0) -> SqlType | None:
    """The type that an expression names, `with_variant` looked through, and TypeDecorators of the project too."""
    node = _inside(node)
    func = node.func if isinstance(node, n.Call) else node
    if node is None or func is None or depth > _DEPTH:
        return None
    binding = names.resolve_expression(world, path, func)
    match binding:
        case names.Outside(name=name):
            origin, _, last = canonical(name).rpartition(":")
            return SqlType(last, node, False) if origin in ("sa", "dialect") and last[:1].isupper() else None
        case names.InProject(kind="class", ref=ref):
            return _implementation(world, ref, depth)
        case names.InProject(kind="variable", ref=ref):
            fact = names.variable_fact(world, ref)
            if fact is None or fact.others or func is not node:
                return None
            return sql_type(world, ref.path, fact.value, depth + 1)
        case _:
            return None


def _inside(node: n.Expr | None) -> n.Expr | None:
    """The type in `X().with_variant(...)` and `MutableDict.as_mutable(X)`."""
    match node:
        case n.Call(func=n.Attribute(value=inner, attr="with_variant")):
            return _inside(inner)
        case n.Call(func=n.Attribute(attr="as_mutable"), args=(inner, *_)):
            return _inside(inner)
        case _:
            return node


def _implementation(world: World, ref: Ref, depth: int) -> SqlType | None:
    """The `impl` of a TypeDecorator of the project."""
    found = names.find_attribute(world, ref, "impl")
    if found is None or not isinstance(found[1], VariableFact):
        return None
    inner = sql_type(world, found[0].path, found[1].value, depth + 1)
    return SqlType(inner.name, inner.node, True) if inner is not None else None


def type_argument(call: n.Call) -> n.Expr | None:
    """The expression in the place of a column's SQL type; None where there is none, or it may be in `*args`."""
    for each in call.args:
        match each:
            case n.Constant():
                continue
            case n.Starred():
                return None
            case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)) if name in _ITEMS:
                continue
            case _:
                return each
    return next((each.value for each in call.keywords if each.name in ("type_", "sa_type")), None)


def type_made(made: ColumnMade) -> SqlType | None:
    """The SQL type given to a column where it is made; None where none is given, or nobody knows it."""
    node = type_argument(made.call)
    if node is None:
        return None
    found = sql_type(made.world, made.path, node)
    if found is not None:
        return found
    at = next((index for index, each in enumerate(made.call.args) if each is node), None)
    value = made.args[at] if at is not None and at < len(made.args) else None
    if isinstance(value, v.External | v.ExternalObject) and value.name.startswith("sa:"):
        return SqlType(value.name.removeprefix("sa:"), node, False)
    return None


def type_of(world: World, column: ColumnInfo) -> SqlType | None:
    """The SQL type of a model's column; None where none is given, or nobody knows it."""
    found = sql_type(world, column.owner.path, column.type)
    if found is None and column.type is not None and column.type_name is not None:
        return SqlType(column.type_name, column.type, False)
    return found


def kind_made(made: ColumnMade) -> str | None:
    """What a column holds where it is made, by its type, else by its annotation; None where nobody knows."""
    if type_argument(made.call) is not None:
        found = type_made(made)
        return found.kind if found is not None else None
    match next(iter(made.enclosing(made.call)), None):
        case n.AnnAssign(annotation=annotation, value=value) if value is made.call:
            return annotated_kind(made.world, made.path, annotation)
        case _:
            return None
