from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AnyOp, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.annotations import (
    admit_none,
    admits_none,
    mapped_inner,
    never_none,
    take_none_off,
)
from sqlassay.rules.models.columns import is_migration, maps_dataclass, own_columns, within
from sqlassay.rules.models.sql_types import SqlType, type_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo
from sqlassay.syntax import nodes as n

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
    world = declared.world
    inner = mapped_inner(world, column.owner.path, annotation)
    if inner is None:
        return
    admits = admits_none(inner)
    attribute = f"{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}"
    given = column.keywords.get("nullable")
    says = given.value if isinstance(given, n.Constant) and isinstance(given.value, bool) else None
    kind = type_of(world, column)
    if column.type is not None and (kind is None or kind.decorated):
        return
    place = within(column.place, annotation)
    plain = says is True and not column.primary_key and not _has_default(column)
    if plain and not admits and never_none(world, column.owner.path, inner):
        yield Hit(
            place,
            f"`{attribute}` is None where the column is NULL (`nullable=True`), and its annotation says it never is. "
            "Annotate it with `| None`.",
            fix=_fix("Admit None in the annotation", admit_none(world, column.place, annotation, inner)),
        )
    elif says is False and admits and not _holds_none(column, kind):
        yield Hit(
            place,
            f"The column of `{attribute}` cannot be NULL (`nullable=False`), and its annotation admits None. "
            "Take the None off the annotation.",
            fix=_fix("Take None off the annotation", take_none_off(column.place, annotation, inner)),
        )
    elif given is None and column.primary_key and admits and not maps_dataclass(world, declared.model.ref):
        yield Hit(
            place,
            f"`{attribute}` is a primary key, and its annotation makes a column of it that may be NULL. "
            "Take the None off the annotation.",
            fix=_fix("Take None off the annotation", take_none_off(column.place, annotation, inner)),
        )


def _has_default(column: ColumnInfo) -> bool:
    """Whether rows that nobody gives a value get one all the same."""
    given = (column.keywords.get(each) for each in _VALUES)
    return any(each is not None and not (isinstance(each, n.Constant) and each.kind == "none") for each in given)


def _holds_none(column: ColumnInfo, kind: SqlType | None) -> bool:
    return column.type is not None and (kind.kind if kind is not None else None) in _HOLDS_NONE


def _fix(title: str, ops: tuple[AnyOp, ...] | None) -> Fix | None:
    return Fix(title, True, ops) if ops is not None else None
