from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.rules.models.zones import is_naive, with_zone
from sqlassay.semantics.events import ModelDeclared

_WITHOUT_ZONES = frozenset(("sqlite", "mysql", "mariadb"))
"""Databases whose times have no zone, whatever the type says."""


@rule("ALC335", "naive-datetime-column", severity=Severity.HINT, presets=(), fix="unsafe")
class NaiveDatetimeColumn(Rule):
    """A column holds a date and time without a time zone: what moment it means depends on who wrote it.

    ## Why
    `DateTime` is TIMESTAMP WITHOUT TIME ZONE on PostgreSQL: the database keeps what it is given and gives it back
    naive. Whether that is UTC or the clock of some server is not in the data; around a change of the clock it is
    ambiguous, and comparing it with an aware value raises in Python. `DateTime(timezone=True)` keeps the moment.

    SQLite and MySQL have no such type: projects that run on nothing else hear nothing. The rule is advice, and off by
    default.

    ## Example
    ```python
    from datetime import datetime

    from sqlalchemy import DateTime
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime)
    ```

    ## Use instead
    ```python
    from datetime import datetime

    from sqlalchemy import DateTime
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ```

    ## Fix safety
    Unsafe: the schema changes, the migration has to say which zone the present values are in, and code gets aware
    values.

    ## What it cannot see
    Columns of a `Table(...)`, types of the project's own, and annotations for which the registry may have another type.
    From 0.0.45 on, SQLModel itself keeps a `datetime` with UTC: of its annotations the rule speaks where the project is
    known to run on an older one.

    ## References
    - [DateTime.timezone](https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.DateTime.params.timezone)
    - [PostgreSQL: do not use timestamp without time zone](https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp_.28without_time_zone.29)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A column of the class's own that is such a type."""
        dialects = declared.world.dialects()
        if is_migration(declared.world, declared.path) or (dialects and dialects <= _WITHOUT_ZONES):
            return
        for column in own_columns(declared):
            if is_naive(declared.world, column):
                yield Hit(
                    column.call or column.place,
                    f"`{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}` is kept without a time zone. "
                    "Use `DateTime(timezone=True)`.",
                    fix=with_zone(column),
                )
