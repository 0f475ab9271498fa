from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_dataclass, is_migration
from sqlassay.semantics.events import ColumnMade
from sqlassay.syntax import nodes as n


@rule("ALC336", "default-and-server-default", severity=Severity.INFO, presets=())
class DefaultAndServerDefault(Rule):
    """A column has both `default=` and `server_default=`: what SQLAlchemy inserts always has the Python one.

    ## Why
    For an INSERT without a value SQLAlchemy sends the `default`. The one in the table is for those who write past
    SQLAlchemy, and for rows that are there when a migration adds the column. Where the two differ (Python's clock and
    the database's, `0` and `"1"`), rows differ by who wrote them, and nobody notices. Where both are wanted and
    say the same, that is fine: the rule is advice, and off by default.

    ## Example
    ```python
    from datetime import datetime

    from sqlalchemy import DateTime, func
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime, default=datetime.now, server_default=func.now())
    ```

    ## Use instead
    ```python
    from datetime import datetime

    from sqlalchemy import DateTime, func
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime, server_default=func.now())
    ```

    ## Fix safety
    There is no fix: which of the two is meant is not in the code.

    ## What it cannot see
    Whether the two say the same. In a dataclass `default=` is the default of `__init__`, and not judged.

    ## References
    - [Column INSERT/UPDATE defaults](https://docs.sqlalchemy.org/en/20/core/defaults.html)
    """

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """A column that is given both."""
        if made.function == "Field" or is_migration(made.world, made.path):
            return
        names = ("insert_default",) if is_dataclass(made) else ("default", "insert_default")
        python = next((node for each in names if (node := made.keyword_node(each)) is not None), None)
        server = made.keyword_node("server_default")
        if python is None or server is None or _is_none(python) or _is_none(server):
            return
        yield Hit(
            made.at(server),
            "SQLAlchemy's INSERTs write the Python default, never this one: only rows written past it get it. "
            "Keep the one that is meant.",
        )


def _is_none(node: n.Expr) -> bool:
    return isinstance(node, n.Constant) and node.kind == "none"
