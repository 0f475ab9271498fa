"""Which Python type a SQL type holds, and how a file spells it."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.facts.model import ImportFact
from sqlassay.rules.models.columns import dotted
from sqlassay.semantics import names
from sqlassay.semantics.models import ColumnInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_PYTHON: dict[str, str] = {
    **dict.fromkeys("Integer INTEGER INT BigInteger BIGINT SmallInteger SMALLINT MEDIUMINT TINYINT".split(), "int"),
    **dict.fromkeys("String VARCHAR CHAR NVARCHAR NCHAR Text TEXT Unicode UnicodeText CLOB CITEXT".split(), "str"),
    **dict.fromkeys("TINYTEXT MEDIUMTEXT LONGTEXT".split(), "str"),
    **dict.fromkeys("Boolean BOOLEAN".split(), "bool"),
    **dict.fromkeys("DateTime DATETIME TIMESTAMP".split(), "datetime.datetime"),
    **dict.fromkeys("Date DATE".split(), "datetime.date"),
    **dict.fromkeys("Time TIME".split(), "datetime.time"),
    **dict.fromkeys("Interval INTERVAL".split(), "datetime.timedelta"),
    **dict.fromkeys("Float FLOAT Double".split(), "float"),
    **dict.fromkeys("Numeric NUMERIC DECIMAL".split(), "decimal.Decimal"),
    **dict.fromkeys("LargeBinary BLOB BINARY VARBINARY BYTEA TINYBLOB MEDIUMBLOB LONGBLOB".split(), "bytes"),
    **dict.fromkeys("Uuid UUID".split(), "uuid.UUID"),
}
"""Types whose values are of one Python type. JSON, ARRAY and PickleType hold what they are given, so they are not."""

_SWITCHES: dict[str, tuple[str, dict[bool, str], int]] = {
    "decimal.Decimal": ("asdecimal", {True: "decimal.Decimal", False: "float"}, 2),
    "float": ("asdecimal", {True: "decimal.Decimal", False: "float"}, 1),
    "uuid.UUID": ("as_uuid", {True: "uuid.UUID", False: "str"}, 0),
}
"""By Python type: the argument that makes it another one, what it makes it, and how many positional arguments come
before it."""

_DEFAULT: dict[str, str] = {
    "int": "Integer",
    "str": "String",
    "bool": "Boolean",
    "datetime.datetime": "DateTime",
    "datetime.date": "Date",
    "datetime.time": "Time",
    "datetime.timedelta": "Interval",
    "decimal.Decimal": "Numeric",
    "bytes": "LargeBinary",
    "uuid.UUID": "Uuid",
}
"""The SQL type that SQLAlchemy takes for an annotation, where nobody tells it another. For `float`, 2.0 takes Float and
2.1 Double."""

_BY_MODULE = frozenset(("datetime", "uuid"))
"""Modules that are imported whole: their names (`date`, `UUID`) are often those of attributes and SQL types."""

_ENUMS = frozenset(f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"))


class PythonType(Struct, frozen=True):
    """A type as a file spells it."""

    code: str
    imported: tuple[str, str] | None
    """The (module, name) that the spelling needs; None where it needs none, or has it under a name of its own."""
    is_default: bool
    """SQLAlchemy takes the very SQL type for it by itself."""


def python_type(world: World, column: ColumnInfo) -> PythonType | None:
    """The Python type of a column's values, in its own file; None where it is not certain, or cannot be spelt there."""
    node = column.type
    call = node if isinstance(node, n.Call) else None
    if column.type_name == "Enum":
        return _enum(world, column.place.path, call)
    name = _PYTHON.get(column.type_name or "")
    if name is not None and call is not None:
        name = _switched(name, call)
    if name is None:
        return None
    bare = call is None or not (call.args or call.keywords)
    return spelt(world, column.place.path, name, is_default=bare and _DEFAULT.get(name) == column.type_name)


def _switched(name: str, call: n.Call) -> str | None:
    if any(isinstance(each, n.Starred) for each in call.args) or any(each.name is None for each in call.keywords):
        return None
    if name not in _SWITCHES:
        return name
    argument, made, before = _SWITCHES[name]
    given = next((each.value for each in call.keywords if each.name == argument), None)
    if len(call.args) > before or not (given is None or isinstance(given, n.Constant)):
        return None
    return name if given is None else made.get(bool(given.value))


def _enum(world: World, path: str, call: n.Call | None) -> PythonType | None:
    """`Enum(Color)` holds a Color, `Enum("red", "green")` a str."""
    if call is None or not call.args or any(each.name is None for each in call.keywords):
        return None
    if all(isinstance(each, n.Constant) and isinstance(each.value, str) for each in call.args):
        return PythonType("str", None, False)
    code = dotted(call.args[0])
    binding = names.resolve_expression(world, path, call.args[0])
    if code is None or len(call.args) > 1 or not isinstance(binding, names.InProject) or binding.kind != "class":
        return None
    for ref in names.mro(world, binding.ref)[0]:
        fact = names.class_fact(world, ref)
        bases = [names.resolve_expression(world, ref.path, each) for each in fact.bases] if fact is not None else []
        if any(isinstance(each, names.Outside) and each.name in _ENUMS for each in bases):
            return PythonType(code, None, False)
    return None


def spelt(world: World, path: str, name: str, *, is_default: bool = False) -> PythonType | None:
    """A dotted name of the standard library (or a builtin) as the file spells it, with the import that this needs."""
    module, _, last = name.rpartition(".")
    facts = world.facts(path)
    if facts is None:
        return None
    if not module:
        return PythonType(name, None, is_default) if names.resolve(world, path, name) is None else None
    whole, single = ImportFact(module, "", 0), ImportFact(module, last, 0)
    # The import is asked for even where there is one: that may stand under `if TYPE_CHECKING:`.
    for wanted, code in ((single, last), (whole, f"{module}.{last}")):
        if facts.imports.get(code.split(".", 1)[0]) == wanted:
            return PythonType(code, (module, wanted.name), is_default)
    for local, fact in facts.imports.items():
        if fact in (single, whole):
            return PythonType(local if fact == single else f"{local}.{last}", None, is_default)
    wanted, code = (whole, f"{module}.{last}") if module in _BY_MODULE else (single, last)
    if names.resolve(world, path, code.split(".", 1)[0]) is not None:
        return None
    return PythonType(code, (module, wanted.name), is_default)


def optional(world: World, path: str, code: str) -> tuple[str, tuple[str, str] | None]:
    """An annotation that admits None, and the import that it needs: `Optional[...]` where the file writes so."""
    facts = world.facts(path)
    if facts is not None and facts.imports.get("Optional") == ImportFact("typing", "Optional", 0):
        return f"Optional[{code}]", ("typing", "Optional")
    return f"{code} | None", None
