"""SQL types: of type arguments, of Python annotations, and how SQLAlchemy prints them."""

from __future__ import annotations

from msgspec.structs import replace

from sqlassay.facts.model import FunctionFact
from sqlassay.project.mapping import hints, lineage, reading, running
from sqlassay.project.mapping.hints import PythonType
from sqlassay.project.mapping.registries import RegistryInfo
from sqlassay.project.mapping.things import Arguments, Attr, Const, Made, Scope, Seq, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.models import Plain, TypeInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

_SQL = {
    "Integer": "INTEGER",
    "BigInteger": "BIGINT",
    "SmallInteger": "SMALLINT",
    "String": "VARCHAR",
    "Unicode": "VARCHAR",
    "AutoString": "VARCHAR",
    "Text": "TEXT",
    "UnicodeText": "TEXT",
    "Boolean": "BOOLEAN",
    "DateTime": "DATETIME",
    "Date": "DATE",
    "Time": "TIME",
    "Interval": "DATETIME",
    "Float": "FLOAT",
    "Double": "DOUBLE",
    "Numeric": "NUMERIC",
    "LargeBinary": "BLOB",
    "PickleType": "BLOB",
    "JSON": "JSON",
    "Uuid": "CHAR(32)",
    "Enum": "VARCHAR",
    "NullType": "NULL",
    "DOUBLE_PRECISION": "DOUBLE PRECISION",
    "MEDIUMTEXT": "MEDIUMTEXT",
}
"""How types print that are not named as they print."""

_LENGTH = frozenset("String Unicode VARCHAR CHAR NVARCHAR NCHAR AutoString BINARY VARBINARY Text TEXT".split())
_PRECISION = frozenset(("Numeric", "NUMERIC", "DECIMAL"))

_PYTHON = {
    "builtins.int": "Integer",
    "builtins.str": "String",
    "builtins.bool": "Boolean",
    "builtins.float": "Float",
    "builtins.bytes": "LargeBinary",
    "decimal.Decimal": "Numeric",
    "datetime.datetime": "DateTime",
    "datetime.date": "Date",
    "datetime.time": "Time",
    "datetime.timedelta": "Interval",
    "uuid.UUID": "Uuid",
    "builtins.None": "NullType",
}
"""SQLAlchemy's own map of Python types."""

_SQLMODEL = {
    "builtins.str": "AutoString",
    "pathlib.Path": "AutoString",
    "ipaddress.IPv4Address": "AutoString",
    "ipaddress.IPv6Address": "AutoString",
    "pydantic.EmailStr": "AutoString",
    "pydantic.networks.EmailStr": "AutoString",
    "pydantic.types.UUID4": "Uuid",
    "pydantic.UUID4": "Uuid",
}
"""What SQLModel adds to it."""


def type_of(world: World, node: n.Expr, scope: Scope) -> TypeInfo | None:
    """The type that an expression is, or makes; None where it is none that can be read."""
    return of_thing(world, reading.read(world, node, scope))


def of_thing(world: World, thing: Thing) -> TypeInfo | None:
    """The type that something is, an instance or the class alike; None where it is none."""
    match thing:
        case names.Outside(name=name):
            return _library(world, canonical(name), None)
        case Made(ref=None, name=name):
            return _library(world, name, thing)
        case names.InProject(kind="class", ref=ref):
            return _project(world, ref, None)
        case Made(ref=Ref() as ref):
            return _project(world, ref, thing)
        case _:
            return None


def _library(world: World, name: str, made: Made | None) -> TypeInfo | None:
    prefix, _, last = name.partition(":")
    if prefix not in ("sa", "dialect"):
        # A type of another package: its name is all that is known.
        last = name.rsplit(".", 1)[-1]
        return TypeInfo(last, last, certain=False) if _may_be_type(name) else None
    if not last or not last[0].isupper() or last in _NO_TYPES:
        return None
    args, keywords, whole = _arguments(world, made)
    sql = _SQL.get(last, last.upper())
    certain = whole
    if last in _LENGTH:
        length = args[0] if args else dict(keywords).get("length")
        if isinstance(length, int):
            sql += f"({length})"
        elif args or "length" in dict(keywords):
            certain = length is None and certain
    elif last in _PRECISION:
        precision = args[0] if args else dict(keywords).get("precision")
        scale = args[1] if len(args) > 1 else dict(keywords).get("scale")
        if isinstance(precision, int):
            sql += f"({precision}, {scale})" if isinstance(scale, int) else f"({precision})"
    elif last == "Enum":
        longest = _enum_length(world, made)
        certain = certain and longest is not None
        sql += f"({longest})" if longest else ""
    elif last == "Uuid" and made is not None and dict(keywords).get("native_uuid") is False:
        sql = "CHAR(32)"
    return TypeInfo(last, sql, args, keywords, None, "given", certain)


