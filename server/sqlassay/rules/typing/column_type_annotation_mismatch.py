from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.annotations import annotated_kind, mapped_inner
from sqlassay.rules.models.columns import is_migration, own_columns, within
from sqlassay.rules.models.sql_types import SqlType, type_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n

_PYTHON = {
    "text": "str",
    "int": "int",
    "float": "float",
    "decimal": "Decimal",
    "bool": "bool",
    "bytes": "bytes",
    "datetime": "datetime",
    "date": "date",
    "time": "time",
    "interval": "timedelta",
    "uuid": "UUID",
}
"""Kinds of columns whose values are of one Python type."""

_ALSO_RIGHT = frozenset(
    (
        ("bool", "int"),
        ("int", "bool"),
        ("float", "int"),
        ("float", "bool"),
        ("date", "datetime"),
    )
)
"""(annotation, column): pairs whose values pass for each other."""

_SWITCHES = frozenset(("asdecimal", "as_uuid", "native", None))
"""Arguments that make other values of a type; None is `**`."""


@rule("ALC382", "column-type-annotation-mismatch", severity=Severity.WARNING, sqlalchemy=">=2.0")
class ColumnTypeAnnotationMismatch(Rule):
    """A column's annotation names another Python type than its SQL type gives.

    ## Why
    Where `mapped_column` is given a type, SQLAlchemy does not compare it with the annotation. With
    `Mapped[int] = mapped_column(String)` type checkers believe in an int, and rows hold a str: arithmetic raises,
    comparisons are false, and drivers refuse the value on its way in (`Mapped[UUID]` in a String column).

    ## Example
    ```python
    from sqlalchemy import Numeric
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        weight: Mapped[float] = mapped_column(Numeric(10, 3))
    ```

    ## Use instead
    ```python
    from decimal import Decimal

    from sqlalchemy import Numeric
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        weight: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    ```

    ## Fix safety
    There is no fix: either of the two may be what is meant.

    ## What it cannot see
    Types of the project's own, which make other values, and those that hold what they are given: JSON, ARRAY, Enum,
    PickleType. An int passes for a float and a bool, and a datetime for a date.

    ## References
    - [mapped_column derives the datatype and nullability from the Mapped annotation](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#mapped-column-derives-the-datatype-and-nullability-from-the-mapped-annotation)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A column of the class's own whose annotation and type are both plain, and differ."""
        if is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            annotation = column.annotation
            if annotation is None or column.type is None or column.style == "field":
                continue
            path = column.owner.path
            if mapped_inner(declared.world, path, annotation) is None:
                continue
            wanted = annotated_kind(declared.world, path, annotation)
            found = type_of(declared.world, column)
            if wanted is None or found is None or not _is_plain(found, column.type):
                continue
            kind = found.kind
            if kind in _PYTHON and wanted != kind and (wanted, kind) not in _ALSO_RIGHT:
                yield Hit(
                    within(column.place, annotation),
                    f"`{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}` is annotated as {_PYTHON[wanted]}, "
                    f"and a column of {found.name} holds {_PYTHON[kind]}. Make them agree.",
                )


def _is_plain(found: SqlType, written: n.Expr) -> bool:
    """Whether a type's values are those of its kind."""
    if found.decorated or (isinstance(written, n.Call) and isinstance(written.func, n.Attribute) and _varies(written)):
        return False
    call = found.call
    return call is None or not (
        any(each.name in _SWITCHES for each in call.keywords)
        or any(isinstance(each, n.Constant) and each.kind == "bool" for each in call.args)
    )


def _varies(call: n.Call) -> bool:
    return isinstance(call.func, n.Attribute) and call.func.attr == "with_variant"
