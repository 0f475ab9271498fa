from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import DEFAULTS, is_migration, own_columns, within
from sqlassay.rules.models.zones import gives_aware, is_naive, with_zone
from sqlassay.semantics.events import ModelDeclared


@rule("ALC324", "aware-value-for-naive-column", severity=Severity.WARNING, fix="unsafe")
class AwareValueForNaiveColumn(Rule):
    """A column without a time zone has an aware time as its default: the zone is lost, or the driver refuses it.

    ## Why
    `default=lambda: datetime.now(timezone.utc)` gives an aware time, and `DateTime` keeps none. asyncpg refuses the
    INSERT (*can't subtract offset-naive and offset-aware datetimes*). With other drivers the zone is dropped: the
    attribute is aware until the row is read again, and naive from then on, so that comparing it with
    `datetime.now(timezone.utc)` raises a `TypeError` in one place and not in the other.

    ## Example
    ```python
    from datetime import datetime, timezone

    from sqlalchemy import DateTime
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime, default=lambda: datetime.now(timezone.utc))
    ```

    ## Use instead
    ```python
    from datetime import datetime, timezone

    from sqlalchemy import DateTime
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(timezone.utc))
    ```

    ## Fix safety
    Unsafe: the schema changes, and the migration has to say which zone the present values are in.

    ## What it cannot see
    Values that are assigned to the attribute, columns of a `Table(...)`, and clocks of other libraries. It follows
    lambdas, `partial(datetime.now, ...)` and functions of the project whose every return is such a call.

    ## References
    - [DateTime.timezone](https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.DateTime.params.timezone)
    - [Python: aware and naive objects](https://docs.python.org/3/library/datetime.html#aware-and-naive-objects)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A naive column of the class's own with such a default."""
        if is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            if not is_naive(declared.world, column):
                continue
            for name in (*DEFAULTS, "default_factory"):
                node = column.keywords.get(name)
                if node is not None and gives_aware(declared.world, column.owner.path, node):
                    yield Hit(
                        within(column.place, node),
                        f"`{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}` is kept without a time zone, and "
                        "this time has one: asyncpg refuses it, others drop the zone. Use `DateTime(timezone=True)`.",
                        fix=with_zone(column),
                    )
                    break
