from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.spelling import is_taken, sqlalchemy_name
from sqlassay.semantics import values as v
from sqlassay.semantics.events import SqlText
from sqlassay.semantics.scopes import has_decorator
from sqlassay.syntax import nodes as n

_SINKS = frozenset("execute scalar scalars stream stream_scalars exec".split())

_HARMLESS = frozenset({"constant", "number"})
"""Origins of what is put into a string that `text()` may have as well."""

_BIND = re.compile(r"(?<![:\w\\]):\w+(?!:)")
_DRIVER_MARKS = re.compile(r"%s|%\(\w+\)s|\?|\$\d|(?<![:\w\\]):\d")
_CAUGHT = frozenset({"ObjectNotExecutableError", "ArgumentError"})
_EXPECT = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_VERSIONS = re.compile("version|sqlalchemy_?v?[12]", re.IGNORECASE)


class _Receiver(Struct, frozen=True):
    """What executes: how the message calls it, and what it raises in SQLAlchemy 2."""

    word: str
    error: str


_SESSION = _Receiver("session", "ArgumentError")
_CONNECTION = _Receiver("connection", "ObjectNotExecutableError")


@rule(
    "ALC503",
    "raw-string-execute",
    severity=Severity.ERROR,
    presets=("recommended", "sqlalchemy-2.0"),
    sqlalchemy=">=1.4",
    fix="safe",
)
class RawStringExecute(Rule):
    """A plain string is executed, which SQLAlchemy 2 refuses.

    ## Why
    Since SQLAlchemy 2.0 `execute()`, `scalar()` and `scalars()` take statements only. A string raises
    `ObjectNotExecutableError` on a connection and `ArgumentError` on a session, before anything is sent to the
    database. Behind a broad `except`, as health checks have it, the call looks like a database that is always down.
    SQLAlchemy 1.4 still runs strings and says so with a `RemovedIn20Warning`: there, where a project allows 1.4, or
    where nothing says which SQLAlchemy it has, this is a warning.

    `text()` makes a statement of a string, with `:name` for its parameters in every driver's language.
    `Connection.exec_driver_sql()` hands a string to the driver as it is.

    ## Example
    ```python
    from sqlalchemy import create_engine

    engine = create_engine("sqlite://")


    def is_alive() -> bool:
        with engine.connect() as connection:
            return connection.execute("SELECT 1").scalar() == 1
    ```

    ## Use instead
    ```python
    from sqlalchemy import create_engine, text

    engine = create_engine("sqlite://")


    def is_alive() -> bool:
        with engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1
    ```

    ## Fix safety
    Safe: it wraps the string in `text()` and imports it, where the string means to `text()` what it meant to the
    driver. There is no fix where a value is put into the string (it belongs into a parameter), and none where its
    parameters are written for the driver (`%s`, `?`): `text()` knows only `:name`.

    ## What it cannot see
    Strings that come in as parameters, and sessions and connections that are known only by what they are called.
    Left alone are calls that are expected to raise (`pytest.raises`, `except ObjectNotExecutableError`), those behind a
    look at the version of SQLAlchemy, and event listeners, whose connection may be the driver's own.

    ## References
    - [execute() method more strict](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#migration-20-execute-strict)
    - [text()](https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.text)
    - [Connection.exec_driver_sql()](https://docs.sqlalchemy.org/en/20/core/connections.html#sqlalchemy.engine.Connection.exec_driver_sql)
    """

    def sql_text(self, event: SqlText) -> Iterator[Hit]:
        """A string given to a method that takes statements."""
        receiver = _receiver(event.session)
        if receiver is None or event.raw or event.sink not in _SINKS or _on_purpose(event):
            return
        sure = event.world.knows(">=2.0")
        yield Hit(
            event.at(event.argument),
            f"A {receiver.word}'s `{event.sink}()` does not run plain strings: SQLAlchemy 2 raises {receiver.error} "
            f"before anything is sent. {_repair(event)}",
            fix=_fix(event),
            severity=None if sure else Severity.WARNING,
        )


def _receiver(owner: v.Value) -> _Receiver | None:
    match owner:
        case v.Session(certain=True):
            return _SESSION
        case v.Connection():
            return _CONNECTION
        case _:
            return None


def _repair(event: SqlText) -> str:
    if _values_inside(event.text):
        return "Wrap it in `text()`; the values that are put into it belong into parameters (`:name`)."
    if _for_the_driver(event):
        runs = " or call `exec_driver_sql()`" if isinstance(event.session, v.Connection) else ""
        return f"Wrap it in `text()` with its parameters written `:name`{runs}."
    return "Wrap it in `text()`."


def _fix(event: SqlText) -> Fix | None:
    if _values_inside(event.text) or _for_the_driver(event) or not _same_in_text(event):
        return None
    place = event.at(event.argument)
    name, imports = sqlalchemy_name(event, place, "text")
    if any(is_taken(event, each.name) for each in imports):
        return None
    return Fix("Wrap it in `text()`", True, (Replace(place, f"{name}({{0}})", (place,)), *imports))


def _values_inside(text: v.Value) -> bool:
    """Whether values are put into the string that nobody can vouch for."""
    return isinstance(text, v.Text) and any(each.origin not in _HARMLESS for each in text.holes)


def _written(text: v.Value) -> str:
    return "".join(text.literals) if isinstance(text, v.Text) else str(getattr(text, "value", ""))


def _has_parameters(event: SqlText) -> bool:
    return len(event.args) > 1 or bool(event.call.keywords) or event.starred


def _for_the_driver(event: SqlText) -> bool:
    """Whether the string has the driver's marks where its parameters go."""
    return _has_parameters(event) and _DRIVER_MARKS.search(_written(event.text)) is not None


def _same_in_text(event: SqlText) -> bool:
    """Whether `text()` reads the string as the driver would: it looks for `:name`, and takes `\\:` for a colon."""
    written = _written(event.text)
    binds = _BIND.search(written) is not None
    if "\\" in written or (binds and not _has_parameters(event)):
        return False
    # In 1.4 the string runs, on a connection as the driver has it.
    runs_raw = isinstance(event.session, v.Connection) and not event.world.allows(">=2.0")
    return not runs_raw or not (binds or "%" in written)


def _on_purpose(event: SqlText) -> bool:
    """Whether the code knows that the call may raise, or is not SQLAlchemy's to judge."""
    function = event.frame.function
    if function is not None and has_decorator(function, "listens_for"):
        return True
    child: n.Node = event.call
    for around in event.enclosing(event.call):
        if _expects(around, child):
            return True
        child = around
    return False


def _expects(node: n.Node, child: n.Node) -> bool:
    """Whether `node` says that `child` inside it may raise, or runs it with some versions of SQLAlchemy only."""
    match node:
        case n.With(items=items):
            return any(_names(item.context) & _EXPECT for item in items)
        case n.Try(body=body, handlers=handlers) if any(each is child for each in body):
            return any(_names(each.type) & _CAUGHT for each in handlers if each.type is not None)
        case n.If(test=test) | n.IfExp(test=test):
            return any(_VERSIONS.search(name) for name in _names(test))
        case _:
            return False


def _names(node: n.Node) -> set[str]:
    """Every name and attribute that an expression is made of."""
    found = set()
    for each in walk(node):
        match each:
            case n.Name(id=name) | n.Attribute(attr=name):
                found.add(name)
            case _:
                pass
    return found
