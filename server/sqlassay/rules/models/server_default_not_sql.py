from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.model import VariableFact
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.server_defaults import server_default
from sqlassay.rules.spelling import is_taken, sqlalchemy_name
from sqlassay.semantics import names
from sqlassay.semantics import values as v
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.events import ColumnMade
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_KEYWORDS = ("server_default", "server_onupdate")

_LITERALS: dict[type[n.Node], str] = {
    n.Lambda: "a lambda",
    n.ListExpr: "a list",
    n.DictExpr: "a dict",
    n.SetExpr: "a set",
    n.TupleExpr: "a tuple",
}

_NOT_TEXT = frozenset(
    (
        *(f"uuid.uuid{number}" for number in (1, 3, 4, 5, 6, 7, 8)),
        "uuid.UUID",
        "datetime.datetime",
        "datetime.date",
        "datetime.time",
        "datetime.timedelta",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "time.time",
        "decimal.Decimal",
    )
)
"""Functions and classes of Python's library whose results are no strings."""

_CLOCKS = frozenset(("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "time.time"))
_BUILTINS = frozenset("str int float bool dict list set tuple bytes object".split())
_GENERATED = frozenset(("sa:true", "sa:false", "sa:null", "sa:text"))
"""SQLAlchemy's own functions, which make SQL only when they are called."""

_PLAIN_ENUMS = frozenset(("enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"))


@rule("ALC325", "server-default-not-sql", severity=Severity.ERROR, fix="either")
class ServerDefaultNotSql(Rule):
    """`server_default` is given a Python value or function: SQLAlchemy raises an `ArgumentError` at once.

    ## Why
    `server_default` becomes the `DEFAULT` of the column in the database. It takes SQL (`func.now()`, `text("0")`,
    `true()`) or a string, which is rendered as a literal. For anything else, `True`, `0`, `uuid.uuid4`, `func.now`
    without its parentheses, making the column raises, and the module cannot be imported. `server_onupdate` is no
    different.

    Python values and functions go to `default=`.

    ## Example
    ```python
    from sqlalchemy import Boolean
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        active: Mapped[bool] = mapped_column(Boolean, server_default=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy import Boolean, true
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        active: Mapped[bool] = mapped_column(Boolean, server_default=true())
    ```

    ## Fix safety
    Safe for `True`, `False`, numbers and a function of SQLAlchemy that is not called: there is one SQL for each.
    Unsafe for Python's clocks, which become `func.now()`: the database's clock may have another time zone.

    ## What it cannot see
    Values that it cannot follow: what a call of the project returns, and functions with decorators.

    ## References
    - [Server-invoked DDL-explicit default expressions](https://docs.sqlalchemy.org/en/20/core/defaults.html#server-invoked-ddl-explicit-default-expressions)
    - [Column.server_default](https://docs.sqlalchemy.org/en/20/core/metadata.html#sqlalchemy.schema.Column.params.server_default)
    """

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """A column whose default in the database is certainly neither SQL nor a string."""
        for keyword in _KEYWORDS:
            node = server_default(made, keyword)
            what = _not_sql(made, keyword, node) if node is not None else None
            if node is not None and what is not None:
                yield Hit(
                    made.at(node),
                    f"SQLAlchemy raises an `ArgumentError`: `{keyword}` takes SQL or a string, and this is {what}. "
                    f"{_advice(made, node)}",
                    fix=_fix(made, node),
                )


def _not_sql(made: ColumnMade, keyword: str, node: n.Expr) -> str | None:
    """What an expression is, where SQLAlchemy certainly refuses it."""
    literal = _LITERALS.get(type(node))
    if literal is not None:
        return literal
    match node:
        case n.Constant(kind="bytes"):
            return "bytes"
        case n.UnaryOp(op="-", operand=n.Constant(value=int() | float() as value)):
            return f"the number -{value}"
        case n.Call(func=func):
            binding = names.resolve_expression(made.world, made.path, func)
            if isinstance(binding, names.Outside) and binding.name in _NOT_TEXT:
                return f"a Python value, the result of `{binding.name.rsplit('.', 1)[-1]}()`"
            return None
        case n.Attribute(value=owner):
            member = _enum_member(made.world, names.resolve_expression(made.world, made.path, owner), node.attr)
            if member is not None:
                return member
        case _:
            pass
    given = made.keywords.get(keyword)
    return _value(made.world, given) if given is not None else _constant(node)


def _constant(node: n.Expr) -> str | None:
    return _value_of(node.value) if isinstance(node, n.Constant) else None


def _value_of(value: object) -> str | None:
    match value:
        case bool():
            return f"Python's `{value}`"
        case int() | float():
            return f"the number {value}"
        case _:
            return None


def _value(world: World, value: v.Value) -> str | None:
    match value:
        case v.Const(value=inner):
            return _value_of(inner)
        case v.FunctionValue(ref=ref, bound=None):
            fact = names.function_fact(world, ref)
            return "a Python function" if fact is not None and not fact.decorators else None
        case v.LocalFunction():
            return "a Python function"
        case v.External(name=name):
            if name in _NOT_TEXT or name.removeprefix("builtins.") in _BUILTINS:
                return "a Python function"
            return "a function that is not called" if name in _GENERATED or name.startswith("sa:func.") else None
        case _:
            return None


def _enum_member(world: World, owner: names.Binding | None, name: str) -> str | None:
    """A member of an enumeration whose members are no strings."""
    if not isinstance(owner, names.InProject) or owner.kind != "class":
        return None
    line, whole = names.mro(world, owner.ref)
    if not whole or not names.is_enum(world, owner.ref) or not all(_plain_bases(world, each) for each in line):
        return None
    found = names.find_attribute(world, owner.ref, name)
    is_member = found is not None and isinstance(found[1], VariableFact) and found[1].value is not None
    return f"a member of the enumeration `{owner.ref.plain}`" if is_member else None


def _plain_bases(world: World, ref: Ref) -> bool:
    fact = names.class_fact(world, ref)
    if fact is None or fact.decorators:
        return False
    bindings = (names.resolve_expression(world, ref.path, each) for each in fact.bases)
    return all(
        isinstance(each, names.InProject) or (isinstance(each, names.Outside) and each.name in _PLAIN_ENUMS)
        for each in bindings
    )


def _advice(made: ColumnMade, node: n.Expr) -> str:
    written = _sql(made, node)
    if written is None:
        return "Pass it as `default=`, or write SQL: `func.now()`, `text(...)`."
    template, name, _ = written
    return f"Write `{template.format(name)}`." if template else "Call it."


def _sql(made: ColumnMade, node: n.Expr) -> tuple[str, str, bool] | None:
    """The SQL for an expression, the name of SQLAlchemy's that stands for `{0}` in it, and whether it is the same."""
    match node:
        case n.Constant(value=bool(value)):
            return ("{0}()", "true" if value else "false", True)
        case n.Constant(value=int() | float() as value):
            return (f'"{value}"', "", True)
        case n.UnaryOp(op="-", operand=n.Constant(value=int() | float() as value)):
            return (f'"-{value}"', "", True)
        case n.Call(func=func):
            binding = names.resolve_expression(made.world, made.path, func)
        case _:
            binding = names.resolve_expression(made.world, made.path, node)
    if isinstance(binding, names.Outside):
        if binding.name in _CLOCKS:
            return ("{0}.now()", "func", False)
        if not isinstance(node, n.Call) and canonical(binding.name).startswith("sa:"):
            return ("", "", True)
    return None


def _fix(made: ColumnMade, node: n.Expr) -> Fix | None:
    found = _sql(made, node)
    if found is None:
        return None
    template, name, same = found
    place = made.at(node)
    if not template:
        return Fix("Call it", True, (Replace(place, "{0}()", (place,)),))
    if not name:
        return Fix(f"Write `{template}`", True, (Replace(place, template),))
    spelling, imports = sqlalchemy_name(made, place, name)
    if imports and is_taken(made, name):
        return None
    code = template.format(spelling)
    return Fix(f"Write `{code}`", same, (Replace(place, code), *imports))
