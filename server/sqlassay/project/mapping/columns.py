"""Columns as their calls and annotations declare them. Foreign keys are read here and resolved in `tables`."""

from __future__ import annotations

from msgspec import Struct, field

from sqlassay.facts.model import VariableFact
from sqlassay.project.mapping import hints, reading, sqltypes
from sqlassay.project.mapping.hints import Held, PythonType
from sqlassay.project.mapping.registries import RegistryInfo
from sqlassay.project.mapping.things import Arguments, Attr, Const, Made, Map, Scope, Thing, Unread
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo, TypeInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

STYLES = {"sa:Column": "column", "sa:mapped_column": "mapped", "sa:Field": "field"}
"""Calls that make a column."""

_GENERATED = {"sa:Computed": "Computed", "sa:Identity": "Identity", "sa:Sequence": "Sequence"}
_DEFAULTS = {"sa:FetchedValue": "server_default", "sa:DefaultClause": "server_default", "sa:ColumnDefault": "default"}


class RawKey(Struct):
    """A foreign key before it is resolved: what it points to, and what its call says."""

    target: Thing
    info: ForeignKeyInfo


class RawColumn(Struct):
    """A column before its foreign keys are resolved and its type is taken over from them."""

    info: ColumnInfo
    keys: list[RawKey] = field(default_factory=list)
    checks: list[Made] = field(default_factory=list)
    key: str = ""
    """What a Table knows it by (`Column.key`)."""
    identity: str = ""
    """The call that makes it: a column held by a variable is one column, wherever the variable is used."""


class Source(Struct):
    """What a column is made from: the assignment, where it stands, and the class it is made for."""

    owner: Ref
    fact: VariableFact
    scope: Scope
    flavour: str = "declarative"
    registry: RegistryInfo | None = None
    direct: bool = True
    """The call stands in the assignment itself."""

    @property
    def place(self) -> Place:
        return Place(self.scope.path, self.fact.anchor, self.fact.start, self.fact.end)


def from_call(world: World, source: Source, made: Made) -> RawColumn:
    """The column that `Column(...)`, `mapped_column(...)` or `Field(...)` makes."""
    style = STYLES[made.name]
    opened = reading.made_arguments(world, made)
    held = hints.held(world, source.fact.annotation, source.scope)
    if held is not None and not held.container and style == "mapped":
        held = None
    out = _blank(source, made, style, opened)
    info = out.info
    if style == "field":
        held = hints.held(world, source.fact.annotation, source.scope)
        _field(world, source, made, opened, out)
    else:
        _positional(world, source, opened, out)
    _keywords(world, opened, out)
    found = hints.unfold(world, held.inner, held.scope) if held is not None else None
    if found is not None and (style != "column"):
        annotated(world, source, found, out, opened)
    elif info.primary_key and "nullable" not in opened.keywords:
        info.nullable = False
    out.key = _text(world, opened, "key") or info.name
    return out


def from_annotation(world: World, source: Source, held: Held) -> RawColumn:
    """The column of `name: Mapped[str]` with nothing assigned, or of a plain SQLModel field."""
    opened = Arguments([], {}, True)
    out = _blank(source, None, "annotation" if held.container else "field", opened)
    found = hints.unfold(world, held.inner, held.scope)
    out.info.nullable = False
    annotated(world, source, found, out, opened)
    out.key = out.info.name
    return out


def _blank(source: Source, made: Made | None, style: str, opened: Arguments) -> RawColumn:
    fact = source.fact
    call = made.place if made is not None and source.direct else None
    return RawColumn(
        ColumnInfo(
            fact.name,
            fact.name,
            source.owner,
            style,
            fact.annotation,
            None,
            None,
            False,
            style in ("column", "mapped"),
            False,
            False,
            (),
            {name: node for name, (node, _) in opened.keywords.items()},
            not opened.whole or (made is not None and _has_star(made.call)),
            source.place,
            call,
            attributes=(fact.name,),
            certain=opened.whole,
        ),
        identity=made.identity if made is not None else "",
    )


def _number(world: World, opened: Arguments, name: str) -> int | None:
    given = opened.keywords.get(name)
    found = reading.constant(world, *given) if given is not None else None
    return found.value if found is not None and isinstance(found.value, int) else None


def _has_star(call: n.Call) -> bool:
    return any(each.name is None for each in call.keywords) or any(isinstance(each, n.Starred) for each in call.args)


def _text(world: World, opened: Arguments, name: str) -> str | None:
    given = opened.keywords.get(name)
    return reading.text(world, *given) if given is not None else None


