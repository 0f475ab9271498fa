from __future__ import annotations

import re
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

_WHEN = r"(?:_(?:at|on|time|date|datetime|dttm|timestamp|ts|utc))?"
_NAME = re.compile(
    rf"(?:last_)?(?:updated|modified|changed){_WHEN}"
    rf"|(?:last_)(?:update|change|modification){_WHEN}"
    r"|(?:update|modification|change)_(?:time|date|datetime|timestamp|ts)"
    r"|(?:date|time|datetime|timestamp|dttm)_(?:last_)?(?:updated|modified|changed)",
)
"""Names that promise the time of the last change."""

_TIMES = frozenset("DateTime DATETIME TIMESTAMP TIMESTAMPTZ DATETIME2 DATETIMEOFFSET".split())
_VALUES = frozenset(("default", "insert_default", "server_default", "default_factory"))
_UPDATES = frozenset(("onupdate", "server_onupdate"))


@rule("ALC308", "missing-onupdate", severity=Severity.WARNING, fix="unsafe")
class MissingOnupdate(Rule):
    """A column that is called `updated_at` gets a time at INSERT, and keeps it for ever.

    ## Why
    `default=` and `server_default=` speak at INSERT only. An UPDATE of the row writes the columns that changed and
    leaves this one as it was: it reads like the time of the last change, and is the time of the first.
    `onupdate=` adds it to every UPDATE of the ORM, and of `update()` too.

    ## Example
    ```python
    from datetime import datetime

    from sqlalchemy import func
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ```

    ## Use instead
    ```python
    from datetime import datetime

    from sqlalchemy import func
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    ```

    ## Fix safety
    Unsafe: UPDATE statements write one column more, and in the ORM the value is read again by a SELECT when it is
    next wanted, unless the mapper has `eager_defaults`.

    ## What it cannot see
    Triggers that are made in the database alone. Where the project's code, tests aside, gives a value to anything of
    that name (`item.updated_at = ...`, `values(updated_at=...)`, `{"updated_at": ...}`), it is taken to look after
    the column itself, and nothing is said; so with `FetchedValue()` and with a column without any default.

    ## References
    - [Column INSERT/UPDATE defaults](https://docs.sqlalchemy.org/en/20/core/defaults.html)
    - [Column.onupdate](https://docs.sqlalchemy.org/en/20/core/metadata.html#sqlalchemy.schema.Column.params.onupdate)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A column by such a name, with a default and nothing for updates."""
        if is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            if column.call is None or column.has_star or column.primary_key or not _NAME.fullmatch(column.attribute):
                continue
            given = column.keywords.keys()
            if given & _UPDATES or not given & _VALUES or not _is_time(declared, column) or _is_fetched(column):
                continue
            if any(declared.world.writes(name) for name in {column.attribute, column.name}):
                continue
            yield Hit(
                column.call,
                f"`{column.owner.plain}.{column.attribute}` is set when a row is inserted, and no UPDATE changes it. "
                "Add `onupdate=func.now()`.",
                fix=_fix(column),
            )


def _is_time(declared: ModelDeclared, column: ColumnInfo) -> bool:
    """Whether the column certainly holds a time."""
    if column.type is not None:
        kind = column.type.func if isinstance(column.type, n.Call) else column.type
        binding = names.resolve_expression(declared.world, column.place.path, kind)
        if isinstance(binding, names.InProject):
            last = binding.ref.name.lower()
            return "datetime" in last or "timestamp" in last
        return column.type_name in _TIMES
    if column.annotation is None:
        return False
    return any(_is_datetime(declared, column.owner, each) for each in _inner_names(column.annotation))


def _inner_names(node: n.Expr) -> Iterator[n.Expr]:
    """The names that an annotation is made of: those in brackets and around a `|`."""
    match node:
        case n.Subscript(index=n.TupleExpr(elts=elts)):
            yield from (inner for each in elts for inner in _inner_names(each))
        case n.Subscript(index=index):
            yield from _inner_names(index)
        case n.BinOp(op="|", left=left, right=right):
            yield from _inner_names(left)
            yield from _inner_names(right)
        case _:
            yield node


def _is_datetime(declared: ModelDeclared, owner: Ref, node: n.Expr) -> bool:
    return names.resolve_expression(declared.world, owner.path, node) == names.Outside("datetime.datetime")


def _is_fetched(column: ColumnInfo) -> bool:
    """Whether the database is said to make the value by means of its own."""
    match column.keywords.get("server_default"):
        case n.Call(func=n.Name(id="FetchedValue") | n.Attribute(attr="FetchedValue")):
            return True
        case n.Name(id="FetchedValue") | n.Attribute(attr="FetchedValue"):
            return True
        case _:
            return False


def _fix(column: ColumnInfo) -> Fix | None:
    if column.call is None or column.style == "field":
        return None
    ops = (AddKeyword(column.call, "onupdate", "func.now()"), AddImport(column.call, "sqlalchemy", "func"))
    return Fix("Add `onupdate=func.now()`", False, ops)
