from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.collect import own_expressions
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import SessionCall
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.scopes import has_decorator
from sqlassay.syntax import nodes as n


class _Kind(Struct, frozen=True):
    """A statement that controls transactions: what comes of it, and what says the same to SQLAlchemy."""

    pattern: re.Pattern[str]
    harm: str
    repair: str
    method: str = ""
    """The method that does nothing but that."""


def _sql(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{pattern})\s*;?\s*", re.IGNORECASE)


_KINDS = (
    _Kind(
        _sql(r"BEGIN(?:\s+(?:WORK|TRANSACTION))?|START\s+TRANSACTION"),
        "has a transaction already: the database warns, raises (SQLite), or commits what was done so far (MySQL)",
        "with {0}.begin():",
    ),
    _Kind(
        _sql(r"(?:COMMIT|END)(?:\s+(?:WORK|TRANSACTION))?"),
        "does not hear of it: what is pending is not written, objects stay as they were, and its own rollback comes "
        "too late",
        "{0}.commit()",
        "commit",
    ),
    _Kind(
        _sql(r"(?:ROLLBACK|ABORT)(?:\s+(?:WORK|TRANSACTION))?"),
        "does not hear of it: its objects go on as if they were stored",
        "{0}.rollback()",
        "rollback",
    ),
    _Kind(
        _sql(r"SAVEPOINT\s+\S+|RELEASE\s+(?:SAVEPOINT\s+)?\S+|ROLLBACK\s+TO\s+(?:SAVEPOINT\s+)?\S+"),
        "does not hear of it: after a return to the savepoint its objects go on as if they were stored",
        "with {0}.begin_nested():",
    ),
)

_EXECUTORS = frozenset(("execute", "exec_driver_sql", "scalar", "scalars"))


@rule("ALC208", "transaction-control-as-sql", severity=Severity.WARNING, fix="unsafe")
class TransactionControlAsSql(Rule):
    """A transaction is begun or ended by SQL, past the session that keeps it.

    ## Why
    A session (or connection) begins a transaction with its first statement and keeps account of it. `COMMIT` as SQL
    ends it at the database alone: pending objects are not written, objects are not expired, no event is heard, and a
    `rollback()` later undoes nothing. `BEGIN` meets the transaction that is there: PostgreSQL warns, SQLite raises,
    MySQL commits what was done so far.

    ## Example
    ```python
    from sqlalchemy import text
    from sqlalchemy.orm import Session


    def close_month(session: Session) -> None:
        session.execute(text("UPDATE orders SET status = 'closed' WHERE status = 'shipped'"))
        session.execute(text("COMMIT"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import text
    from sqlalchemy.orm import Session


    def close_month(session: Session) -> None:
        session.execute(text("UPDATE orders SET status = 'closed' WHERE status = 'shipped'"))
        session.commit()
    ```

    ## Fix safety
    The fix writes `commit()` or `rollback()` in the place of the statement. It is unsafe: they write and expire
    objects, which the SQL did not; and a statement that must run outside of a transaction (`CREATE DATABASE`) needs
    `execution_options(isolation_level="AUTOCOMMIT")` instead.

    ## What it cannot see
    Left alone are functions that speak of `AUTOCOMMIT`, where SQL is the way to begin a transaction; event listeners
    and `exec_driver_sql("BEGIN")`, with which SQLAlchemy's documentation makes SQLite begin in time;
    `op.execute("COMMIT")` in a migration; cursors of a driver; and `PREPARE TRANSACTION` with what belongs to it.

    ## References
    - [Managing transactions](https://docs.sqlalchemy.org/en/20/orm/session_transaction.html)
    - [Transaction isolation, DBAPI autocommit](https://docs.sqlalchemy.org/en/20/core/connections.html#setting-transaction-isolation-levels-including-dbapi-autocommit)
    """

    def session_call(self, call: SessionCall) -> Iterator[Hit]:
        """A statement that is nothing but transaction control."""
        if call.method not in _EXECUTORS or (isinstance(call.session, v.Session) and not call.session.certain):
            return
        sql = _text(call.statement)
        kind = next((each for each in _KINDS if each.pattern.fullmatch(sql)), None) if sql else None
        owner = call.call.func.value if isinstance(call.call.func, n.Attribute) else None
        name = dotted_name(owner) if owner is not None else None
        if kind is None or owner is None or name is None or _on_purpose(call, kind):
            return
        place = call.at(call.call)
        fix = None
        if kind.method and (not call.connection or call.world.allows(">=2.0")):
            replace = Replace(place, f"{{0}}.{kind.method}()", (call.at(owner),))
            fix = Fix(f"Call `{name}.{kind.method}()`", False, (replace,))
        yield Hit(
            place,
            f"`{sql.strip().rstrip(';')}` goes past `{name}`, which {kind.harm}. Write `{kind.repair.format(name)}`.",
            fix=fix,
        )


def _text(statement: v.Value) -> str:
    given = statement.argument if isinstance(statement, v.TextClause) else statement
    return given.value if isinstance(given, v.Const) and isinstance(given.value, str) else ""


def _on_purpose(call: SessionCall, kind: _Kind) -> bool:
    """Whether the function works without SQLAlchemy's transactions and knows it: AUTOCOMMIT, a listener, a driver."""
    function = call.frame.function
    if kind is _KINDS[0] and call.method == "exec_driver_sql":
        return True
    if function is None:
        return False
    return has_decorator(function, "listens_for") or any(
        isinstance(each, n.Constant) and isinstance(each.value, str) and each.value.upper() == "AUTOCOMMIT"
        for each in own_expressions(function.body)
    )
