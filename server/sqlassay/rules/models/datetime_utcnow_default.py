from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AddKeyword, AnyOp, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import DEFAULTS, is_dataclass, is_migration, uses_local
from sqlassay.semantics import names
from sqlassay.semantics.events import ColumnMade
from sqlassay.syntax import nodes as n

_NAIVE = {"datetime.datetime.utcnow": "utcnow", "datetime.datetime.utcfromtimestamp": "utcfromtimestamp"}
_KEYWORDS = (*DEFAULTS, "default_factory")
_ZONED = ("DateTime", "TIMESTAMP")
"""Types that take `timezone=True`."""


@rule("ALC306", "datetime-utcnow-default", severity=Severity.INFO, fix="unsafe")
class DatetimeUtcnowDefault(Rule):
    """A column's default is `datetime.utcnow`, which Python has deprecated: its value does not say that it is UTC.

    ## Why
    `datetime.utcnow()` gives a naive value: nothing in it says UTC, so `.timestamp()` and comparisons with aware
    values take it for local time or raise a `TypeError`. Python warns of it since 3.12 and means to remove it.

    Passing the function, `default=datetime.utcnow`, was right otherwise, and is what many guides still show. The
    database's own clock is the simplest repair. An aware Python value needs `DateTime(timezone=True)` beside it:
    asyncpg refuses aware values for a column without.

    ## Example
    ```python
    from datetime import datetime

    from sqlalchemy import DateTime
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime, default=datetime.utcnow)
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
        made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    ```

    ## Fix safety
    Unsafe. The fix stays in Python: it writes `lambda: datetime.now(timezone.utc)` and `DateTime(timezone=True)`. New
    values are aware, which code that compares them with naive ones must know, and the column's type changes, which
    takes a migration.

    ## What it cannot see
    Functions of the project that call `utcnow` themselves, and values given elsewhere than in a column's defaults.

    ## References
    - [datetime.utcnow](https://docs.python.org/3/library/datetime.html#datetime.datetime.utcnow)
    - [DateTime.timezone](https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.DateTime.params.timezone)
    - [Server-invoked DDL-explicit default expressions](https://docs.sqlalchemy.org/en/20/core/defaults.html#server-invoked-ddl-explicit-default-expressions)
    """

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """A column with a default in which such a function is named."""
        if is_migration(made.world, made.path):
            return
        for keyword in _KEYWORDS:
            node = made.keyword_node(keyword)
            if node is None or uses_local(made, node):
                continue
            for each in walk(node):
                name = _naive(made, each)
                if name is not None:
                    server = "onupdate" if keyword == "onupdate" else "server_default"
                    message = (
                        f"`datetime.{name}` gives a time that does not say it is UTC, and is deprecated since Python "
                        f"3.12. Use `{server}=func.now()`, or `lambda: datetime.now(timezone.utc)` with "
                        "`DateTime(timezone=True)`."
                    )
                    yield Hit(made.at(each), message, fix=_fix(made, keyword, node))
                    break


def _naive(made: ColumnMade, node: n.Node) -> str | None:
    if not isinstance(node, n.Attribute) or node.attr not in _NAIVE.values():
        return None
    binding = names.resolve_expression(made.world, made.path, node)
    return _NAIVE.get(binding.name) if isinstance(binding, names.Outside) else None


def _fix(made: ColumnMade, keyword: str, node: n.Expr) -> Fix | None:
    """An aware clock, in a column that keeps the zone; only where default and type are plain."""
    function = _function(node)
    if function is None or function.attr != "utcnow":
        return None
    if made.function == "Field" or (keyword == "default" and is_dataclass(made)):
        return None
    kind = _kind(made)
    if kind is None:
        return None
    place, owner = made.at(node), made.at(function.value)
    if isinstance(function.value, n.Attribute):
        module = made.at(function.value.value)
        clock: tuple[AnyOp, ...] = (Replace(place, "lambda: {0}.now({1}.timezone.utc)", (owner, module)),)
    elif names.resolve(made.world, made.path, "timezone") in (None, names.Outside("datetime.timezone")):
        clock = (
            Replace(place, "lambda: {0}.now(timezone.utc)", (owner,)),
            AddImport(place, "datetime", "timezone"),
        )
    else:
        return None
    return Fix("Use an aware clock and `DateTime(timezone=True)`", False, (*clock, *kind))


def _function(node: n.Expr) -> n.Attribute | None:
    """`utcnow` in `datetime.utcnow`, `datetime.utcnow()` and `lambda: datetime.utcnow()`."""
    match node:
        case n.Attribute():
            return node
        case n.Call(func=n.Attribute() as func, args=(), keywords=()):
            return func
        case n.Lambda(params=(), body=n.Call() as body):
            return _function(body)
        case _:
            return None


def _kind(made: ColumnMade) -> tuple[AnyOp, ...] | None:
    """What makes the column's type keep the zone: nothing where it does; None where the type is not a plain one."""
    node = next((each for each in made.call.args if not isinstance(each, n.Constant)), made.keyword_node("type_"))
    match node:
        case n.Name(id=name) | n.Attribute(attr=name) if name in _ZONED:
            return (Replace(made.at(node), "{0}(timezone=True)", (made.at(node),)),)
        case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)) if name in _ZONED and not node.args:
            if any(each.name == "timezone" for each in node.keywords):
                return ()
            return (AddKeyword(made.at(node), "timezone", "True"),)
        case None if made.function == "mapped_column" and not made.starred:
            place = made.at(made.call)
            return (
                AddKeyword(place, "type_", "DateTime(timezone=True)"),
                AddImport(place, "sqlalchemy", "DateTime"),
            )
        case _:
            return None
