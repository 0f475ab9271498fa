from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration
from sqlassay.rules.models.sql_types import type_argument, type_made
from sqlassay.semantics.events import ColumnMade
from sqlassay.syntax import nodes as n


@rule("ALC342", "pickle-type-column", severity=Severity.WARNING, presets=())
class PickleTypeColumn(Rule):
    """A `PickleType` column: reading a row runs whatever code its bytes name.

    ## Why
    `PickleType` calls `pickle.loads` on what the row holds. A pickle can call any function, so whoever can write to the
    table runs code in every process that reads it. The database cannot look into the value either, and a class that
    was moved or renamed makes old rows unreadable. JSON has none of this. Where nobody else can write to the table
    this may be a choice: the rule is off by default.

    ## Example
    ```python
    from typing import Any

    from sqlalchemy import PickleType
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[Any] = mapped_column(PickleType)
    ```

    ## Use instead
    ```python
    from typing import Any

    from sqlalchemy import JSON
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[Any] = mapped_column(JSON)
    ```

    ## Fix safety
    There is no fix: the rows that are there have to be read and written again.

    ## What it cannot see
    Types of the project's own that are made of it. A column with a `pickler=` of its own is not judged: it may be JSON.

    ## References
    - [PickleType](https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.PickleType)
    - [Python: the pickle module is not secure](https://docs.python.org/3/library/pickle.html)
    """

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """A column of that type."""
        if is_migration(made.world, made.path):
            return
        found = type_made(made)
        written = type_argument(made.call)
        if found is None or found.decorated or found.name != "PickleType" or written is None:
            return
        if isinstance(found.node, n.Call) and any(each.name in ("pickler", None) for each in found.node.keywords):
            return
        yield Hit(
            made.at(written),
            "Reading this column unpickles it: whoever can write to the table runs code here. Use `JSON`.",
        )
