from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import urls
from sqlassay.semantics.events import EngineCreated
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class _Default(Struct, frozen=True):
    """The driver that a URL without one means, as long as SQLAlchemy is in the range `until`."""

    driver: str
    until: str = ""


_DEFAULTS = {
    "sqlite": _Default("pysqlite"),
    "mysql": _Default("mysqldb"),
    "mariadb": _Default("mysqldb"),
    "mssql": _Default("pyodbc"),
    "postgresql": _Default("psycopg2", "<2.1"),
    "oracle": _Default("cx_oracle", "<2.1"),
}

_SYNC = frozenset(
    (
        "psycopg2 psycopg2cffi pg8000 mysqldb pymysql cymysql mysqlconnector mariadbconnector pyodbc pymssql "
        "mssqlpython pysqlite pysqlcipher cx_oracle"
    ).split()
)
"""Drivers of SQLAlchemy's own dialects that cannot be awaited."""

_ASYNC = {
    "sqlite": "aiosqlite",
    "mysql": "aiomysql",
    "mariadb": "aiomysql",
    "mssql": "aioodbc",
    "postgresql": "asyncpg",
    "oracle": "oracledb",
}


@rule("ALC107", "async-engine-sync-driver", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="unsafe")
class AsyncEngineSyncDriver(Rule):
    """`create_async_engine` is given a driver that cannot be awaited.

    ## Why
    An async engine needs a driver that was written for asyncio. With another one `create_async_engine` raises at once:
    "InvalidRequestError: The asyncio extension requires an async driver to be used. The loaded 'pysqlite' is not
    async."

    A URL without a driver means the default one of its dialect. For most that is a blocking driver. Since SQLAlchemy
    2.1 `postgresql://` means psycopg 3 and `oracle://` means python-oracledb, which both can be awaited; up to 2.0
    they mean psycopg2 and cx_Oracle, which cannot.

    ## Example
    ```python
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite:///shop.db")
    ```

    ## Use instead
    ```python
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    ```

    ## Fix safety
    The fix writes an async driver of the same database into the URL. It is unsafe: the driver has to be installed,
    and drivers differ in what the rest of a URL may say.

    ## What it cannot see
    A URL whose beginning is not in the code, and dialects that other packages bring. What is expected to raise
    (`with pytest.raises(...)`) is left alone.

    ## References
    - [The asyncio extension requires an async driver](https://sqlalche.me/e/20/xd1r)
    - [Dialects and their drivers](https://docs.sqlalchemy.org/en/20/dialects/index.html)
    - [Default drivers changed in 2.1](https://docs.sqlalchemy.org/en/21/changelog/migration_21.html#change-13010)
    """

    def engine_created(self, created: EngineCreated) -> Iterator[Hit]:
        """An async engine whose driver is known to block."""
        url = urls.parse(created.url) if created.function == "create_async_engine" else None
        if url is None or created.url_node is None:
            return
        default = _DEFAULTS.get(url.dialect)
        driver = url.driver or (default.driver if default and created.world.allows(default.until) else "")
        if driver not in _SYNC or url.dialect not in _ASYNC or _expected(created.enclosing(created.call)):
            return
        wanted = f"{url.dialect}+{_ASYNC[url.dialect]}"
        given = f"{url.dialect}+{url.driver}" if url.driver else url.dialect
        means = "" if url.driver else f", which means the driver {driver}"
        yield Hit(
            created.at(created.url_node),
            f"`create_async_engine` raises InvalidRequestError: `{given}://`{means}, cannot be awaited. "
            f"Use an async driver: `{wanted}://`.",
            fix=_fix(created.at(created.url_node), created.url_node, wanted),
        )


def _expected(around: tuple[n.Node, ...]) -> bool:
    """Whether a test waits for the error: `with pytest.raises(...)`, `with self.assertRaises(...)`."""
    return any(
        isinstance(item.context, n.Call)
        and isinstance(item.context.func, n.Attribute)
        and item.context.func.attr in ("raises", "assertRaises", "assertRaisesRegex")
        for each in around
        if isinstance(each, n.With)
        for item in each.items
    )


def _fix(place: Place, node: n.Expr, wanted: str) -> Fix | None:
    """The URL with another scheme, where it stands in the call as one plain string."""
    if not isinstance(node, n.Constant) or not isinstance(node.value, str):
        return None
    rest = node.value.split("://", 1)[1]
    if not rest.isprintable() or any(each in rest for each in '"\\{}'):
        return None
    return Fix(f"Use `{wanted}`", False, (Replace(place, f'"{wanted}://{rest}"'),))
