from __future__ import annotations

import re
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import fails_on_second
from sqlassay.rules.models.server_defaults import clause_argument, server_default
from sqlassay.rules.models.sql_types import kind_made
from sqlassay.rules.spelling import is_taken, sqlalchemy_name
from sqlassay.semantics.events import ColumnMade
from sqlassay.syntax import nodes as n

_CALL = re.compile(r"\(*\s*[A-Za-z_][\w.]*\s*\(.*\).*", re.DOTALL)
_QUOTED = re.compile(r"'.*'(::[\w ]+(\[\])?)?", re.DOTALL)
_CLOCKS = frozenset(
    (
        "now today current_timestamp current_date current_time localtimestamp localtime sysdate systimestamp getdate"
    ).split()
)
_TIMES = frozenset(("datetime", "date", "time"))
_NOT_TEXT = _TIMES | {"int", "float", "decimal", "bool", "uuid", "json", "array", "interval"}
_FUNCTIONS = {
    "now()": "now",
    "now": "now",
    "current_timestamp": "current_timestamp",
    "current_timestamp()": "current_timestamp",
}


@rule("ALC307", "server-default-quoted-function", severity=Severity.ERROR, fix="unsafe")
class ServerDefaultQuotedFunction(Rule):
    """A column's `server_default` is a string that was meant as SQL: the table gets it in quotes, as a string.

    ## Why
    SQLAlchemy renders a string given as `server_default` as a quoted literal. `server_default="now()"` becomes
    `DEFAULT 'now()'`, which is no call: PostgreSQL reads it once, when the table is made, and every row gets that time;
    MySQL refuses the table; SQLite stores the five letters, and reading the row fails. `"gen_random_uuid()"` is
    refused by PostgreSQL or stored as it stands, and `"'{}'"` gives `DEFAULT '''{}'''`, quotes within quotes.

    `func.now()` and `text("...")` are rendered as they are.

    ## Example
    ```python
    from datetime import datetime

    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(server_default="now()")
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
        made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ```

    ## Fix safety
    Unsafe: the schema changes. Tables that exist keep their default until a migration changes it.

    ## What it cannot see
    Columns that hold text, where such a string may be meant as it stands (one that must be unique cannot be), and
    columns whose type is not known.

    ## References
    - [Column.server_default](https://docs.sqlalchemy.org/en/20/core/metadata.html#sqlalchemy.schema.Column.params.server_default)
    - [PostgreSQL: special values of dates and times](https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-SPECIAL-VALUES)
    """

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """A column whose default in the database is a string that reads as SQL."""
        given = server_default(made)
        node = clause_argument(given) if given is not None else None
        if not isinstance(node, n.Constant) or not isinstance(node.value, str):
            return
        text = node.value.strip()
        message = _message(made, text)
        if message is not None:
            yield Hit(made.at(node), message, fix=_fix(made, node, text))


def _message(made: ColumnMade, text: str) -> str | None:
    """What the database makes of the string; None where it may be meant."""
    kind = kind_made(made)
    if kind is None:
        return None
    quoted = "'" + text.replace("'", "''") + "'"
    if _QUOTED.fullmatch(text):
        return (
            f"The table gets `DEFAULT {quoted}`: the inner quotes are part of the value. Drop them, or write "
            f'`text("{text}")`.'
        )
    clock = kind in _TIMES and text.lower() in _CLOCKS
    if not clock and not (_CALL.fullmatch(text) and (kind in _NOT_TEXT or (kind == "text" and fails_on_second(made)))):
        return None
    if kind in _TIMES:
        return (
            f"The table gets `DEFAULT {quoted}`, a string: PostgreSQL reads it once, when the table is made, and other "
            f"databases refuse it or store it as it stands. Write `{_replacement(text)}`."
        )
    return (
        f"The table gets `DEFAULT {quoted}`, a string and no call: the database refuses it, or stores it as it stands. "
        f"Write `{_replacement(text)}`."
    )


def _replacement(text: str) -> str:
    function = _FUNCTIONS.get(text.lower())
    return f"func.{function}()" if function is not None else f'text("{text}")'


def _fix(made: ColumnMade, node: n.Constant, text: str) -> Fix | None:
    function = _FUNCTIONS.get(text.lower())
    name = "func" if function is not None else "text"
    place = made.at(node)
    spelling, imports = sqlalchemy_name(made, place, name)
    if imports and is_taken(made, name):
        return None
    code = f"{spelling}.{function}()" if function is not None else f"{spelling}({{0}})"
    parts = () if function is not None else (place,)
    return Fix(f"Write `{_replacement(text)}`", False, (Replace(place, code, parts), *imports))
