from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.annotations import admits_none, mapped_inner, without_none
from sqlassay.rules.models.columns import is_migration, maps_dataclass, own_columns, within
from sqlassay.rules.models.python_types import optional
from sqlassay.rules.models.sql_types import SqlType, type_of
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_BUILTINS = frozenset("int str float bool bytes dict list set tuple".split())
_OPEN = frozenset(("typing.Any", "typing.Optional", "typing.Union", "typing.Annotated", "typing.TypeVar"))
_STANDARD = frozenset(("datetime", "uuid", "decimal", "enum", "typing", "collections", "pathlib", "ipaddress"))
_VALUES = ("default", "insert_default", "default_factory", "server_default")
_HOLDS_NONE = frozenset(("json", "pickle", "array", None))
"""Kinds of columns that may hold a None of their own in a row that is not NULL (JSON's null); None: nobody knows."""


@rule("ALC326", "nullable-annotation-mismatch", severity=Severity.WARNING, sqlalchemy=">=2.0", fix="safe")
class NullableAnnotationMismatch(Rule):
    """A column's annotation and its `nullable=` (or `primary_key=True`) disagree on whether it can be NULL.

    ## Why
    `nullable=` decides what the table says; the annotation is what people and type checkers read. With
    `Mapped[str] = mapped_column(nullable=True)` the attribute is None for rows without a value, and no type checker
    asks for the case. With `Mapped[str | None] = mapped_column(nullable=False)` they ask for a None that no row can
    have, and accept one that the INSERT then fails on. A primary key annotated with None is made as a column that may
    be NULL, which SQL Server refuses.

    ## Example
    ```python
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        note: Mapped[str] = mapped_column(String(50), nullable=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        note: Mapped[str | None] = mapped_column(String(50))
    ```

    ## Fix safety
    Safe: the annotation is made to say what the table says. The table stays as it is.

    ## What it cannot see
    Annotations by a name of the project's (`Annotated` types), which may hold None themselves, and columns of types
    that may make something else of NULL: those of a TypeDecorator and those it does not know. JSON, PickleType and
    ARRAY columns may hold a None that is no NULL, so `nullable=False` is not held against their annotation. A column
    with a default is NULL only where somebody writes so, and is left alone.

    ## References
    - [mapped_column derives the datatype and nullability from the Mapped annotation](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#mapped-column-derives-the-datatype-and-nullability-from-the-mapped-annotation)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A `mapped_column` of the class's own whose annotation says other than its arguments."""
        if is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            if column.style == "mapped" and column.annotation is not None and not column.has_star:
                yield from _judged(declared, column, column.annotation)


def _judged(declared: ModelDeclared, column: ColumnInfo, annotation: n.Expr) -> Iterator[Hit]:
    inner = mapped_inner(declared.world, column.owner.path, annotation)
    if inner is None:
        return
    admits = admits_none(inner)
    attribute = f"{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}"
    given = column.keywords.get("nullable")
    says = given.value if isinstance(given, n.Constant) and isinstance(given.value, bool) else None
    kind = type_of(declared.world, column)
    if column.type is not None and (kind is None or kind.decorated):
        return
    place = within(column.place, annotation)
    plain = says is True and not column.primary_key and not _has_default(column)
    if plain and not admits and _is_closed(declared.world, column.owner.path, inner):
        yield Hit(
            place,
            f"`{attribute}` is None where the column is NULL (`nullable=True`), and its annotation says it never is. "
            "Annotate it with `| None`.",
            fix=_widened(declared, column, annotation, inner),
        )
    elif says is False and admits and not _holds_none(column, kind):
        yield Hit(
            place,
            f"The column of `{attribute}` cannot be NULL (`nullable=False`), and its annotation admits None. "
            "Take the None off the annotation.",
            fix=_narrowed(column, annotation, inner),
        )
    elif given is None and column.primary_key and admits and not maps_dataclass(declared.world, declared.model.ref):
        yield Hit(
            place,
            f"`{attribute}` is a primary key, and its annotation makes a column of it that may be NULL. "
            "Take the None off the annotation.",
            fix=_narrowed(column, annotation, inner),
        )


def _has_default(column: ColumnInfo) -> bool:
    """Whether rows that nobody gives a value get one all the same."""
    given = (column.keywords.get(each) for each in _VALUES)
    return any(each is not None and not (isinstance(each, n.Constant) and each.kind == "none") for each in given)


def _holds_none(column: ColumnInfo, kind: SqlType | None) -> bool:
    return column.type is not None and (kind.kind if kind is not None else None) in _HOLDS_NONE


def _is_closed(world: World, path: str, node: n.Expr) -> bool:
    """Whether a type certainly does not admit None: no `Any`, no alias, nothing that is not known."""
    match node:
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return inner is not None and _is_closed(world, path, inner)
        case n.Subscript(value=value):
            return _is_closed(world, path, value)
        case n.BinOp(op="|", left=left, right=right):
            return _is_closed(world, path, left) and _is_closed(world, path, right)
        case n.Name(id=name) if names.resolve(world, path, name) is None:
            return name in _BUILTINS
        case n.Name() | n.Attribute():
            binding = names.resolve_expression(world, path, node)
            if isinstance(binding, names.Outside):
                return binding.name not in _OPEN and binding.name.split(".", 1)[0] in _STANDARD
            return isinstance(binding, names.InProject) and binding.kind == "class"
        case _:
            return False


def _widened(declared: ModelDeclared, column: ColumnInfo, annotation: n.Expr, inner: n.Expr) -> Fix | None:
    """`| None` on the annotation, where it is no string."""
    if isinstance(annotation, n.Constant) or isinstance(inner, n.Constant):
        return None
    place = within(column.place, inner)
    code, needs = optional(declared.world, column.place.path, "{0}")
    ops: tuple[AnyOp, ...] = (Replace(place, code, (place,)),)
    if needs is not None:
        ops = (*ops, AddImport(place, *needs))
    return Fix("Admit None in the annotation", True, ops)


def _narrowed(column: ColumnInfo, annotation: n.Expr, inner: n.Expr) -> Fix | None:
    """The annotation without its None, where it is no string."""
    if isinstance(annotation, n.Constant):
        return None
    left = without_none(inner)
    if left is None:
        return None
    whole, part = within(column.place, inner), within(column.place, left)
    return Fix("Take None off the annotation", True, (Replace(whole, "{0}", (part,)),))
