from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AnyOp, Fix, SetKeyword
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.annotations import admit_none, admits_none, mapped_inner, never_none
from sqlassay.rules.models.columns import is_migration, own_columns, within
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo
from sqlassay.syntax import nodes as n

_EVENTS = ("ondelete", "onupdate")


@rule("ALC329", "ondelete-set-null-not-null", severity=Severity.ERROR, fix="unsafe")
class OndeleteSetNullNotNull(Rule):
    """A foreign key says `SET NULL`, and its column cannot be NULL: deleting a parent always fails.

    ## Why
    With `ondelete="SET NULL"` the database writes NULL into the rows that point at a deleted parent. Where the column
    is NOT NULL, PostgreSQL, SQLite and Oracle refuse the DELETE of every parent that has children; MySQL and SQL Server
    refuse to make the table. `Mapped[int]` is NOT NULL too.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    ```

    ## Fix safety
    Unsafe: the column may then be NULL, which the schema and the code that reads it must know. Where children are to
    go with their parent, `CASCADE` is meant.

    ## What it cannot see
    `ForeignKeyConstraint`, and columns whose annotation is an alias.

    ## References
    - [ON UPDATE and ON DELETE](https://docs.sqlalchemy.org/en/20/core/constraints.html#on-update-and-on-delete)
    - [PostgreSQL: foreign keys](https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A foreign key of the class's own columns with such an action."""
        if is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            for key in column.foreign_keys:
                for name in _EVENTS:
                    yield from _judged(declared, column, key, name)


def _judged(declared: ModelDeclared, column: ColumnInfo, key: ForeignKeyInfo, name: str) -> Iterator[Hit]:
    node = next((each.value for each in key.node.keywords if each.name == name), None)
    if not isinstance(node, n.Constant) or not isinstance(node.value, str) or not node.value:
        return
    place = within(key.place, node)
    action = " ".join(node.value.upper().split())
    if action == "SET NULL" and _never_null(declared, column):
        done = "deleting" if name == "ondelete" else "changing the key of"
        yield Hit(
            place,
            f"`{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}` cannot be NULL: {done} a parent with "
            "children fails, or the table is refused. Let the column be NULL, or write `CASCADE` or `RESTRICT`.",
            fix=_fix(declared, column),
        )


def _never_null(declared: ModelDeclared, column: ColumnInfo) -> bool:
    """Whether the column is certainly NOT NULL."""
    if column.nullable is not False or column.has_star:
        return False
    if column.primary_key or "nullable" in column.keywords:
        return True
    inner = _inner(declared, column)
    return inner is not None and never_none(declared.world, column.owner.path, inner)


def _inner(declared: ModelDeclared, column: ColumnInfo) -> n.Expr | None:
    """The type that decides whether the column may be NULL."""
    if column.annotation is None or column.style == "field":
        return column.annotation
    return mapped_inner(declared.world, column.owner.path, column.annotation)


def _fix(declared: ModelDeclared, column: ColumnInfo) -> Fix | None:
    if column.primary_key or column.call is None or column.style == "field":
        return None
    ops: tuple[AnyOp, ...] = ()
    if "nullable" in column.keywords:
        ops = (SetKeyword(column.call, "nullable", "True"),)
    inner = _inner(declared, column)
    if column.annotation is not None and inner is not None and not admits_none(inner):
        widened = admit_none(declared.world, column.place, column.annotation, inner)
        if widened is None:
            return None
        ops = (*ops, *widened)
    return Fix("Let the column be NULL", False, ops) if ops else None