# -------------------------------------------------------------------- arguments


def _positional(world: World, source: Source, opened: Arguments, out: RawColumn) -> None:
    info = out.info
    for index, (node, scope) in enumerate(opened.positional):
        thing = reading.read(world, node, scope)
        match thing:
            case Const(value=str(name)) if index == 0:
                info.name = name
            case Const():
                pass
            case Made(name="sa:ForeignKey"):
                out.keys.append(foreign_key(world, thing, source))
            case Made(name=name) if name in _GENERATED:
                info.generated = _GENERATED[name]
            case Made(name=name) if name in _DEFAULTS:
                setattr(info, _DEFAULTS[name], node)
            case Made(name="sa:CheckConstraint"):
                out.checks.append(thing)
            case _:
                _type(world, thing, node, out)


def _type(world: World, thing: Thing, node: n.Expr, out: RawColumn) -> None:
    info = out.info
    if info.type is not None:
        return
    found = sqltypes.of_thing(world, thing)
    info.type = node
    if found is not None:
        info.sql_type = found
        info.type_name = _library_name(thing, node)
    else:
        info.certain = info.certain and not isinstance(thing, Unread)


def _library_name(thing: Thing, node: n.Expr) -> str | None:
    """The name of a SQL type of SQLAlchemy itself, where the argument is that type and nothing more."""
    if isinstance(node, n.Call) and isinstance(thing, Made) and thing.call is not node:
        return None
    name = ""
    if isinstance(thing, names.Outside):
        name = canonical(thing.name)
    elif isinstance(thing, Made) and thing.ref is None:
        name = thing.name
    return name.split(":", 1)[1] if name.startswith(("sa:", "dialect:")) else None


def _keywords(world: World, opened: Arguments, out: RawColumn) -> None:
    info = out.info
    given = opened.keywords
    if "name" in given and info.style != "field":
        info.name = reading.text(world, *given["name"]) or info.name
    for name in ("type_", "sa_type"):
        if name in given:
            _type(world, reading.read(world, *given[name]), given[name][0], out)
    for name in ("primary_key", "unique", "index"):
        if name in given:
            found = reading.constant(world, *given[name])
            setattr(info, name, found is not None and found.value is True)
            info.certain = info.certain and found is not None
    if "nullable" in given:
        found = reading.constant(world, *given["nullable"])
        info.nullable = found.value if found is not None and isinstance(found.value, bool) else None
    elif not opened.whole and info.style != "annotation":
        info.nullable = None
    elif info.generated == "Identity" and info.style == "column":
        info.nullable = False
    if "autoincrement" in given:
        found = reading.constant(world, *given["autoincrement"])
        info.autoincrement = found.value if found is not None and isinstance(found.value, bool) else None
    if "deferred" in given:
        found = reading.constant(world, *given["deferred"])
        info.deferred = found is not None and found.value is True
    for name, keyword in (
        ("default", "insert_default"),
        ("default", "default"),
        ("server_default", "server_default"),
        ("onupdate", "onupdate"),
    ):
        if keyword in given and getattr(info, name) is None:
            setattr(info, name, given[keyword][0])


def _field(world: World, source: Source, made: Made, opened: Arguments, out: RawColumn) -> None:
    """SQLModel's `Field(...)`."""
    info = out.info
    info.nullable = None
    target = opened.keywords.get("foreign_key")
    if target is not None:
        written = reading.text(world, *target)
        if written is not None:
            key = ForeignKeyInfo(written, "ondelete" in opened.keywords, made.place, made.call)
            key.ondelete = _text(world, opened, "ondelete")
            out.keys.append(RawKey(Const(written), key))
        elif reading.read(world, *target) != Const(None):
            info.certain = False
    for name in ("sa_column_args",):
        if name in opened.keywords:
            found, whole = reading.items(world, *opened.keywords[name])
            _positional(world, source, Arguments(found, {}, whole), out)
    if "sa_column_kwargs" in opened.keywords:
        given = reading.read(world, *opened.keywords["sa_column_kwargs"])
        if isinstance(given, Map):
            inner = {key.value: (node, scope) for key, node, scope in given.entries if isinstance(key, Const)}
            _keywords(world, Arguments([], inner, given.whole), out)
            if "name" in inner:
                info.name = reading.text(world, *inner["name"]) or info.name
        info.has_star = True
    digits = [_number(world, opened, each) for each in ("max_digits", "decimal_places")]
    if digits[0] is not None and info.sql_type is None:
        sql = f"NUMERIC({digits[0]}, {digits[1]})" if digits[1] is not None else f"NUMERIC({digits[0]})"
        info.sql_type = TypeInfo("Numeric", sql, tuple(digits), origin="")
    length = opened.keywords.get("max_length")
    if length is not None and info.sql_type is None:
        found_length = reading.constant(world, *length)
        if found_length is not None and isinstance(found_length.value, int):
            info.sql_type = TypeInfo("AutoString", f"VARCHAR({found_length.value})", (found_length.value,), origin="")