_NO_TYPES = frozenset(
    (
        "Column ForeignKey ForeignKeyConstraint Sequence Identity Computed CheckConstraint FetchedValue DefaultClause "
        "ColumnDefault UniqueConstraint Index Table MetaData PrimaryKeyConstraint ExcludeConstraint Session Mapped"
    ).split()
)

_OTHER_TYPES = (
    "sqlalchemy_utils.",
    "geoalchemy2.",
    "pgvector.",
    "sqlalchemy_json.",
    "fastapi_users",
    "advanced_alchemy",
)


def _may_be_type(name: str) -> bool:
    return name.startswith(_OTHER_TYPES) or name.rsplit(".", 1)[-1].endswith(("Type", "JSON", "UUID", "GUID", "TZ"))


def _arguments(world: World, made: Made | None) -> tuple[tuple[Plain, ...], tuple[tuple[str, Plain], ...], bool]:
    if made is None:
        return (), (), True
    opened = reading.made_arguments(world, made)
    args = []
    for node, scope in opened.positional:
        found = reading.constant(world, node, scope)
        args.append(found.value if found is not None and not isinstance(found.value, tuple) else None)
    keywords = []
    for name, (node, scope) in opened.keywords.items():
        found = reading.constant(world, node, scope)
        keywords.append((name, found.value if found is not None and not isinstance(found.value, tuple) else None))
    return tuple(args), tuple(keywords), opened.whole


def _enum_length(world: World, made: Made | None) -> int | None:
    if made is None:
        return None
    opened = reading.made_arguments(world, made)
    given = opened.keywords.get("length")
    if given is not None:
        found = reading.constant(world, *given)
        return found.value if found is not None and isinstance(found.value, int) else None
    if "values_callable" in opened.keywords or not opened.whole:
        return None
    values: list[str] = []
    for node, scope in opened.positional:
        thing = reading.read(world, node, scope)
        match thing:
            case names.InProject(kind="class", ref=ref):
                values.extend(hints.enum_members(world, ref) or ())
            case Const(value=str(text)):
                values.append(text)
            case Attr() | Seq():
                return None
            case _:
                return None
    return max((len(each) for each in values), default=None)


def _project(world: World, ref: Ref, made: Made | None) -> TypeInfo | None:
    """A type class of the project: TypeDecorator, UserDefinedType, or a subclass of a type."""
    root = lineage.library_root(world, ref)
    last = ref.name.rsplit(".", 1)[-1]
    if root == "sa:TypeDecorator":
        impl = lineage.class_value(world, ref, "impl")
        inner = type_of(world, *impl) if isinstance(impl, tuple) else None
        inner = _loaded(world, ref) or inner
        args, keywords, whole = _arguments(world, made)
        if inner is None:
            return TypeInfo(last, last, args, keywords, ref, "given", False)
        if args or keywords:
            # `TrimmedString(255)` hands its arguments to the implementation, unless it has an __init__ of its own.
            own = lineage.find(world, ref, "__init__") is not None
            size = f"({args[0]})" if not own and args and isinstance(args[0], int) and inner.name in _LENGTH else ""
            return TypeInfo(last, inner.sql + size, args, keywords, ref, "given", inner.certain and not own and whole)
        return TypeInfo(last, inner.sql, (), (), ref, "given", inner.certain and whole)
    if root == "sa:UserDefinedType":
        return TypeInfo(last, _col_spec(world, ref, made) or last, decorator=ref, certain=False)
    if root in ("sa:JSON", "sa:Enum") or (root.startswith(("sa:", "dialect:")) and root.partition(":")[2] in _SQL):
        inner = _library(world, root, Made(root, made.call, made.scope) if made is not None else None)
        return replace(inner, name=last, decorator=ref) if inner is not None else None
    if root.startswith(("sa:", "dialect:")) and root.partition(":")[2].isupper():
        return TypeInfo(last, root.partition(":")[2], decorator=ref, certain=False)
    return TypeInfo(last, last, decorator=ref, certain=False) if _may_be_type(root) else None


