from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import TypeInfo

_KINDS: dict[str, str] = {
    **dict.fromkeys(("Integer", "INTEGER", "INT"), "an integer of 32 bits"),
    **dict.fromkeys(("BigInteger", "BIGINT"), "an integer of 64 bits"),
    **dict.fromkeys(("SmallInteger", "SMALLINT"), "an integer of 16 bits"),
    **dict.fromkeys(("String", "Unicode", "VARCHAR", "NVARCHAR", "Text", "UnicodeText", "TEXT", "CHAR"), "a string"),
    **dict.fromkeys(("Uuid", "UUID"), "a UUID"),
    **dict.fromkeys(("DateTime", "DATETIME", "TIMESTAMP"), "a time"),
    **dict.fromkeys(("Date", "DATE"), "a date"),
    **dict.fromkeys(("Boolean", "BOOLEAN"), "a boolean"),
}
"""SQLAlchemy's types, by what a database compares them as. Numbers of different width are of one kind on SQLite."""


@rule("ALC328", "fk-type-mismatch", severity=Severity.WARNING)
class FkTypeMismatch(Rule):
    """A foreign key column has another type than the column it points to.

    ## Why
    PostgreSQL and MySQL refuse the constraint where the types cannot be compared (`VARCHAR` and `UUID`, `INTEGER` and
    `VARCHAR`), so that CREATE TABLE fails; where integers differ in width, the key cannot hold every value that it may
    point to, and MySQL refuses it too. SQLite says nothing, so that it is seen in production first. A column without a
    type takes that of the column it points to.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[str] = mapped_column(String(36), ForeignKey("orders.id"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    No fix: either column may be the one that is wrong, and the schema changes.

    ## What it cannot see
    Types of the project's own, `with_variant()`, and lengths: a string that points to a longer one is allowed.

    ## References
    - [Defining foreign keys](https://docs.sqlalchemy.org/en/20/core/constraints.html#defining-foreign-keys)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Foreign keys of a mapped class's own columns, of known types."""
        if not declared.model.mapped or is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            ours = _kind(column.sql_type)
            if ours is None or (column.sql_type is not None and column.sql_type.origin == "foreign key"):
                continue
            for key in column.foreign_keys:
                table = declared.world.table(key.table, declared.model.metadata) if key.table is not None else None
                other = table.columns.get(key.column or "") if table is not None else None
                theirs = _kind(other.sql_type) if other is not None else None
                if table is None or other is None or theirs is None or theirs == ours or not key.certain:
                    continue
                yield Hit(
                    key.place,
                    f"`{column.name}` is {ours} and `{table.key}.{other.name}`, which it points to, is {theirs}: "
                    "PostgreSQL or MySQL refuse the key, or it cannot hold every value. Leave its type out, to take "
                    "the other's.",
                    (Note(other.place, f"`{table.key}.{other.name}` is {theirs}."),),
                )


def _kind(info: TypeInfo | None) -> str | None:
    if info is None or not info.certain or info.decorator is not None:
        return None
    return _KINDS.get(info.name)
