from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, RemoveKeyword
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.constraints import own_table
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import IndexInfo, TableInfo
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_PLAIN = frozenset({"name", "unique", "info", "quote"})
"""Keywords of an Index that leave it an ordinary one."""


@rule("ALC343", "redundant-index", severity=Severity.HINT, presets=(), fix="unsafe")
class RedundantIndex(Rule):
    """An index covers what the primary key, a unique constraint or another index begins with.

    ## Why
    The database keeps an index for the primary key and for each unique constraint, and finds rows by the first columns
    of an index as well as by all. A second index of the same costs room and time at every write, and is never needed.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True, index=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    Unsafe: the schema changes; the index of an existing database needs a migration. Offered for `index=True`.

    ## What it cannot see
    Indexes that only a migration makes. Unique indexes, partial ones, and those with options of a database are left
    alone; so is `unique=True` with `index=True`, which makes one index.

    ## References
    - [Indexes](https://docs.sqlalchemy.org/en/20/core/constraints.html#indexes)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """The plain indexes of the class's own table."""
        table = own_table(declared)
        for index in table.indexes if table is not None else ():
            if table is None or index.unique or not _is_plain(index) or index.place.path != declared.path:
                continue
            cover = _cover(table, index)
            if cover is not None:
                what, place = cover
                columns = ", ".join(f"`{each}`" for each in index.columns)
                yield Hit(
                    index.place,
                    f"This index of {columns} is never needed: {what} begins with the same. Remove it.",
                    (Note(place, "It serves as well."),) if place != index.place else (),
                    _fix(table, index),
                )


def _is_plain(index: IndexInfo) -> bool:
    if not index.certain or index.partial or None in index.columns or not index.columns:
        return False
    return index.node is None or all(each.name in _PLAIN for each in index.node.keywords)


def _cover(table: TableInfo, index: IndexInfo) -> tuple[str, Place] | None:
    """What else finds rows by the columns of an index."""
    wanted = index.columns
    if table.primary_key[: len(wanted)] == wanted:
        return "the primary key", table.place
    for each in table.constraints:
        if each.kind == "unique" and each.certain and each.columns[: len(wanted)] == wanted:
            return "a unique constraint", each.place
    for other in table.indexes:
        if other is index or not _is_plain(other) or other.columns[: len(wanted)] != wanted:
            continue
        # Of two that are the same, the later is told.
        if len(other.columns) > len(wanted) or other.unique or other.place.start < index.place.start:
            return "another index", other.place
    return None


def _fix(table: TableInfo, index: IndexInfo) -> Fix | None:
    column = table.columns.get(index.columns[0] or "")
    if index.node is not None or column is None or column.call is None:
        return None
    given = column.keywords.get("index")
    if not isinstance(given, n.Constant) or column.owner != table.owner:
        return None
    return Fix("Remove `index=True`", False, (RemoveKeyword(column.call, "index"),))
