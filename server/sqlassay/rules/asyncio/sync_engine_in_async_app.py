from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.facts.model import ModuleFacts
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics.events import EngineCreated
from sqlassay.semantics.library.engines import dialect_of
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_NETWORKED = frozenset(["postgresql", "postgres", "mysql", "mariadb", "oracle", "mssql", "cockroachdb"])

_THREADS = frozenset("to_thread run_in_threadpool run_in_executor run_sync sync_to_async asyncify".split())
"""Functions that run in a thread what would block."""


@rule("ALC807", "sync-engine-in-async-app", severity=Severity.INFO, presets=(), sqlalchemy=">=1.4")
class SyncEngineInAsyncApp(Rule):
    """A blocking engine that only coroutines use.

    ## Why
    Each statement on an engine of `create_engine` blocks its thread until the database answers, over the network. In a
    coroutine that thread is the event loop's, and nothing else is served meanwhile. Where nobody but coroutines uses
    the engine, `create_async_engine` gives them one that waits without blocking. The drivers of most databases have an
    async form: asyncpg or psycopg for PostgreSQL, asyncmy or aiomysql for MySQL.

    ## Example
    ```python
    from sqlalchemy import create_engine, text

    engine = create_engine("postgresql+psycopg://db.example.org/shop")


    async def total() -> int:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("postgresql+psycopg://db.example.org/shop")


    async def total() -> int:
        async with engine.connect() as connection:
            return await connection.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Fix safety
    There is no fix: with the engine all its users change.

    ## What it cannot see
    It looks at a module that keeps its engine to itself: one that another module imports, that a plain function uses,
    or that a thread is given, is left alone. The URL must name a database on the network, at its beginning at least.
    It is advice, and off by default.

    ## References
    - [Asynchronous I/O](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html)
    """

    def engine_created(self, created: EngineCreated) -> Iterator[Hit]:
        """`engine = create_engine("postgresql://...")` in a module."""
        facts = created.world.facts(created.path)
        if created.function != "create_engine" or created.frame.function is not None or facts is None:
            return
        if dialect_of(created.url) not in _NETWORKED or created.in_migration or created.world.is_test(created.path):
            return
        match next(iter(created.enclosing(created.call)), None):
            case n.Assign(targets=(n.Name(id=name),)) | n.AnnAssign(target=n.Name(id=name)):
                names = {name, *_made_of(facts, name)}
            case _:
                return
        if any(created.world.is_imported(Ref(facts.path, each)) for each in names):
            return
        if _only_coroutines(created.world, facts, names):
            yield Hit(
                created.at(created.call),
                f"Only coroutines use `{name}`, and each of its statements stops the event loop until the database "
                "answers. Use `create_async_engine`.",
            )


def _made_of(facts: ModuleFacts, name: str) -> Iterator[str]:
    """Module variables that a call makes of it: session makers."""
    for each in facts.variables.values():
        if isinstance(each.value, n.Call) and each.name != name and _mentions(each.value, {name}):
            yield each.name


def _only_coroutines(world: World, facts: ModuleFacts, names: set[str]) -> bool:
    """Whether functions of the module use one of the names, all of them `async def`, and none in a thread."""
    used = False
    for qualname in facts.functions:
        node = world.function_node(Ref(facts.path, qualname))
        if node is None or not _mentions(node, names):
            continue
        inside = [each for each in walk(node) if each is not node and isinstance(each, n.FunctionDef | n.Lambda)]
        threads = any(isinstance(each, n.Name | n.Attribute) and _last(each) in _THREADS for each in walk(node))
        if not node.is_async or threads or any(_mentions(each, names) for each in inside):
            return False
        used = True
    return used


def _last(node: n.Name | n.Attribute) -> str:
    return node.id if isinstance(node, n.Name) else node.attr


def _mentions(node: n.Node, names: set[str]) -> bool:
    return any(isinstance(each, n.Name) and each.id in names for each in walk(node))
