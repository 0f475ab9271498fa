from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import own_expressions
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import ModuleVariable
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


@rule("ALC207", "global-session-instance", severity=Severity.WARNING)
class GlobalSessionInstance(Rule):
    """One session is shared by everything in the process.

    ## Why
    A session is one transaction and the objects in it. Shared by all requests, it commits for one what another has not
    finished, and rolls back for one what another has just added. It is not safe in several threads or tasks at once,
    keeps a connection for good, goes on to answer with objects as they were when it first read them, and after one
    failed flush everybody gets PendingRollbackError until somebody rolls back.

    An engine and a session maker are made once for a process. A session is made for each request, or each task.

    ## Example
    ```python
    from fastapi import FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))
    session = SessionLocal()
    app = FastAPI()


    @app.get("/orders")
    def orders() -> int:
        return session.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Use instead
    ```python
    from fastapi import FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))
    app = FastAPI()


    @app.get("/orders")
    def orders() -> int:
        with SessionLocal() as session:
            return session.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Fix safety
    There is no fix: where a session begins and ends is for you to say.

    ## What it cannot see
    A session counts as shared when a function of its module uses it, or another module imports it. One that only the
    statements of a script use is left alone, and so are scripts (modules with a `main` that nobody imports from),
    migrations and tests. A `scoped_session` gives each thread its own and is no finding. Sessions kept in class
    attributes and singletons are not looked for.

    ## References
    - [Is the Session thread-safe? Is AsyncSession safe to share in concurrent tasks?](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks)
    - [This session is provisioning a new connection; concurrent operations are not permitted](https://sqlalche.me/e/20/isce)
    """

    def module_variable(self, variable: ModuleVariable) -> Iterator[Hit]:
        """A session at module level that code of functions gets at."""
        if not _is_one_session(variable.value) or variable.world.is_test(variable.path):
            return
        facts = variable.facts
        if "revision" in facts.variables or any(map(_is_main_guard, variable.enclosing(variable.node))):
            return
        imported = variable.world.is_imported(Ref(variable.path, variable.name))
        use = _first_use(variable)
        if not imported and (use is None or "main" in facts.functions):
            return
        yield Hit(
            variable.at(variable.node),
            f"`{variable.name}` is one session for the whole process: one request commits what another has not "
            "finished, and threads break each other's transactions. Open a session for each request, with the session "
            "maker.",
            related=(Note(use, f"`{variable.name}` is used here"),) if use is not None else (),
        )


def _is_one_session(value: v.Value) -> bool:
    return (
        isinstance(value, v.Session) and not value.scoped and value.certain and value.source in ("opened", "returned")
    )


def _is_main_guard(node: n.Node) -> bool:
    match node:
        case n.If(test=n.Compare(left=n.Name(id="__name__"))):
            return True
        case _:
            return False


def _first_use(variable: ModuleVariable) -> Place | None:
    """Where a function of the module reads the name and means the module's."""
    for fact in variable.facts.functions.values():
        function = variable.world.function_node(Ref(variable.path, fact.qualname))
        if function is None or any(each.name == variable.name for each in function.params):
            continue
        reads = [each for each in own_expressions(function.body) if isinstance(each, n.Name)]
        names = [each for each in reads if each.id == variable.name]
        if names and not _binds(function, variable.name):
            return Place(variable.path, fact.anchor, names[0].start, names[0].end)
    return None


def _binds(function: n.FunctionDef, name: str) -> bool:
    """Whether the function has a local of that name."""
    targets: list[n.Expr] = []
    for each in own_expressions(function.body):
        match each:
            case n.Scope(names=names) if name in names:
                return False
            case n.Assign():
                targets.extend(each.targets)
            case n.AnnAssign() | n.For():
                targets.append(each.target)
            case n.With():
                targets.extend(item.target for item in each.items if item.target is not None)
            case n.Import() | n.ImportFrom():
                targets.extend(n.Name(0, 0, alias or imported) for imported, alias in each.names)
            case _:
                pass
    return any(isinstance(each, n.Name) and each.id == name for each in targets)
