from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.sql.holes import is_checked, named, notes, spots
from sqlassay.semantics.events import SqlText
from sqlassay.semantics.texts import origin_of
from sqlassay.semantics.values import Text, members
from sqlassay.syntax import nodes as n

_ADVICE = {
    "literal_column": "Use `literal()` for a value, `column()` for a name",
    "column": "Leave `is_literal` away: the name is then quoted",
    "op": "Choose the operator from those that you know",
    "bool_op": "Choose the operator from those that you know",
    "extract": "Choose the field from those that you know",
    "prefix_with": "Choose the hint from those that you know",
    "suffix_with": "Choose the hint from those that you know",
    "with_hint": "Choose the hint from those that you know",
    "with_statement_hint": "Choose the hint from those that you know",
    "CheckConstraint": "Write the condition with columns",
    "Computed": "Write the expression with columns",
    "getattr(func, ...)": "Choose the function from those that you know",
}
"""Arguments that are rendered as they are, and what to do instead."""

_SEVERITIES = {
    "request": Severity.ERROR,
    "parameter": Severity.WARNING,
    "unknown": Severity.WARNING,
}


_HINTS = frozenset({"prefix_with", "suffix_with", "with_hint", "with_statement_hint"})
"""Sinks whose text is no value and no name of the schema: nobody interpolates there what a migration would."""


@rule("ALC702", "sql-injection-clause-string", severity=Severity.WARNING)
class SqlInjectionClauseString(Rule):
    """Text that is put together lands in an argument that SQLAlchemy writes into the statement as it is.

    ## Why
    Most arguments of SQLAlchemy are safe with any string: values are bound, and names of labels, tables and columns
    are quoted. Some are not, since their purpose is to write SQL by hand: `literal_column()`,
    `column(..., is_literal=True)`, `.op()` and `.bool_op()`, `extract()`, `prefix_with()` and `suffix_with()`,
    `with_hint()` and `with_statement_hint()`, the text of `CheckConstraint()` and `Computed()`, and the name in
    `getattr(func, name)`. What is interpolated there is run by the database: a hint that ends its comment
    (`*/ ... /*`) goes on as SQL.

    Plain strings in `where()`, `order_by()`, `group_by()` and `select()`, which older advice warns of, are refused
    since SQLAlchemy 1.4 and are no way in.

    ## Example
    ```python
    from sqlalchemy import Select, literal_column, select


    def greeting(name: str) -> Select[tuple[str]]:
        return select(literal_column(f"'Hello {name}'"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import Select, literal, select


    def greeting(name: str) -> Select[tuple[str]]:
        return select(literal(f"Hello {name}"))
    ```

    ## Fix safety
    There is no fix: what the text is to be, only its author knows.

    ## What it cannot see
    Text that a function is given whole, unless it is the parameter of a request's handler. Nothing is said of numbers,
    members of enumerations, literals and module variables, of names of mapped classes, nor of what is looked for among
    others (`if name not in NAMES`). A name that is put between other names (`f"{table}.{column}"`) is only found where
    it comes from a request.

    ## References
    - [literal_column()](https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.literal_column)
    - [Operators.op()](https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.Operators.op)
    - [Select.prefix_with()](https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.Select.prefix_with)
    """

    def sql_text(self, event: SqlText) -> Iterator[Hit]:
        """Interpolated text, or what a client sent, in one of the arguments that are rendered as they are."""
        advice = _ADVICE.get(event.sink)
        if advice is None or event.world.is_test(event.path):
            return
        found = [spot for text in members(event.text) if isinstance(text, Text) for spot in spots(text)]
        for spot in found:
            severity = _SEVERITIES.get(spot.hole.origin)
            if spot.position == "bound" or severity is None or is_checked(event, spot.hole.code):
                continue
            if spot.is_value or spot.hole.origin == "request" or event.sink in _HINTS:
                name = named(spot.hole)
                message = _message(name[0].upper() + name[1:], event.sink, advice, spot.hole.origin)
                yield Hit(event.at(event.argument), message, notes(event, [spot.hole]), severity=severity)
                return
        checked = isinstance(event.argument, n.Name) and is_checked(event, event.argument.id)
        if not found and not checked and origin_of(event.frame, event.text) == "request":
            yield Hit(
                event.at(event.argument), _message("This", event.sink, advice, "request"), severity=Severity.ERROR
            )


def _message(name: str, sink: str, advice: str, origin: str) -> str:
    whence = "comes from the request and" if origin == "request" else "is interpolated and"
    harm = "a client can change what the statement does" if origin == "request" else "what it holds is run as SQL"
    return f"{name} {whence} `{sink}` writes it into the SQL as it is: {harm}. {advice}."
