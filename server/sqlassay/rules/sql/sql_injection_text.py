from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.sql.binding import bind, bind_name
from sqlassay.rules.sql.holes import Spot, is_checked, named, notes, spots
from sqlassay.semantics.events import SqlText
from sqlassay.semantics.texts import origin_of
from sqlassay.semantics.values import Text, members

_SINKS = frozenset(
    "text TextClause DDL op.execute read_sql execute exec_driver_sql scalar scalars stream stream_scalars exec".split()
)

_SEVERITIES = {
    ("request", True): Severity.ERROR,
    ("request", False): Severity.WARNING,
    ("parameter", True): Severity.WARNING,
    ("parameter", False): Severity.INFO,
    ("unknown", True): Severity.WARNING,
}
"""By where a hole's content comes from, and whether it stands for a value. All else is in order, or unknown."""

_MAINTENANCE = frozenset("migrations _migrations alembic versions scripts".split())
"""Folders whose code somebody runs by hand."""

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@rule("ALC701", "sql-injection-text", severity=Severity.WARNING, fix="unsafe")
class SqlInjectionText(Rule):
    """A value is written into the text of a statement instead of being bound.

    ## Why
    An f-string, `%`, `+`, `.format()` or `.join()` makes the value a part of the SQL. An apostrophe in it ends the
    literal that it was put into: O'Hara breaks the statement, and `x' OR '1'='1` makes it find everybody. Whoever
    chooses the value chooses what the database runs. A bound parameter is sent beside the statement and is never read
    as SQL; the database can also keep the statement's plan.

    Names of tables and columns cannot be bound. They have to come from names that the program knows, or be quoted.

    The finding is an error where the value comes from a request, a warning where nobody knows what it holds, and an
    information where a parameter becomes a name.

    ## Example
    ```python
    from sqlalchemy import text
    from sqlalchemy.orm import Session


    def find(session: Session, name: str) -> list[int]:
        return list(session.scalars(text(f"SELECT id FROM users WHERE name = '{name}'")))
    ```

    ## Use instead
    ```python
    from sqlalchemy import text
    from sqlalchemy.orm import Session


    def find(session: Session, name: str) -> list[int]:
        return list(session.scalars(text("SELECT id FROM users WHERE name = :name"), {"name": name}))
    ```

    ## Fix safety
    Unsafe: the fix binds the values of an f-string that is executed right there, if all of them stand for whole values.
    A value of another type than before may compare differently: `'{number}'` was text, and a bound number is one.

    ## What it cannot see
    Text that a function is given whole: look at its callers. What was checked before it came here. Nothing is said of
    numbers, dates, UUIDs, members of enumerations, literals and module variables, nor of names that are quoted with
    `quote()`, come from a mapped class or are looked for among others (`if name not in NAMES`); nothing of names in
    migrations and scripts, and nothing in tests.

    ## References
    - [text()](https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.text)
    - [Sending parameters](https://docs.sqlalchemy.org/en/20/tutorial/dbapi_transactions.html#sending-parameters)
    - [OWASP: query parameterization](https://cheatsheetseries.owasp.org/cheatsheets/Query_Parameterization_Cheat_Sheet.html)
    """

    def sql_text(self, event: SqlText) -> Iterator[Hit]:
        """Text with holes that are not certain to be harmless."""
        if event.sink not in _SINKS or event.world.is_test(event.path):
            return
        for text in members(event.text):
            if isinstance(text, Text):
                hit = _judged(event, text)
                if hit is not None:
                    yield hit
                    return
        if origin_of(event.frame, event.text) == "request":
            yield Hit(
                event.at(event.argument),
                "A client writes this statement: what it sends is run as it is. Let it choose between statements of "
                "yours, and bind the values.",
            )


def _judged(event: SqlText, text: Text) -> Hit | None:
    found = list(spots(text))
    judged = [(severity, spot) for spot in found if (severity := _severity(event, spot)) is not None]
    if not judged:
        return None
    severity, worst = min(judged, key=lambda pair: _ORDER.index(pair[0]))
    return Hit(
        event.at(event.argument),
        _message(worst),
        notes(event, [spot.hole for _, spot in judged]),
        bind(event, text, found),
        severity,
    )


def _severity(event: SqlText, spot: Spot) -> Severity | None:
    if spot.position == "bound":
        return None
    origin = "unknown" if is_checked(event, spot.hole.code) else spot.hole.origin
    severity = _SEVERITIES.get((origin, spot.is_value))
    return None if severity is Severity.INFO and _is_maintenance(event) else severity


def _is_maintenance(event: SqlText) -> bool:
    """Whether the file is a migration or a script, whose names are its author's."""
    facts = event.world.facts(event.path)
    if event.sink == "op.execute" or (facts is not None and "down_revision" in facts.variables):
        return True
    return not _MAINTENANCE.isdisjoint(event.path.replace("\\", "/").split("/"))


def _message(spot: Spot) -> str:
    name = named(spot.hole)
    name = name[0].upper() + name[1:]
    if not spot.is_value:
        return (
            f"{name} becomes a part of the SQL, as it is, in a place where no parameter can stand. Take it from names "
            "that you know, or quote it with `identifier_preparer.quote()`."
        )
    bound = f":{bind_name(spot)}"
    if spot.hole.origin == "request":
        return (
            f"{name} comes from the request and becomes a part of the SQL: a client can change what the statement "
            f"does (`x' OR '1'='1`). Bind it: write `{bound}` and give the value beside the text."
        )
    return (
        f"{name} becomes a part of the SQL: an apostrophe in it breaks the statement, and whoever chooses it can "
        f"change what the statement does. Bind it: write `{bound}` and give the value beside the text."
    )