def _col_spec(world: World, ref: Ref, made: Made | None) -> str | None:
    """The SQL that a type's `get_col_spec` makes of the arguments it was called with; None where that is not known."""
    mine: dict[str, Thing] = {}
    for name in ("__init__", "get_col_spec"):
        found = lineage.find(world, ref, name)
        node = world.function_node(Ref(found[0].path, f"{found[0].name}.{name}")) if found is not None else None
        if found is None or node is None or not node.params:
            continue
        scope = Scope(found[0].path, found[1].anchor, None, {}, f"{found[0].name}.{name}")
        opened = reading.made_arguments(world, made) if made is not None and name == "__init__" else None
        me = node.params[0].name
        running.bind(world, node.params, opened or Arguments([], {}, True), scope, names.InProject("class", ref))
        scope.names.update({f"{me}.{attribute}": thing for attribute, thing in mine.items()})
        given = running.run(world, node.body, scope)
        if name == "get_col_spec":
            return given.value if isinstance(given, Const) and isinstance(given.value, str) else None
        prefix = f"{me}."
        mine = {key[len(prefix) :]: thing for key, thing in scope.names.items() if key.startswith(prefix)}
    return None


def _loaded(world: World, ref: Ref) -> TypeInfo | None:
    """The type that a `load_dialect_impl` gives where no database is named."""
    found = lineage.find(world, ref, "load_dialect_impl")
    if found is None or not isinstance(found[1], FunctionFact):
        return None
    node = n.Name(0, 0, "dialect")
    scope = Scope(ref.path, "", names={"dialect": names.Outside(reading.DEFAULT_DIALECT)})
    given = Arguments([(node, scope)], {}, True)
    receiver = names.InProject("class", ref)
    method = Ref(found[0].path, f"{found[0].name}.load_dialect_impl")
    return of_thing(world, running.run_function(world, method, found[1], given, receiver, 0))


# ------------------------------------------------------------------ annotations


def of_annotation(world: World, found: PythonType, registry: RegistryInfo | None, flavour: str) -> TypeInfo | None:
    """The type that SQLAlchemy finds for a Python type; None where nobody can say."""
    keys = [*found.keys]
    if found.optional:
        keys = [f"{'|'.join(sorted([each, 'None']))}" for each in found.keys] + keys
    for entry, value, scope in _type_map(world, registry) if registry is not None and registry.types else ():
        if entry in keys:
            given = type_of(world, value, scope)
            return replace(given, origin="annotation") if given is not None else None
    if registry is not None and not registry.types_certain:
        return None
    last = found.keys[-1] if found.keys else ""
    if flavour == "sqlmodel":
        special = _of_sqlmodel(world, found, last)
        if special is not None:
            return special
    name = _PYTHON.get(last)
    if name == "Float" and flavour != "sqlmodel" and world.allows(">=2.1"):
        name = "Double"
    if name is not None:
        return TypeInfo(name, _SQL[name], origin="annotation")
    return _of_class(world, found)


def _type_map(world: World, registry: RegistryInfo) -> list[tuple[str, n.Expr, Scope]]:
    """A `type_annotation_map` by the names of its types."""
    found: list[tuple[str, n.Expr, Scope]] = world.memo.of_given(
        ("type map", registry.key),
        registry.types,
        lambda: [(hints.type_key(world, key, scope), value, scope) for key, value, scope in registry.types],
    )
    return found


def _of_sqlmodel(world: World, found: PythonType, last: str) -> TypeInfo | None:
    name = _SQLMODEL.get(last)
    if name is not None:
        return TypeInfo(name, _SQL[name], origin="annotation")
    return None


def _of_class(world: World, found: PythonType) -> TypeInfo | None:
    node = found.node
    if isinstance(node, n.Subscript):
        owner = names.resolve_expression(world, found.scope.path, node.value, within=found.scope.function)
        if isinstance(owner, names.Outside) and owner.name.endswith(".Literal"):
            items = node.index.elts if isinstance(node.index, n.TupleExpr) else (node.index,)
            texts = [each.value for each in items if isinstance(each, n.Constant) and isinstance(each.value, str)]
            longest = max((len(each) for each in texts), default=0)
            return TypeInfo("Enum", f"VARCHAR({longest})", origin="annotation", certain=len(texts) == len(items))
        return None
    binding = names.resolve_expression(world, found.scope.path, node, within=found.scope.function)
    if not (isinstance(binding, names.InProject) and binding.kind == "class"):
        return None
    members = hints.enum_members(world, binding.ref)
    if members is not None:
        longest = max((len(each) for each in members), default=0)
        return TypeInfo("Enum", f"VARCHAR({longest})", origin="annotation", certain=bool(members))
    name = _PYTHON.get(lineage.library_root(world, binding.ref))
    return TypeInfo(name, _SQL[name], origin="annotation") if name is not None else None
