from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.rules.models.indexes import known_leading_columns
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo

_INDEXES_KEYS_ITSELF = frozenset(("mysql", "mariadb"))


@rule("ALC310", "missing-fk-index", severity=Severity.WARNING, presets=(), fix="unsafe")
class MissingFkIndex(Rule):
    """A foreign key has no index: finding the rows that point to a parent reads the whole table.

    ## Why
    PostgreSQL, SQLite, Oracle and SQL Server index what a foreign key points at, not the key itself. Loading
    `parent.children`, joining from parent to child, and every DELETE of a parent (which has to look for children) then
    scan the child table. On a table that stays small, or that is never asked in that direction, that is fine: the rule
    is advice, and off by default.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
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
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    ```

    ## Fix safety
    Unsafe: the schema changes. The index needs a migration (on PostgreSQL best made `CONCURRENTLY`), room, and a
    little time at each write.

    ## What it cannot see
    Indexes that only a migration makes. Nothing is said of a table of which not all is known: its `__table_args__`
    cannot be read, or a base of its class is not there. An index, a unique constraint or a primary key that *begins*
    with the column serves as well, and so does an `Index(...)` beside the class. MySQL and MariaDB index foreign keys
    by themselves: projects that run on nothing else hear nothing. Columns of mixins, of `Table(...)` and of a
    `ForeignKeyConstraint` are not judged.

    ## References
    - [Defining foreign keys](https://docs.sqlalchemy.org/en/20/core/constraints.html#defining-foreign-keys)
    - [Indexes](https://docs.sqlalchemy.org/en/20/core/constraints.html#indexes)
    - [PostgreSQL: constraints, foreign keys](https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A foreign key of a mapped class, which leads no index."""
        if not declared.model.mapped or is_migration(declared.world, declared.path):
            return
        dialects = declared.world.dialects()
        if dialects and dialects <= _INDEXES_KEYS_ITSELF:
            return
        keys = [each for each in own_columns(declared) if _has_own_key(each) and each.call is not None]
        leading = known_leading_columns(declared.world, declared.model) if keys else None
        if leading is None:
            return
        for column in keys:
            if not column.has_star and column.name not in leading and not _may_be(column):
                name = f"{declared.model.ref.name.rsplit('.', 1)[-1]}.{column.attribute}"
                parent = column.foreign_keys[0].table
                of = f"a row of `{parent}`" if parent else "a parent"
                yield Hit(
                    column.call or column.place,
                    f"`{name}` has no index: finding what points to {of}, as each delete of one must, reads the whole "
                    "table. Add `index=True`.",
                    fix=_fix(column),
                )


def _has_own_key(column: ColumnInfo) -> bool:
    """Whether a foreign key is the column's alone: one of several columns wants one index for all of them."""
    return any(key.constraint is None for key in column.foreign_keys)


def _may_be(column: ColumnInfo) -> bool:
    """Whether an argument leaves open that there is an index (`index=INDEXED`), or says that there is to be none."""
    return not {"index", "unique", "primary_key"}.isdisjoint(column.keywords) and not column.primary_key


def _fix(column: ColumnInfo) -> Fix | None:
    if column.call is None:
        return None
    return Fix("Add `index=True`", False, (AddKeyword(column.call, "index", "True"),))
