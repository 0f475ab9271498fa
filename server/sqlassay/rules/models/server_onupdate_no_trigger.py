from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix, RemoveKeyword
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import dotted, is_migration, library_name
from sqlassay.semantics import values as v
from sqlassay.semantics.events import ColumnMade
from sqlassay.syntax import nodes as n


@rule("ALC337", "server-onupdate-no-trigger", severity=Severity.WARNING, fix="unsafe")
class ServerOnupdateNoTrigger(Rule):
    """`server_onupdate` is given a value: it sets nothing, it only says that the database does.

    ## Why
    Unlike `server_default`, `server_onupdate` is not in the DDL: no database has such a clause for a column (MySQL's
    ON UPDATE apart, which is written into `server_default`). It tells SQLAlchemy that something in the database,
    a trigger, changes the column at each UPDATE, so that the value is read again. `server_onupdate=func.now()` leaves
    the column as it was. `onupdate=func.now()` puts the call into each UPDATE.

    Where there is such a trigger, `FetchedValue()` says so.

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
        changed_at: Mapped[datetime | None] = mapped_column(server_onupdate=func.now())
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
        changed_at: Mapped[datetime | None] = mapped_column(onupdate=func.now())
    ```

    ## Fix safety
    Unsafe: UPDATE statements now write the column, also where a trigger does.

    ## What it cannot see
    Triggers that are made in the database. A `server_default` that says ON UPDATE is taken for what sets it, and so
    is an `onupdate` beside it.

    ## References
    - [Marking implicitly generated values, timestamps, and triggered columns](https://docs.sqlalchemy.org/en/20/core/defaults.html#triggered-columns)
    - [Column.server_onupdate](https://docs.sqlalchemy.org/en/20/core/metadata.html#sqlalchemy.schema.Column.params.server_onupdate)
    """

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """A column whose `server_onupdate` is SQL or a string."""
        node = made.keyword_node("server_onupdate")
        if node is None or is_migration(made.world, made.path) or not _is_value(made, node):
            return
        if made.keyword_node("onupdate") is not None or _on_update(made):
            return
        yield Hit(
            made.at(node),
            "This sets nothing: `server_onupdate` only says that the database changes the column. Write `onupdate=`, "
            "or `FetchedValue()` where there is a trigger.",
            fix=_fix(made, node),
        )


def _is_value(made: ColumnMade, node: n.Expr) -> bool:
    """Whether the expression is a string, or SQL that is to be the value."""
    match node:
        case n.Constant(kind="str"):
            return True
        case n.Call(func=n.Attribute(value=owner)) if library_name(made.world, made.path, owner) == "func":
            return True
        case n.Call(func=func):
            return library_name(made.world, made.path, func) in ("text", "literal", "now", "current_timestamp")
        case _:
            return False


def _on_update(made: ColumnMade) -> bool:
    """MySQL's `DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP`."""
    given = made.keywords.get("server_default")
    text = given.argument if isinstance(given, v.TextClause) else given
    if isinstance(text, v.Const):
        return "ON UPDATE" in str(text.value).upper()
    return made.keyword_node("server_default") is not None and not isinstance(given, v.Clause)


def _fix(made: ColumnMade, node: n.Expr) -> Fix | None:
    """`onupdate=` with the same call, where that is a plain one."""
    name = dotted(node.func) if isinstance(node, n.Call) and not (node.args or node.keywords) else None
    if name is None:
        return None
    call = made.at(made.call)
    return Fix(
        "Write `onupdate=`", False, (RemoveKeyword(call, "server_onupdate"), AddKeyword(call, "onupdate", f"{name}()"))
    )
