from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import FunctionEnd, Opening
from sqlassay.semantics.scopes import has_decorator
from sqlassay.syntax import nodes as n

_CATCH_ALL = frozenset(("BaseException", "Exception"))


@rule("ALC206", "session-yield-without-cleanup", severity=Severity.WARNING, fix="either")
class SessionYieldWithoutCleanup(Rule):
    """What closes a yielded session is skipped when the request fails.

    ## Why
    When a route raises, FastAPI raises that error at the `yield` of its dependencies, as `with` does at the `yield` of
    a `@contextmanager`. A `close()` on the next line is never reached: each failed request keeps a connection, and the
    pool runs dry just when something is wrong already. In a `finally` it runs on every way out.

    ## Example
    ```python
    from fastapi import Depends, FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session, sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))
    app = FastAPI()


    def get_db():
        db = SessionLocal()
        yield db
        db.close()


    @app.get("/orders")
    def orders(db: Session = Depends(get_db)) -> int:
        return db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Use instead
    ```python
    from fastapi import Depends, FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session, sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))
    app = FastAPI()


    def get_db():
        db = SessionLocal()
        try:
            yield db
        finally:
            db.close()


    @app.get("/orders")
    def orders(db: Session = Depends(get_db)) -> int:
        return db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Fix safety
    The fix puts what follows the opening into a `try` and closes the session in its `finally`. It is safe where the
    function closes the session already, or FastAPI alone calls it: then only the failing ways change. It is unsafe
    where nothing closed the session before and others may go on using it.

    ## What it cannot see
    A session opened elsewhere, or passed to a function in the `finally`, is taken for closed. So is one that is
    committed after the `yield` and rolled back by a handler for every error. Fixtures of pytest are left alone: pytest
    resumes them whether or not the test failed.

    ## References
    - [Dependencies with yield and except](https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/)
    - [Closing a session](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#closing)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """Each `yield` of a session that the function opened, and that an error leaves open."""
        if end.broken or has_decorator(end.node, "fixture"):
            return
        for value, node in end.yielded:
            for opening in end.openings:
                if opening.managed or opening.borrowed or opening.escaped != "yielded" or not opening.name:
                    continue
                opened_here = any(each.origin == opening.session.origin for each in v.sessions(value))
                if opened_here and not _cleaned(end, opening, node):
                    yield Hit(
                        end.at(node),
                        f"When the caller fails, the error is raised here and `{opening.name}` stays open: its "
                        f"connection does not return to the pool. Put the `yield` into a `try`, and "
                        f"`{opening.name}.close()` into its `finally`.",
                        fix=_fix(end, opening),
                    )


def _cleaned(end: FunctionEnd, opening: Opening, node: n.Yield) -> bool:
    """Whether an error at the `yield` comes by something that ends the session."""
    inner: n.Node = node
    for each in end.enclosing(node):
        if isinstance(each, n.Try) and inner in each.body:
            if _mentions(each.finalbody, opening.name):
                return True
            ended = opening.closed or any(use.method == "commit" for use in end.uses)
            if ended and any(_ends(end, handler, opening.name) for handler in each.handlers):
                return True
        inner = each
    return False


def _ends(end: FunctionEnd, handler: n.Handler, name: str) -> bool:
    """Whether a handler catches every error and ends the session."""
    caught = next((each.names for each in end.handlers if each.node is handler), ())
    return not _CATCH_ALL.isdisjoint(caught) and _mentions(handler.body, name)


def _mentions(body: Iterable[n.Stmt], name: str) -> bool:
    return any(isinstance(node, n.Name) and node.id == name for each in body for node in walk(each))


def _fix(end: FunctionEnd, opening: Opening) -> Fix | None:
    around = end.enclosing(opening.call)
    is_async = opening.session.is_async
    if len(around) < 2 or not isinstance(around[0], n.Assign) or around[1] is not end.node:
        return None
    if is_async and not end.node.is_async:
        return None
    close = f"{'await ' if is_async else ''}{opening.name}.close()"
    safe = opening.closed or end.is_dependency
    return Fix(
        "Close the session in a `finally`", safe, (Transform(end.at(around[0]), "try-finally", {"finally": close}),)
    )