# ------------------------------------------------------------------- annotations


def annotated(world: World, source: Source, found: PythonType, out: RawColumn, opened: Arguments) -> None:
    """Give a column what its annotation says; `opened` are the arguments of its call."""
    info = out.info
    inner = hints.mapped_column_in(world, found)
    if inner is not None:
        _merge(world, source, inner, out, opened)
    given = "nullable" in opened.keywords
    if not given and inner is not None and "nullable" in reading.made_arguments(world, inner).keywords:
        given = True
    if not given:
        info.nullable = found.optional if not (info.primary_key and source.flavour == "sqlmodel") else False
        if info.primary_key and not found.optional:
            info.nullable = False
        if not opened.whole and info.nullable is False and source.flavour != "sqlmodel":
            info.nullable = None
    info.certain = info.certain and found.certain
    if info.sql_type is None or info.sql_type.origin == "":
        length = info.sql_type
        info.sql_type = None
        if not out.keys and info.type is None:
            info.sql_type = sqltypes.of_annotation(world, found, source.registry, source.flavour)
            if length is not None and info.sql_type is not None and info.sql_type.name == length.name:
                info.sql_type = TypeInfo(length.name, length.sql, length.args, origin="annotation")


def _merge(world: World, source: Source, made: Made, out: RawColumn, opened: Arguments) -> None:
    """Take over what the `mapped_column(...)` of an `Annotated` says, where the class says nothing."""
    inner = RawColumn(
        ColumnInfo(**{name: getattr(out.info, name) for name in ColumnInfo.__struct_fields__}), identity=made.identity
    )
    inner.info.type, inner.info.sql_type, inner.info.type_name = None, None, None
    inner.info.default = inner.info.server_default = inner.info.onupdate = None
    given = reading.made_arguments(world, made)
    name = out.info.name
    _positional(world, source, given, inner)
    _keywords(world, given, inner)
    info, other = out.info, inner.info
    info.name = name
    if info.type is None:
        info.type, info.sql_type, info.type_name = other.type, other.sql_type or info.sql_type, other.type_name
    for each in ("primary_key", "unique", "index"):
        if each not in opened.keywords:
            setattr(info, each, getattr(other, each))
    if "nullable" in given.keywords and "nullable" not in opened.keywords:
        info.nullable = other.nullable
    for each in ("default", "server_default", "onupdate", "generated"):
        if getattr(info, each) is None:
            setattr(info, each, getattr(other, each))
    out.keys.extend(inner.keys if not out.keys else ())
    info.certain = info.certain and given.whole


# ------------------------------------------------------------------ foreign keys


def foreign_key(world: World, made: Made, source: Source) -> RawKey:
    """What `ForeignKey(...)` says."""
    opened = reading.made_arguments(world, made)
    target: Thing = Const(None)
    if opened.positional:
        target = reading.read(world, *opened.positional[0])
    elif "column" in opened.keywords:
        target = reading.read(world, *opened.keywords["column"])
    written = made.call.args[0] if made.call.args else None
    plain = target.value if isinstance(target, Const) and isinstance(target.value, str) else None
    place = made.place
    if place.path != source.scope.path or made.scope.function:
        place = source.place
    info = ForeignKeyInfo(
        plain if isinstance(written, n.Constant) or plain is not None else None,
        "ondelete" in opened.keywords or not opened.whole,
        place,
        made.call,
        ondelete=_text(world, opened, "ondelete"),
        onupdate=_text(world, opened, "onupdate"),
        name=_text(world, opened, "name"),
        certain=opened.whole,
    )
    alter = opened.keywords.get("use_alter")
    if alter is not None:
        found = reading.constant(world, *alter)
        info.use_alter = found is None or bool(found.value)
    return RawKey(target, info)


def named_by(thing: Thing) -> tuple[Thing, str] | None:
    """The table (or class) and the name behind `User.id`, `table.c.id`, `User.__table__.c.id`."""
    match thing:
        case Attr(owner=Attr(owner=owner, name="c" | "columns"), name=name):
            return owner, name
        case Attr(owner=names.InProject() | Attr() | Made() as owner, name=name):
            return owner, name
        case _:
            return None
